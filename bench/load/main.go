// Command load compares load generators in turn on one machine: listo load, wrk,
// vegeta and k6, against servers whose behaviour is known because they count it
// themselves. It prints a Markdown page:
//
//	go run ./bench/load > bench/load/RESULTS.md
//
// It wants the programs go, wrk and taskset (Debian: apt-get install wrk
// util-linux), builds vegeta and k6 into a folder of its own, and sends nothing
// beyond the loopback device. Every comparison is made in rounds that ask each
// generator once, so that what else the machine does meets all of them; ratios
// are made within a round.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"listo/bench/machine"
)

// options say how long and how often.
type options struct {
	rounds, clean              int
	requests                   int64
	lasting, stalling, killing time.Duration
	without, tools, only       string
	profile                    bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how many rounds of requests/s")
	flag.IntVar(&o.clean, "clean", 20, "how many runs that nothing disturbs must not be refused")
	flag.Int64Var(&o.requests, "requests", 10_000_000, "requests of the run whose memory is measured, 0 for none")
	flag.DurationVar(&o.lasting, "lasting", 5*time.Second, "how long one run takes")
	flag.DurationVar(&o.stalling, "stalling", 20*time.Second, "how long a run against the server that stalls takes: whole periods of 5s")
	flag.DurationVar(&o.killing, "killing", 3*time.Second, "how long a run against the server that kills connections takes")
	flag.StringVar(&o.without, "without", "", "leave these generators out, as k6,vegeta")
	flag.StringVar(&o.only, "only", "", "take these alone, of latencies,kills,throughput,memory,refusals,profile")
	flag.StringVar(&o.tools, "tools", "", "folder with vegeta and k6 already built")
	flag.BoolVar(&o.profile, "profile", true, "say where listo's processor time goes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := act(ctx, o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/load:", err)
		os.Exit(1)
	}
}

// act measures, or is one of the programs that are measured: each is a process of its own.
func act(ctx context.Context, o options, args []string) error {
	switch {
	case len(args) == 0:
		return measure(ctx, os.Stdout, o)
	case args[0] == "known" && len(args) == 2:
		return known(args[1])
	case args[0] == "fast" && len(args) == 2:
		return fast(args[1])
	case args[0] == "engine" && len(args) == 4:
		return engine(ctx, args[1], args[2], args[3])
	case args[0] == "spin" && len(args) == 1:
		return spin(ctx)
	}
	return fmt.Errorf("%q is nothing to do: call it without arguments", args)
}

// names tells that a list with commas holds a name.
func names(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }

// measure takes all figures and prints the page.
func measure(ctx context.Context, out io.Writer, o options) (err error) {
	if o.stalling < period || o.stalling%period != 0 {
		return fmt.Errorf("-stalling is %v: the truth is known for whole periods of %v only", o.stalling, period)
	}
	r := results{began: machine.LoadAverage()}
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	r.missing, r.versions = l.missing, l.versions()
	for _, step := range []struct {
		name string
		take func(context.Context, *lab, options) error
	}{
		{"latencies", r.takeLatencies}, {"kills", r.takeKills}, {"throughput", r.takeThroughput},
		{"memory", r.takeMemory}, {"refusals", r.takeRefusals}, {"profile", r.takeProfile},
	} {
		if o.only != "" && !names(o.only, step.name) {
			continue
		}
		if err := step.take(ctx, l, o); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintln(os.Stderr, step.name, "done")
	}
	r.ended = machine.LoadAverage()
	return r.page(out, o)
}
