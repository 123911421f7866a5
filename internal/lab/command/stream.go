package command

import (
	"context"
	"errors"
	"fmt"
	"io"

	"listo/internal/lab"
)

// Stream runs the command with stdin and hands its stdout to read while it
// runs, so that an output of any size can be looked at in little memory. The
// step on the record keeps replay line and exit code, no output. read must
// consume stdout to its end; its error ends the command. A non-zero exit is an
// error here, with the first line of stderr: half an output proves nothing.
func Stream(ctx context.Context, r *lab.Recorder, c Command, stdin io.Reader, read func(io.Reader) error) error {
	touch := r.Touch("command", c.replay())
	exit, err := c.stream(ctx, stdin, read)
	touch.End(exit, err)
	return err
}

func (c Command) stream(ctx context.Context, stdin io.Reader, read func(io.Reader) error) (int, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := c.folder(); err != nil {
		return -1, err
	}
	ending, stop := context.WithCancel(ctx)
	defer stop()
	cmd := c.command(ending, c.Args)
	var stderr bounded
	cmd.Stdin, cmd.Stderr = stdin, &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return -1, fmt.Errorf("command: %s: %w", c.Args[0], err)
	}
	if err := cmd.Start(); err != nil {
		return -1, fmt.Errorf("command: %s: %w", c.Args[0], err)
	}
	reading := read(stdout)
	if reading != nil {
		stop() // nobody reads on: without this it would block on a full pipe
	}
	ended := cmd.Wait()
	killGroup(cmd)
	exit := cmd.ProcessState.ExitCode()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return exit, fmt.Errorf("command: %s: not ended within %v", c.replay(), timeout)
	case ctx.Err() != nil:
		return exit, ctx.Err()
	case reading != nil:
		return exit, reading
	case ended != nil:
		return exit, fmt.Errorf("command: %s: %w: %s", c.replay(), ended, FirstLine(stderr.kept))
	}
	return exit, nil
}
