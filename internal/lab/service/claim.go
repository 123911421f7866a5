// Package service is the instrument that starts, watches and stops the patient,
// and gives it a database of its own.
//
// A managed patient is started fresh for each gate on a clone of its database;
// an attached one is only looked at, behind the guards of guard.go. Whatever
// listo starts, it can find again: see Claim. The package does not know what a
// healthy patient is.
package service

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"listo/internal/lab"
)

// mark is the variable by which a process of an audit is known, also after the
// shell that started it is gone. Its value is the claim's folder.
const mark = lab.ClaimVariable

const lockFile = "lock"

// Claim is an audit's own folder for temporary files, with a lock that the
// kernel gives up when listo dies in whatever way. A folder whose lock is free
// has no owner: it and every process marked with it are left-overs.
type Claim struct {
	Folder string
	lock   *os.File
}

// NewClaim sweeps what dead audits left behind and makes a claim for this one.
func NewClaim() (*Claim, error) {
	if err := sweep(); err != nil {
		return nil, err
	}
	// Another audit's sweep may take a folder between its making and its locking;
	// then we take another.
	for range 10 {
		folder, err := os.MkdirTemp("", prefix())
		if err != nil {
			return nil, fmt.Errorf("temporary folder: %w: set TMPDIR to a folder that can be written", err)
		}
		if lock, err := seize(folder, os.O_CREATE|os.O_EXCL); err == nil {
			return &Claim{folder, lock}, nil
		}
	}
	return nil, fmt.Errorf("temporary folder: cannot lock a file in %s: set TMPDIR to a local disk", os.TempDir())
}

// Release ends every process of the claim and removes its folder.
func (c *Claim) Release() error {
	defer c.lock.Close()
	return c.remove()
}

// remove takes the lock's file away after all others: should listo die here, the
// rest can still be found.
func (c *Claim) remove() error {
	if err := killMarked(c.Folder); err != nil {
		return err
	}
	entries, err := os.ReadDir(c.Folder)
	for _, e := range entries {
		if e.Name() != lockFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(c.Folder, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(c.Folder)
}

// Mark gives the variable that a process of this claim carries.
func (c *Claim) Mark() (name, value string) { return mark, c.Folder }

func prefix() string { return fmt.Sprintf("listo-%d-", os.Geteuid()) }

// seize takes the lock of a folder; an error means that another holds it, or
// held it and took the folder away.
func seize(folder string, flags int) (*os.File, error) {
	path := filepath.Join(folder, lockFile)
	lock, err := os.OpenFile(path, flags|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := hold(lock, path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

func hold(lock *os.File, path string) error {
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%s: locked by another audit: %w", path, err)
	}
	ours, err := lock.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(ours, named) {
		return fmt.Errorf("%s: another audit took it away", path)
	}
	return nil
}

// sweep removes the claims whose owner is dead.
func sweep() error {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return fmt.Errorf("temporary folder: %w: set TMPDIR to a folder that can be read", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix()) {
			continue
		}
		folder := filepath.Join(os.TempDir(), e.Name())
		if info, err := os.Lstat(folder); err != nil || !ours(info) {
			continue
		}
		lock, err := seize(folder, 0)
		if errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(folder) // empty: its owner died, or is just making it and takes another
		}
		if err != nil {
			continue // it has an owner
		}
		err = (&Claim{folder, lock}).Release()
		if err != nil {
			return fmt.Errorf("left-over of a dead audit: %w: remove %s by hand", err, folder)
		}
	}
	return nil
}

// ours tells whether a folder is one and was made by this user: in a temporary
// folder that all may write, anybody can lay out a name or a link.
func ours(info os.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && int(owner.Uid) == os.Geteuid()
}

// killTime is how long marked processes may take to be gone after SIGKILL.
const killTime = 5 * time.Second

// killMarked ends every process that carries the claim's mark and waits until
// they are gone.
func killMarked(folder string) error {
	for until := time.Now().Add(killTime); ; time.Sleep(10 * time.Millisecond) {
		pids := marked(folder)
		if len(pids) == 0 {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("processes %v do not end: end them by hand", pids)
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone by now
		}
	}
}

// marked lists the processes whose environment carries the claim's mark.
func marked(folder string) []int {
	want := []byte(mark + "=" + folder + "\x00")
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err == nil && bytes.Contains(append(env, 0), want) && !zombie(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}
