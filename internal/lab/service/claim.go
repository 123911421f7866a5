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
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mark is the variable by which a process of an audit is known, also after the
// shell that started it is gone. Its value is the claim's folder.
const mark = "LISTO_CLAIM"

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
	folder, err := os.MkdirTemp("", prefix())
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w: set TMPDIR to a folder that can be written", err)
	}
	lock, err := seize(folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &Claim{folder, lock}, nil
}

// Release ends every process of the claim and removes its folder.
func (c *Claim) Release() error {
	killMarked(c.Folder)
	err := os.RemoveAll(c.Folder)
	c.lock.Close()
	return err
}

// Mark gives the variable that a process of this claim carries.
func (c *Claim) Mark() (name, value string) { return mark, c.Folder }

func prefix() string { return fmt.Sprintf("listo-%d-", os.Getuid()) }

// seize takes the lock of a folder; an error means that another holds it.
func seize(folder string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s: locked by another audit: %w", folder, err)
	}
	return lock, nil
}

// sweep removes the claims whose owner is dead.
func sweep() error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), prefix()+"*"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		// A claim being made right now has no lock file yet; leave it alone.
		if info, err := os.Stat(folder); err != nil || (!hasLock(folder) && time.Since(info.ModTime()) < time.Minute) {
			continue
		}
		lock, err := seize(folder)
		if err != nil {
			continue // it has an owner
		}
		killMarked(folder)
		err = os.RemoveAll(folder)
		lock.Close()
		if err != nil {
			return fmt.Errorf("left-over of a dead audit: %w: remove %s by hand", err, folder)
		}
	}
	return nil
}

func hasLock(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "lock"))
	return err == nil
}

// killMarked ends every process that carries the claim's mark and waits a
// moment until they are gone.
func killMarked(folder string) {
	for range 50 {
		pids := marked(folder)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone by now
		}
		time.Sleep(20 * time.Millisecond)
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
