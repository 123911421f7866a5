package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed conf
var conf embed.FS

// job is what a generator is asked to do.
type job struct {
	url, method string
	rate        float64 // requests/s on a schedule; 0 means users that wait
	connections int     // at most; the users of a closed run; 0 leaves it to the generator, in an open run
	lasting     time.Duration
	budget      time.Duration // of p95, where the generator knows budgets
	pinned      bool          // to the generator's core
}

// told is what a generator says of a run, and what the kernel says of the generator.
type told struct {
	Requests int64         `json:"requests"`
	Failed   int64         `json:"failed"`
	P95      time.Duration `json:"p95_ns"`
	P99      time.Duration `json:"p99_ns"`
	Wall     time.Duration `json:"wall_ns"` // in which the requests were sent
	verdict  string        // in the generator's own words
	cpu      time.Duration // user and system, of the whole process
	rss      int64         // the most that was resident, bytes
	code     int           // that it ended with
	stderr   string
}

// rate is requests/s.
func (t told) rate() float64 { return float64(t.Requests) / t.Wall.Seconds() }

// spent is the processor time of one request.
func (t told) spent() time.Duration { return t.cpu / time.Duration(max(1, t.Requests)) }

// generator is one way to send load.
type generator struct {
	name string
	run  func(context.Context, *lab, job) (told, error)
}

// generators gives those that can be run here, listo first.
func (l *lab) generators() []generator {
	all := []generator{{"listo", listo}, {"wrk", wrk}}
	if l.has("vegeta") {
		all = append(all, generator{"vegeta", vegeta})
	}
	if l.has("k6") {
		all = append(all, generator{"k6", k6})
	}
	return all
}

// conf writes a file of conf into the lab's folder.
func (l *lab) conf(name string) (string, error) {
	text, err := conf.ReadFile("conf/" + name)
	if err != nil {
		return "", err
	}
	to := filepath.Join(l.folder, name)
	return to, os.WriteFile(to, text, 0o644)
}

// exec runs a generator and gives what it printed and what the kernel counted. A code that it may end with is no error.
func (j job) exec(ctx context.Context, stdin string, fine []int, args ...string) (out []byte, t told, err error) {
	if j.pinned {
		args = append([]string{"taskset", "-c", generatorCore}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &stderr
	out, err = cmd.Output()
	if cmd.ProcessState == nil {
		return nil, t, err
	}
	t.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.rss = usage.Maxrss << 10 // getrusage(2): KiB
	}
	t.code, t.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	if err != nil && !slices.Contains(fine, t.code) {
		return out, t, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, t.stderr)
	}
	return out, t, nil
}

// wrk knows waiting users only, and no budget.
func wrk(ctx context.Context, l *lab, j job) (told, error) {
	if j.rate > 0 {
		return told{}, errors.ErrUnsupported
	}
	script, err := l.conf("wrk.lua")
	if err != nil {
		return told{}, err
	}
	if j.method == "POST" {
		if script, err = l.joined("wrk.post.lua", "wrk.lua", "post.lua"); err != nil {
			return told{}, err
		}
	}
	out, t, err := j.exec(ctx, "", nil, "wrk", "-t1", "-c"+strconv.Itoa(j.connections), "-d"+seconds(j.lasting), "--timeout", "10s", "-s", script, j.url)
	if err != nil {
		return t, err
	}
	at := bytes.LastIndexByte(out, '{')
	if at < 0 {
		return t, fmt.Errorf("wrk says what is not understood:\n%s", out)
	}
	return t, json.Unmarshal(out[at:], &t)
}

// joined writes several files of conf as one.
func (l *lab) joined(to string, names ...string) (string, error) {
	var all []byte
	for _, name := range names {
		text, err := conf.ReadFile("conf/" + name)
		if err != nil {
			return "", err
		}
		all = append(all, text...)
	}
	to = filepath.Join(l.folder, to)
	return to, os.WriteFile(to, all, 0o644)
}

// seconds writes whole seconds, at least one: wrk knows no others.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(max(1, d.Round(time.Second)/time.Second))) + "s"
}

// vegeta is asked as its manual says; its report is made after the attack, and costs the attack nothing.
func vegeta(ctx context.Context, l *lab, j job) (t told, err error) {
	to := filepath.Join(l.folder, "vegeta.bin")
	args := []string{l.tool("vegeta"), "attack", "-duration", j.lasting.String(), "-timeout", "10s", "-output", to}
	if j.rate > 0 {
		args = append(args, "-rate", strconv.FormatFloat(j.rate, 'f', 0, 64))
	} else {
		args = append(args, "-rate", "0")
	}
	if n := strconv.Itoa(j.connections); j.connections > 0 {
		args = append(args, "-workers", n, "-max-workers", n, "-connections", n)
	}
	targets := j.method + " " + j.url + "\n"
	if j.method == "POST" {
		body := filepath.Join(l.folder, "body.json")
		if err := os.WriteFile(body, []byte(`{"amount":1}`), 0o644); err != nil {
			return t, err
		}
		targets += "Content-Type: application/json\n@" + body + "\n"
	}
	if _, t, err = j.exec(ctx, targets, nil, args...); err != nil {
		return t, err
	}
	text, err := exec.CommandContext(ctx, l.tool("vegeta"), "report", "-type", "json", to).Output()
	if err != nil {
		return t, fmt.Errorf("vegeta report: %w", err)
	}
	var report struct {
		Latencies struct {
			P95 time.Duration `json:"95th"`
			P99 time.Duration `json:"99th"`
		} `json:"latencies"`
		Requests int64            `json:"requests"`
		Duration time.Duration    `json:"duration"`
		Statuses map[string]int64 `json:"status_codes"`
	}
	err = json.Unmarshal(text, &report)
	t.P95, t.P99, t.Requests, t.Wall = report.Latencies.P95, report.Latencies.P99, report.Requests, report.Duration
	t.Failed = t.Requests - report.Statuses["200"]
	return t, err
}

// k6 has thresholds: 99 is its code for a broken one.
func k6(ctx context.Context, l *lab, j job) (told, error) {
	script, err := l.conf("k6.js")
	if err != nil {
		return told{}, err
	}
	users := j.connections
	if users == 0 {
		users = int(2 * j.rate) // a request may take 2 s before one is dropped
	}
	args := []string{l.tool("k6"), "run", "--quiet", "--no-usage-report", "--address", "", "-e", "URL=" + j.url, "-e", "METHOD=" + j.method,
		"-e", "USERS=" + strconv.Itoa(users), "-e", fmt.Sprintf("RATE=%.0f", j.rate), "-e", "LASTING=" + j.lasting.String()}
	if j.budget > 0 {
		args = append(args, "-e", fmt.Sprintf("BUDGET=%d", j.budget.Milliseconds()))
	}
	const broken = 99
	out, t, err := j.exec(ctx, "", []int{0, broken}, append(args, script)...)
	if err != nil {
		return t, err
	}
	var metrics map[string]struct {
		Values map[string]float64 `json:"values"`
	}
	if err := json.Unmarshal(out, &metrics); err != nil {
		return t, fmt.Errorf("k6 says what is not understood: %w", err)
	}
	ms := func(name string) time.Duration {
		return time.Duration(metrics["http_req_duration"].Values[name] * float64(time.Millisecond))
	}
	t.P95, t.P99, t.Wall = ms("p(95)"), ms("p(99)"), j.lasting
	t.Requests, t.Failed = int64(metrics["http_reqs"].Values["count"]), int64(metrics["http_req_failed"].Values["passes"])
	if j.budget > 0 {
		t.verdict = map[int]string{0: "passes (exit 0)", broken: "fails (exit 99)"}[t.code]
		if n := metrics["dropped_iterations"].Values["count"]; n > 0 {
			t.verdict += fmt.Sprintf(", %.0f dropped", n)
		}
	}
	return t, nil
}
