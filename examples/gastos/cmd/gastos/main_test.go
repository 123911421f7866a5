package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gastos/internal/testdb"
)

func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, set := values[name]; return value, set }
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{nil, {"bogus"}, {"serve", "now"}, {"migrate"}, {"migrate", "sideways"}, {"migrate", "to"}, {"migrate", "to", "x"},
		{"migrate", "to", "-1"}, {"migrate", "up", "1"}, {"-h"}} {
		if err := run(t.Context(), args, env(nil), new(bytes.Buffer)); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{{"serve"}, {"migrate", "up"}, {"seed"}} {
		var bad configError
		if err := run(t.Context(), args, env(nil), new(bytes.Buffer)); !errors.As(err, &bad) || !strings.Contains(err.Error(), "DATABASE_URL: not set") {
			t.Errorf("%q: %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, env(nil), &out); err != nil || !strings.HasPrefix(out.String(), "gastos ") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestMigrateAndSeed(t *testing.T) {
	d := testdb.New(t)
	values := map[string]string{"DATABASE_URL": d.Owner, "APP_ROLE": d.AppRole, "SEED_PASSWORD": testdb.Password}
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), args, env(values), &out)
		return out.String(), err
	}
	if out, err := do("migrate", "status"); err == nil || strings.Count(out, "pending") != 7 {
		t.Errorf("nothing applied: %v\n%s", err, out)
	}
	if out, err := do("migrate", "up"); err != nil || strings.Count(out, "up ") != 7 {
		t.Errorf("up: %v\n%s", err, out)
	}
	if out, err := do("migrate", "status"); err != nil || strings.Count(out, "applied") != 7 {
		t.Errorf("all applied: %v\n%s", err, out)
	}
	if out, err := do("migrate", "down"); err != nil || !strings.Contains(out, "00007") {
		t.Errorf("down: %v\n%s", err, out)
	}
	if out, err := do("migrate", "to", "2"); err != nil || strings.Count(out, "down ") != 4 {
		t.Errorf("to 2: %v\n%s", err, out)
	}
	if _, err := do("seed"); err == nil {
		t.Error("an old schema was seeded")
	}
	if _, err := do("migrate", "up"); err != nil {
		t.Error(err)
	}
	if out, err := do("seed"); err != nil || !strings.Contains(out, `"gastos":21000`) {
		t.Errorf("seed: %v\n%s", err, out)
	}
}

// build makes the command as a release, or with tags.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "gastos")
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", binary}, append(flags, ".")...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

func TestAReleaseHoldsNoDisease(t *testing.T) {
	marks := [][]byte{[]byte("GASTOS_DISEASE"), []byte("gastos/disease")}
	for _, c := range []struct {
		flags []string
		want  bool
	}{{nil, false}, {[]string{"-tags", "disease"}, true}} {
		binary, err := os.ReadFile(build(t, c.flags...))
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range marks {
			if bytes.Contains(binary, mark) != c.want {
				t.Errorf("built with %v: %s found: %v", c.flags, mark, !c.want)
			}
		}
	}
}

func TestTheProcessStopsOnSIGTERM(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	listener.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, build(t), "serve")
	command.Env = []string{"DATABASE_URL=postgres://nobody@127.0.0.1:1/nothing", "JWT_SECRET=a-key-for-tests-of-32-bytes-or-more",
		"CONNECTION_POOL_SIZE=2", "PORT=" + port, "FRONTEND_DIR=" + dir}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		response, err := http.Get("http://" + address + "/healthz")
		if err == nil {
			response.Body.Close()
			break
		}
		if ctx.Err() != nil {
			command.Wait()
			t.Fatalf("it never answered: %s", out.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
	if !strings.Contains(out.String(), `"msg":"stopped"`) {
		t.Errorf("not told: %s", out.String())
	}
}
