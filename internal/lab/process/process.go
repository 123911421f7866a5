// Package process is the instrument that looks which programs really run: a
// process of listo's and all that descend from it, as Linux's /proc shows them.
// It does not know what a program should be.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"listo/internal/engine/lockfile"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// maxProcesses bounds how many processes are looked through.
const maxProcesses = 100_000

// Program is what one process runs.
type Program struct {
	PID  int
	Name string // the executable's file name
	// Go is what the program says it was built from; nil when it is no Go program.
	Go *lockfile.Binary
	// Node is what it prints for --version when it is called node; "" otherwise.
	Node string
}

// Below gives the programs of a process and of its descendants, by process ID.
// The executables are read and asked through /proc/PID/exe: they are the bytes
// that run, even when the file has been replaced since.
func Below(ctx context.Context, r *lab.Recorder, pid int) ([]Program, error) {
	if pid <= 0 {
		return nil, errors.New("process: there is no process to look at: let listo start the service (service.mode: managed)")
	}
	pids, err := family(pid)
	if err != nil {
		return nil, err
	}
	var all []Program
	for _, id := range pids {
		p, err := look(ctx, r, id)
		if errors.Is(err, os.ErrNotExist) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// family gives a process and all its descendants.
func family(pid int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("process: /proc cannot be read: %w: only Linux shows what a process runs", err)
	}
	children := map[int][]int{}
	for i, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil || i > maxProcesses {
			continue
		}
		if parent, ok := parentOf(id); ok {
			children[parent] = append(children[parent], id)
		}
	}
	found := []int{pid}
	for i := 0; i < len(found); i++ {
		for _, child := range children[found[i]] {
			if !slices.Contains(found, child) {
				found = append(found, child)
			}
		}
	}
	return found, nil
}

// parentOf reads the fourth field of /proc/PID/stat (proc(5)); the second, the
// name, may hold anything in parentheses.
func parentOf(id int) (int, bool) {
	src, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(id), "stat"))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(src)[strings.LastIndexByte(string(src), ')')+1:])
	if len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}

func look(ctx context.Context, r *lab.Recorder, id int) (Program, error) {
	exe := filepath.Join("/proc", strconv.Itoa(id), "exe")
	touch := r.Touch("file", "go version -m /proc/$PID/exe")
	path, err := os.Readlink(exe)
	if err != nil {
		touch.End(0, err)
		return Program{}, err
	}
	p := Program{PID: id, Name: strings.TrimSuffix(filepath.Base(path), " (deleted)")}
	file, err := os.Open(exe)
	if err != nil {
		touch.End(0, err)
		return p, err
	}
	defer file.Close()
	if binary, err := lockfile.ReadBinary(file); err == nil {
		p.Go = binary
		touch.Capture("program", "text/plain", []byte(p.Name+" "+binary.GoVersion+" "+binary.Module+"\n"), true)
	} else {
		touch.Capture("program", "text/plain", []byte(p.Name+"\n"), true)
	}
	touch.End(0, nil)
	if p.Name != "node" && p.Name != "nodejs" {
		return p, nil
	}
	result, err := command.Run(ctx, r, command.Command{Args: []string{exe, "--version"}})
	if err != nil {
		return p, err
	}
	p.Node = command.FirstLine(result.Stdout)
	return p, nil
}
