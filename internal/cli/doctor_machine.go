package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab/browser"
	"listo/internal/seal"
	"listo/internal/words"
)

const (
	// minFree is what the clones of a small database, the blobs and a build need
	// in the temporary folder, in bytes.
	minFree = 200 << 20
	// minFiles is how many descriptors load from one machine needs.
	minFiles = 1024
	// toolTimeout bounds asking a program for its version.
	toolTimeout = 5 * time.Second
)

// machine looks at what listo itself stands on.
func (x *examination) machine(ctx context.Context) {
	x.golang(ctx)
	x.postgres(ctx)
	x.git(ctx)
	x.browser(ctx)
	x.temporary()
	x.descriptors()
	x.key()
	x.ok("machine.cores", facts{"cores": runtime.GOMAXPROCS(0)})
}

// version gives the first line that a program prints about itself.
func version(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return comment(line), err
}

func (x *examination) golang(ctx context.Context) {
	says, err := version(ctx, "go", "version")
	used := slices.ContainsFunc(x.commands(), func(c command) bool { return slices.Contains(programsOf(c.line), "go") })
	switch {
	case err == nil:
		x.ok("machine.go.found", facts{"version": strings.TrimPrefix(says, "go version ")})
	case used:
		x.cannot("machine.go.missing", nil, mendProgram("go"), x.checks(wantsPatient))
	default:
		x.ok("machine.go.unused", nil)
	}
}

func (x *examination) postgres(ctx context.Context) {
	found, err := pgserver.Find(ctx)
	switch {
	case err == nil:
		x.ok("machine.postgres.found", facts{"version": found.Version, "folder": found.Dir})
	case x.cfg.Database.Scratch:
		x.cannot("machine.postgres.missing", x.detail(err), "apt-get install postgresql", x.checks(wantsPatient))
	default:
		x.ok("machine.postgres.unused", nil)
	}
}

func (x *examination) git(ctx context.Context) {
	says, err := version(ctx, "git", "--version")
	wanting := x.checks(needs(evidence.NeedGit))
	switch {
	case err != nil:
		x.cannot("machine.git.missing", nil, "apt-get install git", wanting)
	case x.state.Commit == "":
		x.cannot("machine.git.outside", nil, x.mendGit(), wanting)
	default:
		x.ok("machine.git.found", facts{"version": strings.TrimPrefix(says, "git version "), "commit": x.state.Commit[:min(12, len(x.state.Commit))]})
	}
}

func (x *examination) mendGit() string {
	line := "git init && git add -A && git commit -m first"
	if folder := x.beside("."); folder != "." {
		line = "cd " + quoted(folder) + " && " + line
	}
	return line
}

// browser is only missed when a check declares that it needs one.
func (x *examination) browser(ctx context.Context) {
	wanting := x.checks(needs(evidence.NeedBrowser))
	for _, name := range browser.Programs() {
		if says, err := version(ctx, name, "--version"); err == nil {
			x.ok("machine.browser.found", facts{"version": says})
			return
		}
	}
	if len(wanting) > 0 {
		x.cannot("machine.browser.missing", nil, "apt-get install chromium", wanting)
		return
	}
	x.ok("machine.browser.unused", nil)
}

func (x *examination) temporary() {
	folder := os.TempDir()
	f := facts{"folder": folder, "wanted": words.Bytes(minFree)}
	var disk syscall.Statfs_t
	if err := errors.Join(writable(folder), syscall.Statfs(folder, &disk)); err != nil {
		x.broken("machine.temporary.closed", f, "export TMPDIR=/var/tmp", x.checks(everyCheck))
		return
	}
	free := int64(disk.Bavail) * disk.Bsize
	if f["free"] = words.Bytes(free); free < minFree {
		x.cannot("machine.temporary.full", f, "export TMPDIR=/var/tmp", x.checks(wantsPatient))
		return
	}
	x.ok("machine.temporary.open", f)
}

// writable asks the kernel and writes nothing.
func writable(folder string) error {
	const writeAndEnter = 2 | 1 // W_OK | X_OK
	return syscall.Access(folder, writeAndEnter)
}

func (x *examination) descriptors() {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	f := facts{"files": int64(min(limit.Cur, 1<<40)), "wanted": minFiles}
	if err != nil || limit.Cur < minFiles {
		x.cannot("machine.files.few", f, "ulimit -n 4096", x.checks(loading))
		return
	}
	x.ok("machine.files.enough", f)
}

// key looks at the key of the seal. One that is not there is made at the first
// audit, if its folder can be written.
func (x *examination) key() {
	path := x.app.flags.key
	if path == "" {
		var err error
		if path, err = seal.DefaultKeyPath(); err != nil {
			x.broken("machine.key.nowhere", x.detail(err), `export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"`, x.checks(everyCheck))
			return
		}
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if above := existing(filepath.Dir(path)); writable(above) != nil {
			x.broken("machine.key.closed", facts{"folder": above}, "chmod u+w "+quoted(above), x.checks(everyCheck))
			return
		}
		x.ok("machine.key.later", facts{"file": path})
		return
	}
	key, _, err := seal.LoadOrCreateKey(path) // it is there, so nothing is created
	if err != nil {
		mend := "mv " + quoted(path) + " " + quoted(path+".broken")
		if info, statErr := os.Stat(path); statErr == nil && info.Mode().Perm()&0o077 != 0 {
			mend = "chmod 600 " + quoted(path)
		}
		x.broken("machine.key.bad", x.detail(err), mend, x.checks(everyCheck))
		return
	}
	x.ok("machine.key.found", facts{"fingerprint": key.Fingerprint()})
}

// existing gives the nearest folder above that is there.
func existing(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}
