package process

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/lab"
)

func recorder(t *testing.T) *lab.Recorder {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return lab.NewRecorder(blobs, redact.New(nil), time.Now)
}

func TestProgramsBelowAShell(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "(sleep 60; true) & echo $!; wait; true")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		found, err := Below(t.Context(), recorder(t), cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(found, func(p Program) bool { return p.Name == "sleep" && p.Go == nil && p.Node == "" }) && found[0].PID == cmd.Process.Pid {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%+v", found)
		}
	}
}

// This test is a Go program.
func TestGoProgramTellsItsGo(t *testing.T) {
	r := recorder(t)
	found, err := Below(t.Context(), r, os.Getpid())
	if err != nil || len(found) == 0 || found[0].Go == nil || found[0].Go.GoVersion != runtime.Version() || found[0].Go.Module != "listo" {
		t.Errorf("%+v %v", found, err)
	}
	if steps, err := r.Steps(); err != nil || len(steps) == 0 {
		t.Errorf("%d steps, %v", len(steps), err)
	}
}

func TestNobodyThere(t *testing.T) {
	for _, pid := range []int{0, -1} {
		if found, err := Below(t.Context(), recorder(t), pid); err == nil {
			t.Errorf("%d: %+v", pid, found)
		}
	}
}
