package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// initdbRuns says whether some work directory has begun to be filled.
func initdbRuns(temp string) bool {
	begun, _ := filepath.Glob(filepath.Join(temp, "lpg*", "data*", "base"))
	return len(begun) > 0
}

func TestServerDiesWithItsOwner(t *testing.T) {
	temp := ownTemp(t)
	owner := perform(t, "hold", nil)
	held := owner.says(t)
	must(t, owner.command.Process.Kill())
	eventually(t, "the server follows its owner", func() bool {
		return errors.Is(syscall.Kill(held.Pid, 0), syscall.ESRCH) && len(processesIn(held.Dir)) == 0
	})
	if _, err := os.Stat(held.Dir); err != nil {
		t.Fatalf("the directory of the killed owner: %v, want it left for the next start", err)
	}
	s := mustStart(t, Options{})
	wantEmpty(t, temp, filepath.Base(s.SocketDir))
}

// A server that did not hear its owner die, and does not even obey SIGQUIT (it is
// frozen), is ended by the next start.
func TestNextStartEndsAnOrphan(t *testing.T) {
	temp := ownTemp(t)
	orphan := abandon(t)
	must(t, orphan.Process.Signal(syscall.SIGSTOP))
	s := mustStart(t, Options{})
	wantEmpty(t, temp, filepath.Base(s.SocketDir))
	wantNoProcess(t, orphan.Dir)
}

// abandon runs a server that has no owner: no signal of death was agreed, and
// nobody holds the lock.
func abandon(t *testing.T) *exec.Cmd {
	t.Helper()
	binaries, err := Find(t.Context())
	must(t, err)
	account, err := serverAccount()
	must(t, err)
	w, err := newWorkdir(account)
	must(t, err)
	must(t, w.writeConfig(""))
	must(t, provision(t.Context(), binaries, w))
	port, err := freePort()
	must(t, err)
	command := w.postgres(binaries, port)
	must(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	eventually(t, "the server is ready", func() bool { return strings.Contains(w.logTail(), "ready to accept connections") })
	must(t, errors.Join(w.log.Close(), w.root.Close(), w.lock.Close()))
	return command
}

func TestKilledDuringInitdbIsSwept(t *testing.T) {
	ownCache(t)
	temp := ownTemp(t)
	owner := perform(t, "hold", nil)
	eventually(t, "initdb runs", func() bool { return initdbRuns(temp) })
	must(t, owner.command.Process.Kill())
	_ = owner.command.Wait() // killed
	s := mustStart(t, Options{})
	wantEmpty(t, temp, filepath.Base(s.SocketDir))
}

func TestSweepSparesWhatIsNotLeftOver(t *testing.T) {
	temp := ownTemp(t)
	owner := perform(t, "hold", nil)
	alive := owner.says(t)
	spared := []string{"lpg-notes/" + marker, "lpg77/diary", "lpgx/diary"}
	for _, file := range spared {
		must(t, os.MkdirAll(filepath.Join(temp, filepath.Dir(file)), 0o700))
		must(t, os.WriteFile(filepath.Join(temp, file), []byte("mine"), 0o600))
	}
	must(t, os.Mkdir(filepath.Join(temp, "lpg88"), 0o700)) // its owner died before the marker
	must(t, os.Symlink(alive.Dir, filepath.Join(temp, "lpg99")))

	mustStart(t, Options{})
	for _, file := range spared {
		if _, err := os.Stat(filepath.Join(temp, file)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(filepath.Join(temp, "lpg88")); err == nil {
		t.Error("an empty left-over directory stays")
	}
	if len(processesIn(alive.Dir)) == 0 {
		t.Error("a start killed another owner's server")
	}
	if _, err := os.Stat(filepath.Join(alive.Dir, marker)); err != nil {
		t.Errorf("a start touched another owner's directory: %v", err)
	}
}

func TestForeignDirectoryIsNotSwept(t *testing.T) {
	temp := ownTemp(t)
	foreign := filepath.Join(temp, "lpg55")
	must(t, os.Mkdir(foreign, 0o700))
	must(t, os.WriteFile(filepath.Join(foreign, marker), nil, 0o600))
	// Seen by an account that is neither the owner's nor the server's.
	lock, err := claim(foreign)
	must(t, err)
	defer lock.Close()
	if os.Geteuid() == 0 {
		must(t, os.Chown(foreign, 12345, 12345))
		sweepAfter(t, lock, foreign)
		if _, err := os.Stat(filepath.Join(foreign, marker)); err != nil {
			t.Errorf("root removed the directory of uid 12345: %v", err)
		}
		return
	}
	if !(&workdir{path: foreign, lock: lock, account: account{uid: os.Geteuid()}}).isOurs() {
		t.Error("our own directory is not recognised")
	}
}

// sweepAfter lets go of a lock and sweeps the directory.
func sweepAfter(t *testing.T, lock *os.File, path string) {
	t.Helper()
	must(t, lock.Close())
	account, err := serverAccount()
	must(t, err)
	sweepOne(path, account)
}

func TestClaim(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lpg1")
	must(t, os.Mkdir(dir, 0o700))
	first, err := claim(dir)
	must(t, err)
	if _, err := claim(dir); !errors.Is(err, errNotClaimed) {
		t.Errorf("a held directory: %v, want %v", err, errNotClaimed)
	}
	must(t, first.Close())
	// A sweeper was faster: it removed the directory between our open and our
	// lock, and another start took the name.
	late, err := os.Open(dir)
	must(t, err)
	defer late.Close()
	must(t, os.Remove(dir))
	if err := lockNamed(late, dir); !errors.Is(err, errNotClaimed) {
		t.Errorf("a removed directory: %v, want %v", err, errNotClaimed)
	}
	must(t, os.Mkdir(dir, 0o700))
	if err := lockNamed(late, dir); !errors.Is(err, errNotClaimed) {
		t.Errorf("a replaced directory: %v, want %v", err, errNotClaimed)
	}
}

func TestTempDirTooLongForASocket(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 80))
	must(t, os.Mkdir(long, 0o755))
	t.Setenv("TMPDIR", long)
	_, err := Start(t.Context(), Options{})
	wantError(t, err, "too long for a Unix socket", "set TMPDIR")
}

func TestTempDirMissing(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent/tmp")
	_, err := Start(t.Context(), Options{})
	wantError(t, err, "temporary directory", "set TMPDIR")
}
