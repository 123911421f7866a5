package listo_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// patientBinary gives the patient with its diseases. It is linked once for all
// tests, as is quickPatient: nobody writes to a program.
func patientBinary(t *testing.T) string {
	t.Helper()
	return built(t, patientOnce)
}

// quickPatient gives the same with cheap passwords: an audit logs in so often that
// hashing would be most of what the patient does.
func quickPatient(t *testing.T) string {
	t.Helper()
	return built(t, quickOnce)
}

var (
	patientOnce = sync.OnceValues(func() (string, error) { return buildPatient("disease") })
	quickOnce   = sync.OnceValues(func() (string, error) { return buildPatient("disease,cheap_passwords") })
)

func built(t *testing.T, once func() (string, error)) string {
	t.Helper()
	binary, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// buildPatient builds it alone in a folder: stories put that into their PATH.
func buildPatient(tags string) (string, error) {
	folder, err := shared.folder("patient")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "gastos")
	cmd := exec.Command("go", "build", "-tags", tags, "-o", binary, "./cmd/gastos")
	cmd.Dir = "examples/gastos"
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the patient: %w\n%s", err, out)
	}
	return binary, nil
}

// shared is where lies what is made once and outlives the test that asks first.
var shared lasting

// lasting are folders that are gone when all tests have ended.
type lasting struct {
	mu  sync.Mutex
	all []string
}

func (l *lasting) folder(name string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	folder, err := os.MkdirTemp("", "listo-"+name+"-")
	if err == nil {
		l.all = append(l.all, folder)
	}
	return folder, err
}

// clearing runs all tests and then clears away what they shared.
type clearing struct{ m *testing.M }

func (c clearing) Run() int {
	defer func() {
		for _, folder := range shared.all {
			_ = os.RemoveAll(folder) // a leftover in the temporary folder harms nobody
		}
	}()
	return c.m.Run()
}
