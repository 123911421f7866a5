package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"listo/bench/machine"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every Linux that Go runs on (proc(5)).
const tick = 10 * time.Millisecond

// family gives a process and its children: nginx works in children.
func (p *process) family() ([]int, error) {
	pid := p.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, err
	}
	all := []int{pid}
	for _, word := range strings.Fields(string(children)) {
		child, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		all = append(all, child)
	}
	return all, nil
}

// cpu gives the processor time that the program has used, in the kernel for it too.
func (p *process) cpu() (time.Duration, error) {
	family, err := p.family()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, pid := range family {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		after := text[bytes.LastIndexByte(text, ')')+1:] // a name may hold spaces
		words := strings.Fields(string(after))
		for _, at := range []int{11, 12} { // utime and stime, fields 14 and 15 of proc(5)
			ticks, err := strconv.ParseInt(words[at], 10, 64)
			if err != nil {
				return 0, err
			}
			sum += time.Duration(ticks) * tick
		}
	}
	return sum, nil
}

// memory gives the resident memory of the program, bytes. What children share with their parent is counted for each.
func (p *process) memory() (int64, error) {
	family, err := p.family()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, pid := range family {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			return 0, err
		}
		pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += pages * int64(os.Getpagesize())
	}
	return sum, nil
}

// described is the machine with the proxies that are no part of it.
func described() string {
	return fmt.Sprintf("%s, %s, Caddy %s", machine.Describe(), told("nginx", "-v"), told("caddy", "version"))
}

func told(program string, args ...string) string {
	return strings.TrimPrefix(machine.FirstLine(exec.Command(program, args...).CombinedOutput()), "nginx version: ")
}
