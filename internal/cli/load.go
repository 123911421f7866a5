package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"listo/internal/engine/load"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
)

// The generator is measured by itself for so long before a run. On a machine that
// is busy for a moment that says nothing, or less than the truth: then it is
// measured again, each time for twice as long, so often at most.
const (
	calibrating  = 600 * time.Millisecond
	calibrations = 4
)

// loadRun are the flags of listo load.
type loadRun struct {
	loadWish
	loadShow
	owned string
}

// loadShow are the flags that say where a result goes.
type loadShow struct {
	format, page, out, language string
}

func (a *App) load() *cobra.Command {
	var f loadRun
	cmd := &cobra.Command{
		Use:   "load URL|FILE",
		Short: "Put a service under load, and say whether the numbers can be trusted",
		Long: `Send HTTP/1.1 requests as many users would, to a URL or as a scenario file says
(docs/load.md), and hold the result against a budget.

With --users so many users each wait for their answer (the closed model); with --rate
requests are sent on a fixed schedule whatever the answers do, and latency counts from
the intended moment (the open model). A request is never sent twice and no redirect is
followed: what failed is shown as failed. The generator is measured too: what a
saturated one saw is unproven, never a pass.

Only this machine is loaded, unless another host is typed with --i-own-this-target.
An interrupt ends the run and shows what was measured until then.

Exit codes: 0 the budgets hold, 1 one is broken, 2 unproven, 64 usage,
78 the scenario file, 130 interrupted.`,
		Example: `  listo load http://127.0.0.1:3000/healthz --users 8 --duration 10s
  listo load http://127.0.0.1:3000/api --rate 200 --budget p95=200ms --page load.html
  listo load scenario.yaml --out a.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.changed = cmd.Flags().Changed
			return a.runLoad(cmd.Context(), args[0], f)
		},
	}
	f.loadWish.flags(cmd.Flags())
	f.loadShow.flags(cmd.Flags())
	cmd.AddCommand(a.loadMerge())
	cmd.Flags().StringVar(&f.owned, "i-own-this-target", "", "the host of a target that is not this machine: allows load there")
	return cmd
}

func (a *App) runLoad(ctx context.Context, what string, f loadRun) error {
	show, err := a.showing(f.loadShow)
	if err != nil {
		return coded(exitUsage, err)
	}
	w, err := f.wanted(what, a.Lookup)
	if err != nil {
		return err
	}
	if err := w.guard(f.owned); err != nil {
		return coded(exitUsage, err)
	}
	show.redactor = redact.New(w.secrets)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends listo at once
	d, err := a.measure(ctx, w)
	if err != nil {
		return err
	}
	if err := show.all(d); err != nil {
		return err
	}
	return d.exit()
}

// measure calibrates the generator and sends the load.
func (a *App) measure(ctx context.Context, w wanted) (d document, err error) {
	runtime.GC() // what came before is not collected while it measures
	if w.profile.Calibration, err = a.calibrate(ctx, w.profile); err != nil {
		return d, err
	}
	fmt.Fprintf(a.Err, "listo: load: %s for %v after a warm-up of at most %v\n", w.scenario.Target, w.profile.Duration, w.profile.WarmUp)
	began := a.Now()
	result, err := load.Run(ctx, w.scenario, w.profile)
	if err != nil {
		return d, coded(exitUsage, fmt.Errorf("load: %w", err))
	}
	return document{Version: documentVersion, Began: began.UTC().Truncate(time.Second), Target: w.scenario.Target,
		Verdict: w.promise.Decide(result), Result: result}, nil
}

// calibrate asks what the generator can do on this machine, until the answer is
// enough for the schedule that it is to keep.
func (a *App) calibrate(ctx context.Context, p load.Profile) (best load.Calibration, err error) {
	const enough = 2 // ceilings: the instrument allows half of one
	for i := range calibrations {
		lasting := calibrating << i
		fmt.Fprintf(a.Err, "listo: load: measuring the generator by itself for %v\n", lasting)
		var c load.Calibration
		c, err = load.Calibrate(ctx, min(p.Users, 64), lasting)
		if ctx.Err() != nil {
			return best, coded(exitInterrupted, errors.New("load: interrupted before anything was sent"))
		}
		if c.Rate > best.Rate {
			best = c
		}
		if best.Rate > enough*p.Rate {
			return best, nil
		}
	}
	if best.Rate > 0 {
		return best, nil
	}
	return best, coded(evidence.ExitUnproven, fmt.Errorf("load: %w", err))
}

// exit gives the exit code that the verdict is worth.
func (d document) exit() error {
	switch {
	case d.Result.Interrupted:
		return verdictExit(exitInterrupted)
	case d.Verdict.Outcome == load.Holds:
		return nil
	case d.Verdict.Outcome == load.Broken:
		return verdictExit(evidence.ExitFailed)
	}
	return verdictExit(evidence.ExitUnproven)
}
