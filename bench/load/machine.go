package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every Linux that Go runs on (proc(5)).
const tick = 10 * time.Millisecond

// cpu gives the processor time that a server has used, in the kernel for it too.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	after := text[bytes.LastIndexByte(text, ')')+1:] // a name may hold spaces
	words := strings.Fields(string(after))
	var sum time.Duration
	for _, at := range []int{11, 12} { // utime and stime, fields 14 and 15 of proc(5)
		ticks, err := strconv.ParseInt(words[at], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * tick
	}
	return sum, nil
}

// versions names the generators as they name themselves.
func (l *lab) versions() string {
	all := []string{said(wrkVersion, "wrk", "-v")}
	for _, name := range []string{"vegeta", "k6"} {
		if l.has(name) {
			all = append(all, name+" "+module(l.tool(name)))
		}
	}
	return strings.Join(all, ", ")
}

var wrkVersion = regexp.MustCompile(`wrk \S+`)

// said picks a version out of what a program prints; with what code it ends is its own affair.
func said(version *regexp.Regexp, program string, args ...string) string {
	text, _ := exec.Command(program, args...).CombinedOutput()
	if found := version.Find(text); found != nil {
		return string(found)
	}
	return program + " of unknown version"
}

// module is the version of the module that a Go program was built from.
func module(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "of unknown version"
	}
	return info.Main.Version
}
