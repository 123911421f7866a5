//go:build unix && !linux

package pgserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWith does nothing: only Linux signals a child when its parent dies. After a
// kill -9 the server lives on until the next start sweeps its directory.
func dieWith(*syscall.SysProcAttr, syscall.Signal) {}

// spread does nothing: it is about ext4.
func spread(*os.File) {}

// processesIn finds the server of a work directory by its process number in
// postmaster.pid, and makes sure by the command line that it is still that one.
func processesIn(dir string) []*os.Process {
	text, err := os.ReadFile(filepath.Join(dir, dataName(dir), "postmaster.pid"))
	if err != nil {
		return nil
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return nil
	}
	line, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil || !strings.Contains(string(line), dir) {
		return nil
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil
	}
	return []*os.Process{process}
}
