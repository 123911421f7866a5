package pgserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

const (
	// maxTempDir keeps <dir>/lpg<10 digits>/.s.PGSQL.<port>.lock within the 107
	// bytes of a Unix socket's path.
	maxTempDir = 107 - len("/lpg4294967295/.s.PGSQL.65535.lock")

	// marker is the first file in a work directory. A directory without it is
	// not ours, whatever its name.
	marker     = "listo-pgserver"
	markerText = "A throw-away PostgreSQL of listo. The next start removes what a killed one left here.\n"

	logTailSize = 16 << 10
)

// workdir is the one directory of a server: socket, configuration, log, data.
//
// The owner holds a lock on the directory itself. The kernel drops the lock when
// the owner dies, however it dies, so a lock that can be had means left-overs;
// no process number is stored that another process could inherit.
type workdir struct {
	path    string
	account account
	lock    *os.File // the directory, open and locked
	root    *os.Root // the same, to read what another user wrote in it without following links out
	log     *os.File
}

func tempDir() (string, error) {
	dir, err := filepath.EvalSymlinks(os.TempDir())
	if err != nil {
		return "", fmt.Errorf("pgserver: temporary directory: %w: set TMPDIR to a directory that exists", err)
	}
	if len(dir) > maxTempDir {
		return "", fmt.Errorf("pgserver: temporary directory %s is too long for a Unix socket: set TMPDIR to a path of at most %d bytes", dir, maxTempDir)
	}
	return dir, nil
}

// newWorkdir makes a locked directory, private to us until handOver.
func newWorkdir(account account) (*workdir, error) {
	parent, err := tempDir()
	if err != nil {
		return nil, err
	}
	// A sweeper may take a directory between its making and its locking; then
	// the lock is refused, and we take another.
	for range 10 {
		path, err := os.MkdirTemp(parent, "lpg")
		if err != nil {
			return nil, fmt.Errorf("pgserver: %w: set TMPDIR to a directory that can be written", err)
		}
		lock, err := claim(path)
		if err != nil {
			continue
		}
		w := &workdir{path: path, account: account, lock: lock}
		if err := w.furnish(); err != nil {
			return nil, errors.Join(fmt.Errorf("pgserver: %w: set TMPDIR to a directory with free space", err), w.remove())
		}
		return w, nil
	}
	return nil, fmt.Errorf("pgserver: cannot lock a directory in %s: set TMPDIR to a local disk", parent)
}

var errNotClaimed = errors.New("directory is held by another process or gone")

// claim locks a directory, or fails at once.
func claim(path string) (*os.File, error) {
	dir, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := lockNamed(dir, path); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// lockNamed locks an open directory and makes sure that it is still the one of
// that name: whoever held the lock before us may have removed it.
func lockNamed(dir *os.File, path string) error {
	if err := lock(dir); err != nil {
		return errNotClaimed
	}
	locked, err := dir.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(path)
	if err != nil || !os.SameFile(locked, named) {
		return errNotClaimed
	}
	return nil
}

// lock takes the lock of an open file or directory, or fails at once. The kernel
// drops it when the file is closed, at the latest when we die.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func (w *workdir) furnish() error {
	spread(w.lock)
	if err := os.WriteFile(filepath.Join(w.path, marker), []byte(markerText), 0o600); err != nil {
		return err
	}
	var err error
	if w.root, err = os.OpenRoot(w.path); err != nil {
		return err
	}
	w.log, err = w.root.OpenFile("log", os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
	return err
}

func (w *workdir) writeConfig(config string) error {
	files := map[string]string{"postgresql.conf": config, "pg_hba.conf": accessRules, "pg_ident.conf": ""}
	for name, text := range files {
		if err := writeOwned(filepath.Join(w.path, name), []byte(text), w.account); err != nil {
			return err
		}
	}
	return nil
}

// handOver gives the directory to the server's user. As root we write nothing
// by name after it: that user could have put a link in our way.
func (w *workdir) handOver() error { return w.account.own(w.lock) }

// dataName is the name of the data directory in a work directory: another one
// each time, for the sake of spread.
func dataName(path string) string { return "data" + strings.TrimPrefix(filepath.Base(path), "lpg") }

func (w *workdir) data() string { return filepath.Join(w.path, dataName(w.path)) }

// postgres is the command that runs the server. What may not be overridden
// stands on the command line, which wins over every file and ALTER SYSTEM.
func (w *workdir) postgres(b Binaries, port int) *exec.Cmd {
	return w.command(b.Postgres, "-D", w.data(),
		"-k", w.path, "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-c", "config_file="+filepath.Join(w.path, "postgresql.conf"),
		"-c", "hba_file="+filepath.Join(w.path, "pg_hba.conf"),
		"-c", "ident_file="+filepath.Join(w.path, "pg_ident.conf"),
		"-c", "unix_socket_permissions=0700", "-c", "password_encryption=scram-sha-256",
		"-c", "logging_collector=off", "-c", "log_destination=stderr")
}

// command prepares a program of the server's user. It inherits nothing of our
// environment but the library path that hand-built binaries may need.
func (w *workdir) command(program string, args ...string) *exec.Cmd {
	command := exec.Command(program, args...)
	command.Dir = w.path
	command.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + w.path}
	if libraries := os.Getenv("LD_LIBRARY_PATH"); libraries != "" {
		command.Env = append(command.Env, "LD_LIBRARY_PATH="+libraries)
	}
	command.Stdout, command.Stderr = w.log, w.log
	command.SysProcAttr = w.account.attributes()
	return command
}

// logTail reads the end of the log through the handle we kept.
func (w *workdir) logTail() string {
	if w.log == nil {
		return ""
	}
	info, err := w.log.Stat()
	if err != nil {
		return ""
	}
	from := max(0, info.Size()-logTailSize)
	tail, err := io.ReadAll(io.NewSectionReader(w.log, from, logTailSize))
	if err != nil {
		return ""
	}
	return string(tail)
}

// remove ends whatever still runs in the directory, deletes it, and only then
// lets go of the lock.
func (w *workdir) remove() error {
	err := endProcessesIn(w.path)
	if err == nil {
		err = os.RemoveAll(w.path)
	}
	if err != nil {
		err = fmt.Errorf("pgserver: %w: remove %s by hand", err, w.path)
	}
	if w.log != nil {
		w.log.Close()
	}
	if w.root != nil {
		w.root.Close()
	}
	w.lock.Close()
	return err
}

var workdirName = regexp.MustCompile(`^lpg[0-9]+$`)

// sweep removes the work directories whose owner died. It stays silent about
// what it cannot remove: another program may be at the same work, and a start
// does not depend on it.
func sweep(account account) {
	parent, err := tempDir()
	if err != nil {
		return
	}
	entries, _ := os.ReadDir(parent)
	for _, entry := range entries {
		if workdirName.MatchString(entry.Name()) && entry.IsDir() {
			sweepOne(filepath.Join(parent, entry.Name()), account)
		}
	}
}

func sweepOne(path string, account account) {
	lock, err := claim(path)
	if err != nil {
		return
	}
	left := &workdir{path: path, account: account, lock: lock}
	if !left.isOurs() {
		lock.Close()
		return
	}
	if _, err := os.Lstat(filepath.Join(path, marker)); err != nil {
		os.Remove(path) // its owner died before the marker: nothing is lost if it is empty, and else it stays
		lock.Close()
		return
	}
	left.remove()
}

// isOurs says whether the directory belongs to us or to the user our servers
// run as: nobody else can make root remove something.
func (w *workdir) isOurs() bool {
	info, err := w.lock.Stat()
	if err != nil {
		return false
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	return owner == os.Geteuid() || owner == w.account.uid
}
