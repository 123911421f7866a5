package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 30 * time.Second

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// gone tells whether a process ended; a zombie has.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// pidIn waits for a process to write its number into a file.
func pidIn(t *testing.T, file string) (pid int) {
	t.Helper()
	eventually(t, "a number in "+filepath.Base(file), func() bool {
		text, err := os.ReadFile(file)
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil
	})
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

func TestExitCodesAndOutput(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		command Command
		exit    int
		stdout  string
		stderr  string
		err     string
	}{
		"succeeds":          {Command{Args: []string{"echo", "a b"}}, 0, "a b\n", "", ""},
		"a line":            {Command{Line: "echo out; echo bad >&2; exit 7"}, 7, "out\n", "bad\n", ""},
		"no such program":   {Command{Args: []string{"listo-no-such-program"}}, -1, "", "", "listo-no-such-program"},
		"no such in a line": {Command{Line: "listo-no-such-program"}, 127, "", "*", ""},
		"ended by a signal": {Command{Line: "kill -9 $$"}, -1, "", "", ""},
		"no such folder":    {Command{Args: []string{"pwd"}, Dir: "/no/such/folder"}, -1, "", "", "/no/such/folder"},
		"not executable":    {Command{Args: []string{text}}, -1, "", "", "permission denied"},
		"its folder":        {Command{Args: []string{"pwd"}, Dir: "/"}, 0, "/\n", "", ""},
		"too slow":          {Command{Line: "echo begun; exec sleep 600", Timeout: 200 * time.Millisecond}, -1, "*", "", "not ended within 200ms"},
		"reads no input":    {Command{Args: []string{"cat"}}, 0, "", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t)
			got, err := Run(t.Context(), r, c.command)
			if (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if got.Exit != c.exit || (c.stdout != "*" && string(got.Stdout) != c.stdout) || (c.stderr != "*" && string(got.Stderr) != c.stderr) {
				t.Errorf("got %d %q %q", got.Exit, got.Stdout, got.Stderr)
			}
			steps, lost := r.Steps()
			if lost != nil || len(steps) != 1 || steps[0].Status != c.exit || (steps[0].Err == "") != (c.err == "") || steps[0].Replay == "" {
				t.Errorf("the record: %+v, %v", steps, lost)
			}
		})
	}
}

// Grandchildren that hold the pipe end with the command, when its time is over
// and when it ends by itself.
func TestGrandchildrenEndWithIt(t *testing.T) {
	for name, c := range map[string]struct {
		end     string
		timeout time.Duration
		err     string
	}{
		"at the deadline": {"wait", 300 * time.Millisecond, "not ended within"},
		"at its own end":  {"exit 3", patience, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			line := fmt.Sprintf(`sh -c 'echo $$ >%[1]s/child; sleep 600 & echo $! >%[1]s/grandchild; wait' & until [ -s %[1]s/grandchild ]; do sleep 0.01; done; %[2]s`, folder, c.end)
			got, err := Run(t.Context(), record(t), Command{Line: line, Timeout: c.timeout})
			if (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) || (err == nil && got.Exit != 3) {
				t.Errorf("got %d, %v", got.Exit, err)
			}
			for _, who := range []string{"child", "grandchild"} {
				if _, err := os.Stat(filepath.Join(folder, who)); err != nil {
					continue // the deadline was faster
				}
				pid := pidIn(t, filepath.Join(folder, who))
				eventually(t, who+" is gone", func() bool { return gone(pid) })
			}
		})
	}
}

// A daemon that left the group and holds the pipe keeps nobody waiting.
func TestADaemonThatHoldsTheOutput(t *testing.T) {
	line := func(folder string) string {
		return fmt.Sprintf(`setsid sh -c 'echo $$ >%[1]s/pid; exec sleep 600' & until [ -s %[1]s/pid ]; do sleep 0.01; done; echo done`, folder)
	}
	for name, run := range map[string]func(line string) error{
		"run": func(line string) error {
			got, err := Run(t.Context(), record(t), Command{Line: line})
			if got.Exit != 0 || string(got.Stdout) != "done\n" {
				t.Errorf("got %d %q", got.Exit, got.Stdout)
			}
			return err
		},
		"stream": func(line string) error {
			err := Stream(t.Context(), record(t), Command{Args: []string{"sh", "-c", line}, Timeout: time.Second}, nil,
				func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			if err == nil || !strings.Contains(err.Error(), "not ended within") {
				t.Errorf("got %v", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			ended := make(chan error, 1)
			go func() { ended <- run(line(folder)) }()
			pidIn(t, filepath.Join(folder, "pid"))
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Fatal("it waits for the daemon")
			}
		})
	}
}

func TestOutputIsBounded(t *testing.T) {
	const printed = 200 << 20
	r := record(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := Run(t.Context(), r, Command{Line: fmt.Sprintf("yes listo | head -c %d", printed)})
	runtime.ReadMemStats(&after)
	if err != nil || got.Exit != 0 || len(got.Stdout) != MaxOutput || got.StdoutCut != printed-MaxOutput {
		t.Errorf("%v: exit %d, %d bytes, %d cut", err, got.Exit, len(got.Stdout), got.StdoutCut)
	}
	if all := after.TotalAlloc - before.TotalAlloc; all > 20*MaxOutput {
		t.Errorf("%d MiB were allocated in all", all>>20)
	}
	steps, _ := r.Steps()
	if len(steps[0].Raw) != 1 || steps[0].Raw[0].TrueSize < MaxOutput {
		t.Errorf("the record: %+v", steps[0])
	}
}

func TestAnEndlessOutputEndsAtTheDeadline(t *testing.T) {
	got, err := Run(t.Context(), record(t), Command{Args: []string{"yes"}, Timeout: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "not ended within") || len(got.Stdout) > MaxOutput {
		t.Errorf("%d bytes, %v", len(got.Stdout), err)
	}
}

func TestQuietKeepsNothing(t *testing.T) {
	r := record(t)
	got, err := Run(t.Context(), r, Command{Line: "echo secret; echo secret >&2", Quiet: true})
	if err != nil || string(got.Stdout) != "secret\n" {
		t.Fatal(err)
	}
	if steps, _ := r.Steps(); len(steps[0].Raw) != 0 {
		t.Errorf("kept %+v", steps[0].Raw)
	}
}

// The environment is what the command is given and the few names that programs
// need to run at all.
func TestEnvironmentIsMinimal(t *testing.T) {
	for _, name := range []string{"JWT_SECRET", "DATABASE_URL", "PGPASSWORD", "PGHOST", "LISTO_OPERATOR", "LISTO_CLAIM", "SSH_AUTH_SOCK", "LD_PRELOAD",
		"BASH_ENV", "ENV", "GIT_DIR", "GIT_CONFIG_GLOBAL", "NODE_OPTIONS", "AWS_SECRET_ACCESS_KEY", "HTTP_PROXY", "http_proxy", "PORT"} {
		t.Setenv(name, "leaked")
	}
	t.Setenv("LANG", "es_ES.UTF-8")
	env := map[string]string{"OWN": "a\nb=c ", "LANG": "C", "EMPTY": ""}
	for name, run := range map[string]func() string{
		"run": func() string {
			got, err := Run(t.Context(), record(t), Command{Args: []string{"env", "-0"}, Env: env})
			if err != nil {
				t.Fatal(err)
			}
			return string(got.Stdout)
		},
		"stream": func() (out string) {
			err := Stream(t.Context(), record(t), Command{Args: []string{"env", "-0"}, Env: env}, nil, func(r io.Reader) error {
				b, err := io.ReadAll(r)
				out = string(b)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
	} {
		got := map[string]string{}
		for _, pair := range strings.Split(strings.TrimRight(run(), "\x00"), "\x00") {
			n, v, _ := strings.Cut(pair, "=")
			if _, twice := got[n]; twice {
				t.Errorf("%s: %s twice", name, n)
			}
			got[n] = v
			if v == "leaked" {
				t.Errorf("%s: %s leaked", name, n)
			}
		}
		if got["OWN"] != env["OWN"] || got["LANG"] != "C" || got["PATH"] != os.Getenv("PATH") {
			t.Errorf("%s: %q", name, got)
		}
		if v, set := got["EMPTY"]; !set || v != "" {
			t.Errorf("%s: an empty variable is not handed on", name)
		}
	}
}

func TestCancelEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	ended := make(chan error, 1)
	go func() {
		_, err := Run(ctx, record(t), Command{Line: "echo $$ >" + folder + "/pid; sleep 600"})
		ended <- err
	}()
	pid := pidIn(t, filepath.Join(folder, "pid"))
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
	eventually(t, "the shell is gone", func() bool { return gone(pid) })
	err := Stream(ctx, record(t), Command{Args: []string{"sleep", "600"}}, nil, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the stream: %v", err)
	}
}

// A replay line is what a shell runs.
func TestReplayLine(t *testing.T) {
	r := record(t)
	want, err := Run(t.Context(), r, Command{Args: []string{"printf", "%s|", "a b", "it's", "$HOME", "", "two\nlines", "`id`"}})
	if err != nil {
		t.Fatal(err)
	}
	steps, _ := r.Steps()
	out, err := exec.Command("sh", "-c", steps[0].Replay).Output()
	if err != nil || string(out) != string(want.Stdout) {
		t.Errorf("%s gives %q, %v; want %q", steps[0].Replay, out, err, want.Stdout)
	}
}
