// Package machine says on what a benchmark was run: processor, cores, kernel, Go and
// how busy it was. It names no host, and it knows nothing of what is measured.
package machine

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Unknown stands where the system does not tell.
const Unknown = "unknown"

// Describe gives the machine in a line, such as "Intel(R) Xeon(R) Processor, 2 cores,
// linux/amd64, kernel 6.1.0, go1.26.8".
func Describe() string {
	return fmt.Sprintf("%s, %d cores, %s/%s, kernel %s, %s", Processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		FirstLine(os.ReadFile("/proc/sys/kernel/osrelease")), runtime.Version())
}

// Processor gives the processor's name, as Linux tells it.
func Processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return Unknown + " processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return Unknown + " processor"
}

// LoadAverage is how many were running or waiting to, over 1, 5 and 15 minutes.
func LoadAverage() string {
	words := strings.Fields(FirstLine(os.ReadFile("/proc/loadavg")))
	return strings.Join(words[:min(3, len(words))], " ")
}

// FirstLine gives the first line of a file or of what a program printed, without
// spaces around it; Unknown where it could not be read.
func FirstLine(text []byte, err error) string {
	if err != nil {
		return Unknown
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}
