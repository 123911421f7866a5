package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/pgserver"
)

// goal is what the 95th percentile of a cached start must stay under, in
// milliseconds.
const goal = 300

type machine struct {
	lines []string
	quiet bool // when the measurement began
}

// describeMachine names what the numbers depend on, and not whose machine it is.
func describeMachine() (machine, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	binaries, err := pgserver.Find(ctx)
	if err != nil {
		return machine{}, err
	}
	load := firstLine("/proc/loadavg")
	m := machine{quiet: isQuiet(load)}
	m.lines = []string{
		"CPU: " + fieldOf("/proc/cpuinfo", "model name") + fmt.Sprintf(", %d cores", runtime.NumCPU()),
		"memory: " + fieldOf("/proc/meminfo", "MemTotal"),
		"kernel: " + runtime.GOOS + " " + firstLine("/proc/sys/kernel/osrelease"),
		"file system of the temporary directory: " + fileSystem(os.TempDir()),
		"PostgreSQL " + binaries.Version + ", " + runtime.Version(),
		"load average at the start: " + load,
	}
	return m, nil
}

// isQuiet says whether the first figure of a load average, that of the last
// minute, leaves the machine to us.
func isQuiet(load string) bool {
	figure, _, _ := strings.Cut(load, " ")
	value, err := strconv.ParseFloat(figure, 64)
	return err == nil && value < 0.5
}

func page(out io.Writer, m machine, results []result) error {
	w := bufio.NewWriter(out)
	fmt.Fprint(w, "# A throw-away PostgreSQL: from nothing to the first query\n\n")
	fmt.Fprint(w, "Written by `go run ./bench/pgserver`. A round finds the binaries, sweeps, makes a data directory, starts the\n")
	fmt.Fprint(w, "server, connects over TCP with the password and reads the answer of `select 1`; then it stops the server and\n")
	fmt.Fprint(w, "removes the directory. A cold round begins with an empty template cache (initdb, and the packing of the template).\n\n")
	for _, line := range m.lines {
		fmt.Fprintf(w, "- %s\n", line)
	}
	fmt.Fprintf(w, "- load average at the end: %s\n\n", firstLine("/proc/loadavg"))
	fmt.Fprint(w, "| template | as | rounds | start p50 ms | start p95 ms | slowest ms | stop p50 ms | stop p95 ms |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		template, who := "cold", r.User
		if r.Cached {
			template = "cached"
		}
		if who == "" {
			who = "normal user"
		}
		fmt.Fprintf(w, "| %s | %s | %d | %.0f | %.0f | %.0f | %.0f | %.0f |\n", template, who, len(r.Start),
			percentile(r.Start, 50), percentile(r.Start, 95), percentile(r.Start, 100), percentile(r.Stop, 50), percentile(r.Stop, 95))
	}
	fmt.Fprintf(w, "\nGoal: a cached start under %d ms at the 95th percentile. %s\n", goal, judge(results))
	if !m.quiet {
		fmt.Fprint(w, "\nThe machine was not quiet when the measurement began (load average of 0.5 or more): these are upper bounds.\nRun it again when nothing else does.\n")
	}
	if len(results) == 2 {
		fmt.Fprint(w, "\nNot measured: as root. Run the program as root for those cases.\n")
	}
	return w.Flush()
}

func judge(results []result) string {
	for _, r := range results {
		if r.Cached && percentile(r.Start, 95) >= goal {
			return "**Missed.**"
		}
	}
	return "Reached."
}

// percentile is the nearest-rank percentile: a value that was measured.
func percentile(values []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// fieldOf reads "name : value" from a file of /proc.
func fieldOf(path, name string) string {
	text, _ := os.ReadFile(path) // missing on other systems: unknown
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// fileSystem finds the type of the file system that holds a directory: that of
// the longest mount point above it.
func fileSystem(dir string) string {
	text, _ := os.ReadFile("/proc/self/mounts") // missing on other systems: unknown
	longest, kind := "", "unknown"
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		point := strings.TrimSuffix(fields[1], "/") + "/"
		if strings.HasPrefix(dir+"/", point) && len(point) >= len(longest) {
			longest, kind = point, fields[2]
		}
	}
	return kind
}
