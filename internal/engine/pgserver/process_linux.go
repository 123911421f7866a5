package pgserver

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWith has the kernel send a signal to the child when its parent dies.
func dieWith(attributes *syscall.SysProcAttr, signal syscall.Signal) { attributes.Pdeathsig = signal }

// processesIn finds the PostgreSQL programs whose working directory lies in dir.
// Each handle was opened before the look, so it stands for the process looked
// at, even if its number goes to another one.
func processesIn(dir string) []*os.Process {
	entries, _ := os.ReadDir("/proc") // no /proc, no processes to find
	var found []*os.Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if worksIn(pid, dir) {
			found = append(found, process)
		} else {
			_ = process.Release()
		}
	}
	return found
}

// worksIn also asks for the program's name: somebody's shell may stand in the
// directory, to look at what a killed run left.
func worksIn(pid int, dir string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || (cwd != dir && !strings.HasPrefix(cwd, dir+"/")) {
		return false
	}
	name, err := os.ReadFile(filepath.Join(proc, "comm"))
	if err != nil {
		return false
	}
	switch strings.TrimSpace(string(name)) {
	case "postgres", "initdb", "pg_resetwal":
		return true
	}
	return false
}
