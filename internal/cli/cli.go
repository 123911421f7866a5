// Package cli is listo's command line: one file per verb.
//
// Results go to standard output, talk goes to standard error. It computes no
// verdict and renders no page; it wires the rooms to each other, asks people,
// and turns what happened into an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// Exit codes beside those of a verdict (design: 64 to 78 as in sysexits.h).
const (
	exitUsage       = 64
	exitDefect      = 70
	exitConfig      = 78
	exitInterrupted = 130
)

// App is listo with the outside world as values.
type App struct {
	In       io.Reader
	Out, Err io.Writer
	Lookup   func(string) (string, bool) // process environment
	Now      func() time.Time
	Rand     io.Reader
	Tool     evidence.Tool
	Gates    []evidence.Gate

	flags flags
}

// flags are those that several verbs share.
type flags struct {
	config, reports, language, key, own string

	blobCap int // bytes
}

// codedError carries the exit code of an error that ends listo.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return codedError{code, err}
}

// Main runs listo with the process's own world and gives the exit code.
func Main(args []string, random io.Reader) int {
	app := &App{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Lookup: os.LookupEnv,
		Now: time.Now, Rand: random, Tool: thisTool(), Gates: gates.All()}
	return app.Run(context.Background(), args)
}

// Run runs one command line. The first interrupt asks the audit to stop after
// the check at hand; a second one stops it at once.
func (a *App) Run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	err := root.ExecuteContext(ctx)
	var code codedError
	var verdict verdictExit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &verdict):
		return int(verdict)
	case errors.As(err, &code):
		fmt.Fprintln(a.Err, "listo:", err)
		return code.code
	}
	fmt.Fprintln(a.Err, "listo:", err)
	return exitUsage
}

// verdictExit ends listo with a verdict's exit code and no further word.
type verdictExit int

func (v verdictExit) Error() string { return fmt.Sprintf("exit %d", int(v)) }

func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "listo",
		Short:         "May this service be promoted to production? Proved by experiments, with raw evidence.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.initVerb(), a.doctor(), a.plan(), a.audit(), a.confirm(), a.judge(), a.replay(), a.shell(),
		a.verify(), a.report(), a.explain(), a.load(), a.gateway(), a.db(), a.fingerprint(), a.version())
	return root
}

// configFlags adds the flags of every verb that reads listo.yaml.
func (a *App) configFlags(cmd *cobra.Command) *cobra.Command {
	f := cmd.Flags()
	f.StringVarP(&a.flags.config, "config", "c", "listo.yaml", "configuration file")
	f.StringVar(&a.flags.reports, "reports", "", "folder of the reports (default: reports in listo.yaml)")
	f.StringVar(&a.flags.language, "language", "", "language of the reports: es or en (default: language in listo.yaml)")
	return cmd
}

// interrupts gives a channel closed at the first interrupt and a context
// cancelled at the second.
func interrupts(ctx context.Context, said func()) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stop := make(chan struct{})
	go func() {
		select {
		case <-signals:
			said()
			close(stop)
		case <-ctx.Done():
			return
		}
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, stop, func() { signal.Stop(signals); cancel() }
}
