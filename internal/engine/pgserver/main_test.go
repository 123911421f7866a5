package pgserver

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The test binary runs itself in other roles: as a program that will be killed,
// as another user, as one of several that start at once. roleVariable names the
// role.
const roleVariable = "PGSERVER_TEST_ROLE"

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(withCache(m))
}

// withCache gives the tests one cache of their own, so that they neither profit
// from the developer's nor disturb it.
func withCache(m *testing.M) int {
	cache, err := os.MkdirTemp("", "pgserver-test-cache")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(cache)
	os.Setenv("XDG_CACHE_HOME", cache)
	return m.Run()
}

// shortTemp makes a directory with a short path that other users may enter.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ownTemp moves the temporary directory of this test, so that it can see what
// is left there.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := shortTemp(t)
	t.Setenv("TMPDIR", dir)
	return dir
}

// ownCache gives the test an empty template cache.
func ownCache(t *testing.T) string {
	t.Helper()
	dir := shortTemp(t)
	t.Setenv("XDG_CACHE_HOME", dir)
	return dir
}

func mustStart(t *testing.T, options Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// query asks for one value.
func query[T any](t *testing.T, address, sql string, args ...any) T {
	t.Helper()
	conn := connect(t, address)
	defer conn.Close(t.Context())
	var value T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func execute(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn := connect(t, address)
	defer conn.Close(t.Context())
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantEmpty checks that a directory holds nothing but what is named.
func wantEmpty(t *testing.T, dir string, but ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(but, " "); got != want {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func wantNoProcess(t *testing.T, dir string) {
	t.Helper()
	if left := processesIn(dir); len(left) > 0 {
		t.Errorf("%d processes still work in %s", len(left), dir)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

// eventually waits for something that must come to pass.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}
