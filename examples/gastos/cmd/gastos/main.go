// Command gastos is the expense service: it serves, migrates and seeds.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"gastos/internal/config"
)

const usage = `usage: gastos serve                        answer requests until SIGTERM
       gastos migrate up|down|status|to N  walk the schema through its history
       gastos seed                         replace all data by the demo data
       gastos version                      name the version and the compiler
`

// Exit codes, as in sysexits.
const (
	exitUsage  = 64
	exitConfig = 78
)

// errUsage says that the command line was not understood.
var errUsage = errors.New("gastos: unknown command line")

// configError is a fault of the environment.
type configError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout)
	stop()
	var bad configError
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(exitUsage)
	case errors.As(err, &bad):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitConfig)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, env config.Lookup, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	log := slog.New(slog.NewJSONHandler(out, nil))
	switch verb := args[0]; {
	case verb == "migrate":
		return migrate(ctx, args[1:], env, out)
	case len(args) > 1:
		return errUsage
	case verb == "serve":
		return serve(ctx, env, log)
	case verb == "seed":
		return plant(ctx, env, log)
	case verb == "version":
		return version(out)
	default:
		if known, err := extraVerb(verb, out); known {
			return err
		}
		return errUsage
	}
}

func version(out io.Writer) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("gastos: built without module support: build with go build")
	}
	_, err := fmt.Fprintf(out, "gastos %s %s\n", info.Main.Version, info.GoVersion)
	return err
}
