package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// page writes the results down.
func page(out io.Writer, config string, all []result) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "# Whole audits in a row\n\nWritten by `go run ./bench/audits`: %d audits of `%s`, one after the other.\n\n", len(all), config)
	fmt.Fprintf(w, "Machine: %s, %d cores, %s/%s, %s\n\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprint(w, "| audit | seconds | verdict | exit | passed | failed | unproven | measured again |\n|---|---|---|---|---|---|---|---|\n")
	for n, r := range all {
		passed, failed, unproven := r.counts()
		fmt.Fprintf(w, "| %d | %.0f | %s | %d | %d | %d | %d | %d |\n", n+1, r.took.Seconds(), r.verdict.Word, r.exit, passed, failed, unproven, r.again())
	}
	fmt.Fprintf(w, "\nMedian %.0f s, longest %.0f s.\n", median(all).Seconds(), slices.MaxFunc(all, byTime).took.Seconds())
	differing(w, all)
	fmt.Fprint(w, "\n## Seconds per gate, last audit\n\n| gate | seconds |\n|---|---|\n")
	for _, row := range all[len(all)-1].perGate() {
		fmt.Fprintf(w, "| %s | %.1f |\n", row.gate, row.seconds)
	}
	return w.Flush()
}

func (r result) counts() (passed, failed, unproven int) {
	for _, g := range r.verdict.Gates {
		for _, c := range g.Checks {
			switch c.Outcome.String() {
			case "pass":
				passed++
			case "fail":
				failed++
			default:
				unproven++
			}
		}
	}
	return
}

// again counts the experiments beyond the first of a check, in the ledger.
func (r result) again() (n int) {
	seen := map[string]bool{}
	for _, e := range r.ledger.Entries {
		if e.Experiment == nil {
			continue
		}
		if seen[e.Experiment.Check] {
			n++
		}
		seen[e.Experiment.Check] = true
	}
	return n
}

// differing lists the checks whose findings were not the same in all audits.
func differing(w io.Writer, all []result) {
	findings := map[string]map[string]int{}
	for _, r := range all {
		for _, g := range r.verdict.Gates {
			for _, c := range g.Checks {
				if findings[c.Check] == nil {
					findings[c.Check] = map[string]int{}
				}
				findings[c.Check][fmt.Sprintf("%v: %s %s", c.Outcome, c.Finding.Reason, c.Cause)]++
			}
		}
	}
	fmt.Fprint(w, "\n## Findings that were not the same each time\n\n")
	none := true
	for _, check := range slices.Sorted(maps.Keys(findings)) {
		if len(findings[check]) > 1 {
			none = false
			fmt.Fprintf(w, "- `%s`: %v\n", check, findings[check])
		}
	}
	if none {
		fmt.Fprintf(w, "None: all %d checks came to the same outcome for the same reason in each of the %d audits.\n", len(findings), len(all))
	}
}

type spent struct {
	gate    string
	seconds float64
}

// perGate adds up what checks and controls took.
func (r result) perGate() []spent {
	took := map[string]float64{}
	for _, e := range r.ledger.Entries {
		x := e.Experiment
		if e.Control != nil {
			x = &e.Control.Experiment
		}
		if x != nil {
			gate, _, _ := strings.Cut(x.Check, ".")
			took[gate] += x.TookMS / 1000
		}
	}
	var all []spent
	for _, gate := range slices.Sorted(maps.Keys(took)) {
		all = append(all, spent{gate, took[gate]})
	}
	return all
}

func byTime(a, b result) int { return int(a.took - b.took) }

func median(all []result) time.Duration {
	sorted := slices.SortedFunc(slices.Values(all), byTime)
	return sorted[len(sorted)/2].took
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(name), ":"))
		}
	}
	return "unknown processor"
}
