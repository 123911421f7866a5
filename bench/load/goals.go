package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"listo/internal/engine/load"
)

// goals says what was to be reached and what was.
func (r *results) goals(out io.Writer) {
	fmt.Fprint(out, "\n## Goals\n\n| to reach | measured | |\n|---|--:|---|\n")
	line := func(what, is string, reached bool) {
		word := "missed"
		if reached {
			word = "reached"
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", what, is, word)
	}
	r.stallGoals(line)
	r.killGoals(line)
	r.speedGoals(line)
	r.refusalGoals(line)
}

func (r *results) refusalGoals(line func(what, is string, reached bool)) {
	if len(r.refusals) == 0 {
		return
	}
	refused := 0
	for _, c := range r.refusals {
		if c.word() != "believed" {
			refused++
		}
	}
	line("every run short of breath refused, or true all the same", fmt.Sprintf("%d of %d", refused, len(r.refusals)), refused == len(r.refusals))
	line("0 false alarms in 20 clean runs", fmt.Sprintf("%d in %d", len(r.alarms), r.clean), len(r.alarms) == 0 && r.clean >= 20)
}

func (r *results) stallGoals(line func(what, is string, reached bool)) {
	for _, row := range r.latencies {
		if row.path != "/stall" || row.tool != "listo" {
			continue
		}
		if row.open {
			by := off(row.told.P95, truth(row.path, 0.95))
			line("p95 through a stall within 3 % of the truth, on a schedule", fmt.Sprintf("%+.1f %%", by), math.Abs(by) <= 3)
		} else {
			line("a stall that waiting users hide is flagged", row.told.verdict, strings.HasSuffix(row.told.verdict, load.Hidden))
		}
	}
}

func (r *results) killGoals(line func(what, is string, reached bool)) {
	exact, all := 0, 0
	for _, k := range r.kills {
		if k.tool != "listo" {
			continue
		}
		all++
		if k.server.Killed > 0 && k.classed == k.server.Killed && k.told.Failed == k.server.Killed && k.told.Requests == k.server.Requests {
			exact++
		}
	}
	if all == 0 {
		return
	}
	line("killed connections counted as the server did, each as its kind", fmt.Sprintf("%d of %d runs", exact, all), exact == all)
}

// speedGoals compares listo, the first of the generators, with the others.
func (r *results) speedGoals(line func(what, is string, reached bool)) {
	if r.long.Requests > 0 {
		mib := float64(r.long.rss) / (1 << 20)
		line("at most 40 MiB resident through 10 million requests", fmt.Sprintf("%.0f MiB through %d", mib, r.long.Requests), mib <= 40 && r.long.Requests >= 10_000_000)
	}
	if len(r.speeds) == 0 {
		return
	}
	us := r.speeds[0]
	atLeast := func(word, other string, goal float64) {
		if is := r.over(other, us, rates); !math.IsNaN(is) {
			line(fmt.Sprintf("%s%.1f of %s's requests/s", word, goal, other), fmt.Sprintf("%.2f", is), is >= goal)
		}
	}
	atMost := func(word string, goal float64) {
		if is := r.over("wrk", us, spents); !math.IsNaN(is) {
			line(fmt.Sprintf("%sat most %.2f of wrk's processor time per request", word, goal), fmt.Sprintf("%.2f", is), is <= goal)
		}
	}
	atLeast("", "wrk", 1)
	atLeast("the floor: ", "wrk", 0.9)
	atLeast("", "vegeta", 5)
	atLeast("", "k6", 10)
	atMost("", 1.05)
	atMost("the floor: ", 1.15)
}
