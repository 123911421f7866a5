// Command gateway compares proxies in turn on one machine: net/http's bare
// ReverseProxy, nginx and Caddy in their nearest equal configuration (conf/), and
// listo gateway with everything on. It prints a Markdown page:
//
//	go run ./bench/gateway > bench/gateway/RESULTS.md
//
// It wants the programs go, wrk, nginx and caddy (Debian: apt-get install wrk
// nginx caddy). Runs are short and in rounds: each round asks every proxy once, so
// that what else the machine does meets all of them; ratios are made within a
// round.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"listo/bench/machine"
)

// options say how long and how often.
type options struct {
	rounds, latencies int
	lasting           time.Duration
	only              string
	rate              float64
	profile           bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how many rounds of requests/s")
	flag.IntVar(&o.latencies, "latencies", 3, "how many rounds of latency")
	flag.DurationVar(&o.lasting, "lasting", 5*time.Second, "how long one run takes")
	flag.StringVar(&o.only, "only", "", "measure this proxy alone, beside the service itself")
	flag.Float64Var(&o.rate, "rate", 5000, "the common rate of the latencies, requests/s")
	flag.BoolVar(&o.profile, "profile", true, "say where the gateway's processor time goes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := act(ctx, o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/gateway:", err)
		os.Exit(1)
	}
}

// act measures, or is one of the programs that are measured: each is a process of its own.
func act(ctx context.Context, o options, args []string) error {
	switch {
	case len(args) == 0:
		return measure(ctx, os.Stdout, o)
	case args[0] == "backend" && len(args) == 2:
		return backend(args[1])
	case args[0] == "bare" && len(args) == 3:
		return bare(args[1], args[2])
	case args[0] == "profiled" && len(args) == 3:
		return profiled(args[1], args[2])
	}
	return fmt.Errorf("%q is nothing to do: call it without arguments", args)
}

func jsonLog(to io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(to, nil)) }

// measure takes all figures and prints the page.
func measure(ctx context.Context, out io.Writer, o options) (err error) {
	began := machine.LoadAverage()
	l, err := newLab(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	all, err := l.proxies(o.only)
	if err != nil {
		return err
	}
	for round := range o.rounds {
		if err := throughputRound(ctx, all, o.lasting); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "round %d of requests/s is done\n", round+1)
	}
	for round := range o.latencies {
		if err := latencyRound(ctx, all, o.lasting, o.rate); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "round %d of latency is done\n", round+1)
	}
	if err := l.memories(ctx, all); err != nil {
		return err
	}
	counted, err := l.allocations(ctx)
	if err != nil {
		return err
	}
	var top string
	if o.profile {
		if top, err = l.profile(ctx, o.lasting); err != nil {
			return err
		}
	}
	return page(out, o, results{all: all, allocations: counted, profile: top, began: began, ended: machine.LoadAverage()})
}
