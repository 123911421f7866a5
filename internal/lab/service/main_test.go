package service

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// The test binary runs itself in other roles: as a listo that will be killed, as
// one of several that claim at once, and as the service. roleVariable names the
// role.
const roleVariable = "SERVICE_TEST_ROLE"

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	roles := map[string]func() error{"owner": owner, "rival": rival, "serve": serve}
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// owned is what an owner tells of its claim.
type owned struct {
	Folder  string
	Service int
	Daemon  int // left the service's process group, and its parent
}

// owner makes a claim, starts a service whose child becomes a daemon, tells, and
// waits to be killed.
func owner() error {
	claim, err := NewClaim()
	if err != nil {
		return err
	}
	name, value := claim.Mark()
	pid := filepath.Join(claim.Folder, "daemon.pid")
	line := fmt.Sprintf(`(setsid sh -c 'echo $$ >%s.new; mv %s.new %s; exec sleep 600' &); exec sleep 600`, pid, pid, pid)
	p, err := start(line, "/", filepath.Join(claim.Folder, "log"), map[string]string{name: value}, strings.TrimSpace)
	if err != nil {
		return err
	}
	o := owned{Folder: claim.Folder, Service: p.cmd.Process.Pid}
	for o.Daemon == 0 {
		if text, err := os.ReadFile(pid); err == nil {
			if _, err := fmt.Sscan(string(text), &o.Daemon); err != nil {
				return err
			}
		}
		time.Sleep(time.Millisecond)
	}
	if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
		return err
	}
	select {}
}

// rival claims, makes sure that the claim is really its own, and releases.
func rival() error {
	for range 20 {
		claim, err := NewClaim()
		if err != nil {
			return err
		}
		mine := filepath.Join(claim.Folder, "mine")
		if err := os.WriteFile(mine, nil, 0o600); err != nil {
			return err
		}
		if err := sweep(); err != nil {
			return err
		}
		if _, err := os.Stat(mine); err != nil {
			return fmt.Errorf("somebody took a live claim: %w", err)
		}
		if err := claim.Release(); err != nil {
			return err
		}
		if _, err := os.Stat(claim.Folder); err == nil {
			return fmt.Errorf("%s is still there", claim.Folder)
		}
	}
	return nil
}

// serve is the service: it does what its variables say.
func serve() error {
	fmt.Println(os.Getenv("SAYS"))
	if os.Getenv("EXITS") != "" {
		os.Exit(7)
	}
	if os.Getenv("STUBBORN") != "" {
		signal.Ignore(syscall.SIGTERM)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/env", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(os.Environ()) })
	return http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux)
}

// ownTemp moves the temporary directory of this test, so that it can see what is
// left there. Its path is short: a Unix socket must fit below it.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "svc")
	if err == nil {
		err = os.Chmod(dir, 0o755) // PostgreSQL's user enters it
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("TMPDIR", dir)
	return dir
}

// wantLeft fails when something else than the named entries, and the folders of
// the testing package, is in a folder.
func wantLeft(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "Test") {
			got = append(got, e.Name())
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		t.Errorf("%s holds %v, want %v", folder, got, names)
	}
}

// play starts the test binary in a role.
func play(t *testing.T, role string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewReader(out)
}

func playOwner(t *testing.T) (*exec.Cmd, owned) {
	t.Helper()
	cmd, out := play(t, "owner")
	var o owned
	if err := json.NewDecoder(out).Decode(&o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, pid := range []int{o.Service, o.Daemon} {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return cmd, o
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func alive(pid int) bool { return !zombie(pid) }

// record is an empty record in a folder of its own, which hides secret.
func record(t *testing.T, secrets ...redact.Secret) *lab.Recorder {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return lab.NewRecorder(blobs, redact.New(secrets), time.Now)
}

func steps(t *testing.T, r *lab.Recorder) []evidence.Step {
	t.Helper()
	all, err := r.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
