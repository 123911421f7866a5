// Command pgserver measures how long a throw-away PostgreSQL takes from nothing
// to the answer of its first query, and prints a Markdown page:
//
//	go run ./bench/pgserver > bench/pgserver/RESULTS.md
//
// Four cases: with and without the template cache, as root and as a normal user
// (as root, the program runs itself again as nobody; otherwise the root cases
// are left out, and the page says so).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/pgserver"
)

func main() {
	rounds := flag.Int("rounds", 30, "rounds per case, 20 at least")
	measure := flag.String("measure", "", "internal: measure one case (cached or cold) and print JSON")
	flag.Parse()
	if err := run(*rounds, *measure); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pgserver:", err)
		os.Exit(1)
	}
}

func run(rounds int, measured string) error {
	if rounds < 20 {
		return fmt.Errorf("%d rounds say nothing about a 95th percentile: use -rounds 20 or more", rounds)
	}
	if measured != "" {
		result, err := measureCase(measured == "cached", rounds)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	machine, err := describeMachine()
	if err != nil {
		return err
	}
	var results []result
	for _, who := range users() {
		for _, kind := range []string{"cached", "cold"} {
			r, err := measureAs(who, kind, rounds)
			if err != nil {
				return fmt.Errorf("%s as %s: %w", kind, who, err)
			}
			results = append(results, r)
		}
	}
	return page(os.Stdout, machine, results)
}

// users are the names to measure as; "" is whoever runs the program.
func users() []string {
	if os.Geteuid() == 0 {
		return []string{"root", "nobody"}
	}
	return []string{""}
}

// result is one case. Times are in milliseconds.
type result struct {
	User   string
	Cached bool
	Start  []float64 // from nothing to the answer of a query over TCP
	Stop   []float64 // from Stop to a removed directory
}

// measureAs runs one case in a child process with a home and a temporary
// directory of its own, as another user when the name asks for it.
func measureAs(who, kind string, rounds int) (result, error) {
	home, err := os.MkdirTemp("", "bpg")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(home)
	binary, err := copySelf(home)
	if err != nil {
		return result{}, err
	}
	child := exec.Command(binary, "-measure", kind, "-rounds", strconv.Itoa(rounds))
	child.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "XDG_CACHE_HOME=")
	child.Dir = "/"
	child.Stderr = os.Stderr
	if who == "nobody" {
		entry, err := user.Lookup(who)
		if err != nil {
			return result{}, err
		}
		uid, _ := strconv.Atoi(entry.Uid) // numbers, on Unix
		gid, _ := strconv.Atoi(entry.Gid)
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(home, uid, gid); err != nil {
			return result{}, err
		}
	}
	out, err := child.Output()
	if err != nil {
		return result{}, err
	}
	var r result
	err = json.Unmarshal(out, &r)
	r.User = who
	return r, err
}

// copySelf puts this program where any user may run it.
func copySelf(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bench")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		return "", err
	}
	return path, os.Chmod(dir, 0o755)
}

// measureCase times rounds of start, query and stop. A cold round has an empty
// cache, so it also pays for filling it, as a first use does.
func measureCase(cached bool, rounds int) (result, error) {
	r := result{Cached: cached}
	if cached {
		if _, _, err := round(); err != nil { // fills the cache
			return r, err
		}
	}
	for range rounds {
		if !cached {
			if err := os.RemoveAll(filepath.Join(os.Getenv("HOME"), ".cache")); err != nil {
				return r, err
			}
		}
		start, stop, err := round()
		if err != nil {
			return r, err
		}
		r.Start = append(r.Start, milliseconds(start))
		r.Stop = append(r.Stop, milliseconds(stop))
	}
	return r, nil
}

func round() (start, stop time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	began := time.Now()
	server, err := pgserver.Start(ctx, pgserver.Options{})
	if err != nil {
		return 0, 0, err
	}
	err = ask(ctx, server)
	start = time.Since(began)
	began = time.Now()
	if stopErr := server.Stop(); err == nil {
		err = stopErr
	}
	return start, time.Since(began), err
}

func ask(ctx context.Context, server *pgserver.Server) error {
	conn, err := pgx.Connect(ctx, server.SuperuserURL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var one int
	return conn.QueryRow(ctx, "select 1").Scan(&one)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
