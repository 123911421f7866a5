package supply

import (
	"context"
	"fmt"
	"strings"
	"time"

	"listo/internal/engine/lockfile"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// goTime bounds one run of a go command that may ask the network.
const goTime = 120 * time.Second

// goRun runs go in a part's folder. Quiet output may name the machine's folders.
func goRun(ctx context.Context, b *lab.Bench, p part, folder string, quiet bool, args ...string) (command.Result, error) {
	return command.Run(ctx, b.Recorder, command.Command{
		Args: append([]string{"go"}, args...), Dir: folder, Env: environment(p, nil), Timeout: goTime, Quiet: quiet,
	})
}

// goWords runs go and gives what it printed; an exit other than 0 is an error.
func goWords(ctx context.Context, b *lab.Bench, p part, folder string, args ...string) ([]byte, error) {
	result, err := goRun(ctx, b, p, folder, false, args...)
	if err != nil {
		return nil, err
	}
	if result.Exit != 0 {
		return nil, fmt.Errorf("supply: go %s: %s", strings.Join(args[:min(len(args), 2)], " "), readable(command.FirstLine(result.Stderr)))
	}
	return result.Stdout, nil
}

// program is a Go part as its lock and the go command describe it.
type program struct {
	lock    *lockfile.Go
	deps    lockfile.Deps // what the main package is compiled from
	release string        // of the standard library: 1.26.8
}

// readProgram reads a Go part in a clean copy. Modules that the main package
// does not contain keep the scope Declared: tests need them.
func readProgram(ctx context.Context, b *lab.Bench, c copied) (program, error) {
	var g program
	var err error
	if g.lock, err = goLock(b, c.part, c.folder); err != nil {
		return g, err
	}
	main := c.Package
	if main == "" {
		main = "./..."
	}
	printed, err := goWords(ctx, b, c.part, c.folder, "list", "-deps", "-f", lockfile.DepsFormat, main)
	if err != nil {
		return g, err
	}
	if g.deps, err = lockfile.ParseDeps(printed); err != nil {
		return g, err
	}
	version, err := goWords(ctx, b, c.part, c.folder, "env", "GOVERSION")
	if err != nil {
		return g, err
	}
	g.release = lockfile.ReleaseVersion(strings.TrimSpace(string(version)))
	return g, nil
}

// offline tells of what go prints when a proxy or a server cannot be reached.
func offline(stderr string) bool {
	for _, sign := range []string{"dial tcp", "no such host", "connection refused", "i/o timeout", "TLS handshake", "network is unreachable",
		"module lookup disabled", "502 Bad Gateway", "503 Service", "504 Gateway", "403 Forbidden", "401 Unauthorized"} {
		if strings.Contains(stderr, sign) {
			return true
		}
	}
	return false
}
