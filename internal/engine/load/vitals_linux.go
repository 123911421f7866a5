package load

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// readVitals reads the counters that proc(5) and the control group keep.
func readVitals() vitals {
	v := vitals{cpu: processorTime()}
	v.delay = threadDelays()
	if len(v.delay) == 0 {
		v.unknown = append(v.unknown, "run_delay")
	}
	var ok bool
	if v.throttled, ok = throttled(); !ok {
		v.unknown = append(v.unknown, "throttled")
	}
	if v.pressure, ok = pressure(); !ok {
		v.unknown = append(v.unknown, "pressure")
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		v.descriptors = len(open)
	} else {
		v.unknown = append(v.unknown, "descriptors")
	}
	v.limit = descriptorLimit()
	return v
}

// threadDelays reads the second number of each thread's schedstat: nanoseconds
// spent waiting on a run queue. /proc/self/schedstat is the main thread's only.
func threadDelays() map[string]time.Duration {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	delays := make(map[string]time.Duration, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		fields := strings.Fields(string(text))
		if len(fields) < 2 {
			continue
		}
		if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			delays[file] = time.Duration(n)
		}
	}
	return delays
}

// throttled reads nr_throttled of our control group, of either version. A root
// group has no limit; seen from within a container it may still have the file.
func throttled() (int64, bool) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 || fields[1] != "" && !slices.Contains(strings.Split(fields[1], ","), "cpu") {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", fields[1], fields[2], "cpu.stat"))
		if err != nil && fields[2] == "/" {
			return 0, true
		}
		return number(stat, "nr_throttled ")
	}
	return 0, false
}

// pressure reads the time in which some task waited for a processor, from
// /proc/pressure/cpu.
func pressure() (time.Duration, bool) {
	text, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return 0, false
	}
	n, ok := number(text, "total=")
	return time.Duration(n) * time.Microsecond, ok
}

// number reads the number behind the first occurrence of a key.
func number(text []byte, key string) (int64, bool) {
	_, rest, ok := bytes.Cut(text, []byte(key))
	if !ok {
		return 0, false
	}
	digits, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

func descriptorLimit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<31))
}
