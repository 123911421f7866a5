package service

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"listo/internal/engine/loopback"
	"listo/internal/engine/redact"
)

const theSecret = "s3cret-0123456789-abcdefghijklmnopqrstuvwxyz"

// run starts the test's own service with further variables.
func run(t *testing.T, env map[string]string) (p *process, base string) {
	t.Helper()
	port, err := loopback.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{roleVariable: "serve", "PORT": fmt.Sprint(port)}
	for name, value := range env {
		all[name] = value
	}
	hide := redact.New([]redact.Secret{{Name: "KEY", Value: theSecret}})
	p, err = start("exec "+os.Args[0], "/", filepath.Join(t.TempDir(), "log"), all, hide.CleanString)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end(0) })
	return p, fmt.Sprintf("http://127.0.0.1:%d", port)
}

func TestReadyAndStopped(t *testing.T) {
	p, base := run(t, map[string]string{"SAYS": "hello"})
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	if env := realEnvironment(p.cmd.Process.Pid); env["SAYS"] != "hello" || env["PORT"] == "" {
		t.Errorf("the service's environment: %v", env)
	}
	if how := p.end(patience); how != stopped {
		t.Errorf("it ended as %d", how)
	}
	if log, err := p.tail(); err != nil || string(log) != "hello\n" {
		t.Errorf("the log: %q, %v", log, err)
	}
	if how := p.end(patience); how != gone {
		t.Errorf("the second end: %d", how)
	}
}

func TestAServiceThatEndsAtTheStart(t *testing.T) {
	// The secret lies across the place where a long line is cut for the sentence.
	across := strings.Repeat("x", 380) + theSecret
	for name, c := range map[string]struct{ says, want string }{
		"says why":        {"no database", "ended before it was ready (exit status 7): its log ends with: no database"},
		"says a secret":   {"the key is " + theSecret, "the key is ‹KEY›"},
		"says it far out": {across, "‹KEY›"},
		"says nothing":    {"", "(nothing)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, base := run(t, map[string]string{"EXITS": "1", "SAYS": c.says})
			err := p.awaitReady(t.Context(), base+"/ready", patience)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for n := 4; err != nil && n <= len(theSecret); n++ {
				if strings.Contains(err.Error(), theSecret[:n]) {
					t.Fatalf("%d bytes of the secret are in %v", n, err)
				}
			}
		})
	}
}

// A service that runs and never gets ready: the error tells its last answer.
func TestNotReady(t *testing.T) {
	var followed atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	for status, want := range map[int]string{503: "it answered 503", 404: "it answered 404", 302: "it answered 302", 204: "it answered 204"} {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int64
		door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(status)
			if asked.Add(1) == 3 {
				cancel() // its time is over
			}
		}))
		p, _ := run(t, nil)
		if err := p.awaitReady(ctx, door.URL, patience); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "not ready within") {
			t.Errorf("got %v, want %q", err, want)
		}
		door.Close()
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("the ready address led elsewhere, and listo followed %d times", n)
	}
	p, base := run(t, map[string]string{"PORT": "0"}) // it listens somewhere else
	if err := p.awaitReady(t.Context(), base+"/ready", 2*time.Second); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

// A stranger at the port is not the service.
func TestReadyIsTheServiceItself(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer stranger.Close()
	p, _ := run(t, map[string]string{"EXITS": "1", "SAYS": "address in use"})
	<-p.gone
	if err := p.awaitReady(t.Context(), stranger.URL, patience); err == nil || !strings.Contains(err.Error(), "address in use") {
		t.Errorf("got %v", err)
	}
}

func TestAStubbornServiceIsKilled(t *testing.T) {
	p, base := run(t, map[string]string{"STUBBORN": "1"})
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	if how := p.end(100 * time.Millisecond); how != killed {
		t.Errorf("it ended as %d", how)
	}
	if alive(p.cmd.Process.Pid) {
		t.Error("it lives")
	}
}

func TestStopCommand(t *testing.T) {
	p, base := run(t, map[string]string{"STUBBORN": "1", "MARKER": t.TempDir()})
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	// It obeys the command and no signal; the command sees the service's variables.
	p.stop = `echo stopping >"$MARKER/stopped"; kill -9 ` + fmt.Sprint(p.cmd.Process.Pid)
	if how := p.end(patience); how != stopped {
		t.Errorf("it ended as %d", how)
	}
	if _, err := os.Stat(filepath.Join(p.env["MARKER"], "stopped")); err != nil {
		t.Error(err)
	}
}

// A stop command that does not end is ended, with its children.
func TestAStopCommandThatHangs(t *testing.T) {
	folder := t.TempDir()
	p, base := run(t, nil)
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	p.stop = fmt.Sprintf(`sh -c 'echo $$ >%s/pid; exec sleep 600' & wait`, folder)
	var hangs int
	ended := make(chan ending, 1)
	go func() { ended <- p.end(2 * time.Second) }()
	eventually(t, "the stop command runs", func() bool {
		text, err := os.ReadFile(filepath.Join(folder, "pid"))
		return err == nil && len(text) > 1 && fmt.Sprint(text) != "" && scan(string(text), &hangs)
	})
	t.Cleanup(func() { _ = syscall.Kill(hangs, syscall.SIGKILL) })
	if how := <-ended; how != killed {
		t.Errorf("it ended as %d", how)
	}
	eventually(t, "the stop command's child is gone", func() bool { return !alive(hangs) })
}

func scan(text string, n *int) bool {
	_, err := fmt.Sscan(text, n)
	return err == nil
}

func TestAHugeLog(t *testing.T) {
	const lines = 900_000 // of 121 bytes
	p, base := run(t, map[string]string{"SAYS": "the key is " + theSecret})
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	whole, err := os.OpenFile(p.log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("noise ", 20) + "\n"
	for range lines / 1000 {
		if _, err := whole.WriteString(strings.Repeat(line, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := whole.WriteString("the end\n"); err != nil {
		t.Fatal(err)
	}
	whole.Close()
	log, err := p.tail()
	if err != nil || len(log) > MaxLog || len(log) < MaxLog-len(line) {
		t.Fatalf("%d bytes, %v", len(log), err)
	}
	if !strings.HasPrefix(string(log), line) || !strings.HasSuffix(string(log), "\nthe end\n") {
		t.Errorf("the tail begins %q and ends %q", log[:40], log[len(log)-40:])
	}
}
