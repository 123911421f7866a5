package pgserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	found, err := Find(t.Context())
	must(t, err)
	for _, path := range []string{found.Postgres, found.Initdb, found.ResetWAL, found.Psql, found.PgDump, found.PgRestore} {
		if !filepath.IsAbs(path) || filepath.Dir(path) != found.Dir {
			t.Errorf("%s is not in %s", path, found.Dir)
		}
	}
	if found.Major < OldestMajor || !strings.HasPrefix(found.Version, fmt.Sprint(found.Major)) {
		t.Errorf("version %q, major %d", found.Version, found.Major)
	}
	t.Setenv("LISTO_PG_BIN", found.Dir)
	if named, err := Find(t.Context()); err != nil || named != found {
		t.Errorf("LISTO_PG_BIN=%s finds %+v, %v", found.Dir, named, err)
	}
	t.Setenv("LISTO_PG_BIN", "")
	t.Setenv("PATH", "")
	if _, err := Find(t.Context()); err != nil && !strings.HasSuffix(err.Error(), install) {
		t.Errorf("%q does not end with %q", err, install)
	}
}

// fakeBin makes a directory of programs that print what they are told.
func fakeBin(t *testing.T, says string, missing ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"postgres", "initdb", "pg_resetwal", "psql", "pg_dump", "pg_restore"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+says+"\n"), 0o755))
	}
	for _, name := range missing {
		must(t, os.Remove(filepath.Join(dir, name)))
	}
	return dir
}

func TestWrongBinariesAreRefused(t *testing.T) {
	ownCache(t)
	cases := map[string]struct{ dir, says string }{
		"no directory":  {"/nonexistent/bin", "no program /nonexistent/bin/postgres"},
		"a file":        {"/etc/passwd", "/etc/passwd"},
		"no pg_dump":    {fakeBin(t, "echo 'postgres (PostgreSQL) 17.2'", "pg_dump"), "no program"},
		"not postgres":  {fakeBin(t, "echo hello"), `says "hello", which is not PostgreSQL`},
		"too old":       {fakeBin(t, "echo 'postgres (PostgreSQL) 9.6.24'"), "9.6.24, older than 13"},
		"version fails": {fakeBin(t, "exit 3"), "exit status 3"},
	}
	brokenInitdb := fakeBin(t, "echo 'postgres (PostgreSQL) 17.2'; case $1 in -D) exit 9;; esac")
	temp := ownTemp(t)
	for name, wrong := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LISTO_PG_BIN", wrong.dir)
			_, err := Start(t.Context(), Options{})
			wantError(t, err, "pgserver: LISTO_PG_BIN="+wrong.dir, wrong.says)
			if !strings.HasSuffix(err.Error(), install) {
				t.Errorf("%q does not end with %q", err, install)
			}
		})
	}
	t.Run("initdb fails", func(t *testing.T) {
		t.Setenv("LISTO_PG_BIN", brokenInitdb)
		_, err := Start(t.Context(), Options{})
		wantError(t, err, "pgserver: cannot start PostgreSQL 17.2", "initdb")
	})
	wantEmpty(t, temp)
}
