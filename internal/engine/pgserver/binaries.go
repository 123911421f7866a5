package pgserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// OldestMajor is the oldest PostgreSQL that works here: DROP DATABASE ...
	// WITH (FORCE) came with 13.
	OldestMajor = 13

	// install is how every message about missing binaries ends.
	install = "install it: apt-get install postgresql"
)

// Binaries are the programs of one PostgreSQL installation: absolute paths, all
// from one directory, hence all of one version.
type Binaries struct {
	Dir       string
	Version   string // as the server prints it: "15.18", "17beta1"
	Major     int
	Postgres  string
	Initdb    string
	ResetWAL  string
	Psql      string
	PgDump    string
	PgRestore string

	build string // the whole version line, the packager's revision included
}

// Find looks for PostgreSQL in LISTO_PG_BIN (a directory; when set, the only
// place), then behind the postgres of PATH, then where Debian puts it, highest
// major first. An installation that lacks one of the programs is passed over.
func Find(ctx context.Context) (Binaries, error) {
	if dir := os.Getenv("LISTO_PG_BIN"); dir != "" {
		found, err := inspect(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("pgserver: LISTO_PG_BIN=%s: %w: point it to the bin directory of a PostgreSQL server, or unset it and %s", dir, err, install)
		}
		return found, nil
	}
	var reasons []string
	for _, dir := range candidates() {
		found, err := inspect(ctx, dir)
		if err == nil {
			return found, nil
		}
		reasons = append(reasons, err.Error())
	}
	if len(reasons) == 0 {
		reasons = []string{"no postgres in PATH nor in /usr/lib/postgresql"}
	}
	return Binaries{}, fmt.Errorf("pgserver: no usable PostgreSQL server: %s: set LISTO_PG_BIN to its bin directory, or %s", strings.Join(reasons, "; "), install)
}

// candidates are the directories worth a look when nobody named one.
func candidates() []string {
	var dirs []string
	// We look for postgres and follow links: Debian's psql in PATH is a wrapper
	// and has no server beside it.
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(debian, func(a, b string) int { return cmp.Compare(majorOf(b), majorOf(a)) })
	return append(dirs, debian...)
}

func majorOf(debianBin string) int {
	major, _ := strconv.Atoi(filepath.Base(filepath.Dir(debianBin))) // 9.6 is not a number here and goes last
	return major
}

// inspect reads what a directory offers.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	b := Binaries{Dir: dir}
	programs := []struct {
		name string
		path *string
	}{
		{"postgres", &b.Postgres}, {"initdb", &b.Initdb}, {"pg_resetwal", &b.ResetWAL},
		{"psql", &b.Psql}, {"pg_dump", &b.PgDump}, {"pg_restore", &b.PgRestore},
	}
	for _, program := range programs {
		*program.path = filepath.Join(dir, program.name)
		if _, err := exec.LookPath(*program.path); err != nil {
			return Binaries{}, fmt.Errorf("no program %s (%w)", *program.path, errors.Unwrap(err))
		}
	}
	return b, b.readVersion(ctx)
}

var versionLine = regexp.MustCompile(`^postgres \(.+?\) ((\d+)\S*)`)

func (b *Binaries) readVersion(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, b.Postgres, "--version")
	command.WaitDelay = time.Second
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s --version: %w", b.Postgres, err)
	}
	b.build = strings.TrimSpace(string(out))
	match := versionLine.FindStringSubmatch(b.build)
	if match == nil {
		return fmt.Errorf("%s --version says %.80q, which is not PostgreSQL", b.Postgres, b.build)
	}
	b.Version = match[1]
	b.Major, err = strconv.Atoi(match[2])
	if err != nil || b.Major < OldestMajor {
		return fmt.Errorf("%s is PostgreSQL %s, older than %d", b.Postgres, b.Version, OldestMajor)
	}
	return nil
}
