package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/load"
)

// document is the part of listo load's JSON that the page is about.
type document struct {
	Verdict load.Verdict `json:"verdict"`
	Result  *load.Result `json:"result"`
}

// listo runs the verb as a person would, without a warm-up: so every request of the run is counted.
func listo(ctx context.Context, l *lab, j job) (told, error) {
	d, t, err := verb(ctx, l, j, nil)
	if err != nil {
		return t, err
	}
	if d.Result == nil {
		return t, fmt.Errorf("listo sent nothing: %s", t.stderr)
	}
	t.Requests, t.Failed = d.Result.Total.Requests, d.Result.Total.Failed
	t.P95, t.P99, t.Wall = d.Result.Total.Latency.P95, d.Result.Total.Latency.P99, d.Result.Measured
	t.verdict = d.says()
	return t, nil
}

// unproven is the code of listo load for a run that says nothing about the service.
const unproven = 2

// says gives the outcome and its reason; of a saturated instrument the figures that were beyond their limits.
func (d document) says() string {
	if d.Result == nil {
		return "unproven before anything was sent"
	}
	text := string(d.Verdict.Outcome) + ": " + d.Verdict.Reason
	if !d.Result.Instrument.Saturated {
		return text
	}
	var names []string
	for _, r := range d.Result.Instrument.Reasons {
		names = append(names, r.Name)
	}
	return text + " (" + strings.Join(names, ", ") + ")"
}

// verb runs listo load, by itself or behind a program that makes its life harder. A generator that could not even be calibrated is unproven
// without a result.
func verb(ctx context.Context, l *lab, j job, before []string) (d document, t told, err error) {
	args := append(before, l.listo, "load", j.url, "--format", "json", "--warm-up", "0s", "--duration", j.lasting.String(), "-X", j.method)
	if j.rate > 0 {
		args = append(args, "--rate", strconv.FormatFloat(j.rate, 'f', -1, 64))
		if j.connections > 0 {
			args = append(args, "--connections", strconv.Itoa(j.connections))
		}
	} else {
		args = append(args, "--users", strconv.Itoa(j.connections))
	}
	if j.budget > 0 {
		args = append(args, "--budget", "p95="+j.budget.String())
	}
	if j.method == "POST" {
		args = append(args, "-H", "Content-Type: application/json", "--body", `{"amount":1}`)
	}
	out, t, err := j.exec(ctx, "", []int{0, 1, unproven}, args...) // 0 holds, 1 broken
	if err != nil || (len(out) == 0 && t.code == unproven) {
		return d, t, err
	}
	if err = json.Unmarshal(out, &d); err == nil && d.Result == nil {
		err = fmt.Errorf("listo says what is not understood: %.200s", out)
	}
	return d, t, err
}

// engine is listo's engine in a process of its own: 64 users, a weighted deck of endpoints, each with its own histogram, and every answer held
// against what it must be. lasting is a duration or a number of requests; a profile of the processor goes to the file that is named, if any.
func engine(ctx context.Context, address, lasting, profile string) (err error) {
	p := load.Profile{Users: connections, Timeout: 10 * time.Second, Budget: 200 * time.Millisecond, Seed: 1}
	if p.Requests, err = strconv.ParseInt(lasting, 10, 64); err != nil {
		if p.Duration, err = time.ParseDuration(lasting); err != nil {
			return err
		}
	}
	if profile != "" {
		to, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(to); err != nil {
			return err
		}
		defer func() { pprof.StopCPUProfile(); err = to.Close() }()
	}
	s := load.Scenario{Target: "http://" + address, Local: true}
	for i := range endpoints {
		s.Requests = append(s.Requests, load.Request{Name: fmt.Sprintf("list %d", i), Method: "GET", Path: "/" + strconv.Itoa(i), Weight: i%3 + 1,
			Expect: load.Expect{Status: []int{200}, MediaType: "application/json", JSON: true, NonEmpty: true, At: "/items"}})
	}
	runtime.GC()
	r, err := load.Run(ctx, s, p)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(told{Requests: r.Total.Requests, Failed: r.Total.Failed, P95: r.Total.Latency.P95,
		P99: r.Total.Latency.P99, Wall: r.Measured})
}

// connections and endpoints of the throughput table.
const connections, endpoints = 64, 20

// engineRun runs engine on the generator's core.
func (l *lab) engineRun(ctx context.Context, lasting, profile string) (told, error) {
	out, t, err := job{pinned: true}.exec(ctx, "", nil, l.self, "engine", l.fast.address, lasting, profile)
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(out, &t); err != nil {
		return t, err
	}
	if t.Failed > 0 || t.Requests == 0 {
		return t, fmt.Errorf("listo: %d of %d requests failed: look at the server", t.Failed, t.Requests)
	}
	return t, nil
}
