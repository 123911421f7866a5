package secrets

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/command"
)

// gitTimeout bounds one run of git.
const gitTimeout = 5 * time.Minute

// repository is the git work tree that listo.yaml lies in.
type repository struct {
	bench *lab.Bench
	root  string
}

func openRepository(ctx context.Context, b *lab.Bench) (repository, error) {
	r := repository{b, b.Config.Folder}
	up, err := r.run(ctx, "rev-parse", "--show-cdup") // the way up tells no path of the machine
	if err != nil {
		return r, fmt.Errorf("secrets: the source is in no git work tree: audit it where it was cloned: %w", err)
	}
	r.root = filepath.Join(r.root, strings.TrimSuffix(up, "\n"))
	return r, nil
}

// command is git so that it asks nobody, fetches nothing and runs no program of
// the repository's own.
func (r repository) command(args ...string) command.Command {
	return command.Command{
		Args:    append([]string{"git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"}, args...),
		Dir:     r.root,
		Env:     map[string]string{"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"},
		Timeout: gitTimeout,
	}
}

// run gives what a short command prints.
func (r repository) run(ctx context.Context, args ...string) (string, error) {
	result, err := command.Run(ctx, r.bench.Recorder, r.command(args...))
	if err != nil {
		return "", err
	}
	if result.StdoutCut > 0 { // a list without its end would hide what stands there
		return "", fmt.Errorf("git %s: its answer is %d bytes too long to be read whole: audit a smaller folder", args[0], result.StdoutCut)
	}
	if result.Exit != 0 {
		return "", fmt.Errorf("git %s ended with %d: %s", args[0], result.Exit, command.FirstLine(result.Stderr))
	}
	return string(result.Stdout), nil
}
