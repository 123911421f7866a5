package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"
)

// The tests' own release: the ten mandatory gates, each with one check "<gate>.one"
// that counts things, and the pre-gate "secrets.present" before all load.

// bench is the lab of the tests' checks. It is never touched: the tests write
// down what a check would have seen.
type bench struct{}

// counted is what a counting check observes.
type counted struct {
	Asked  int `json:"asked"`
	Bad    int `json:"bad"`
	Rotten int `json:"rotten"`
}

// presence is what the pre-gate observes.
type presence struct {
	Wanted  int `json:"wanted"`
	Missing int `json:"missing"`
}

const (
	green   = `{"asked":10,"bad":0,"rotten":0}`
	red     = `{"asked":10,"bad":1,"rotten":0}`
	rotten  = `{"asked":10,"bad":0,"rotten":1}`
	unclear = `{"asked":0,"bad":0,"rotten":0}`
	all     = `{"wanted":2,"missing":0}`
	lacking = `{"wanted":2,"missing":1}`
	unasked = `{"wanted":0,"missing":0}`
)

func judgeCounted(o counted, limits Limits) Finding {
	switch {
	case o.Asked == 0:
		return Undecided("nothing asked", nil)
	case o.Rotten > 0:
		return Failed("rotten", nil)
	case float64(o.Bad) > limits["most"]:
		return Failed("bad", Facts{"bad": o.Bad})
	case o.Asked == 13:
		return Passed("never declared", nil)
	}
	return Passed("fine", nil)
}

func judgePresence(o presence, _ Limits) Finding {
	switch {
	case o.Wanted == 0:
		return Failed("none required", nil)
	case o.Missing > 0:
		return AwaitsPerson("missing", nil)
	}
	return Passed("present", nil)
}

func looked[O any](context.Context, bench) (o O, err error) { return o, nil }

func sickTwin(context.Context, bench) (bench, func(), error) { return bench{}, func() {}, nil }

func release() []Gate {
	var gates []Gate
	for _, id := range Mandatory() {
		g := Gate{ID: id}
		if id == "secrets" {
			g.Checks = append(g.Checks, Define(Declaration{
				ID: "secrets.present", Class: "presence", When: First, Pregate: true,
				Reasons: []string{"none required", "missing", "present"},
			}, looked[presence], judgePresence))
			g.Controls = append(g.Controls, Against("presence", "secrets.present", []string{"none required"}, sickTwin))
		}
		g.Checks = append(g.Checks, Define(Declaration{
			ID: id + ".one", Class: id, Loading: id == "pool" || id == "performance",
			Limits:  []Limit{{Name: "most"}},
			Reasons: []string{"nothing asked", "rotten", "bad", "fine"},
		}, looked[counted], judgeCounted))
		g.Controls = append(g.Controls, Against(id, id+".one", []string{"bad"}, sickTwin))
		gates = append(gates, g)
	}
	return gates
}

// fullPlan promises every check of the release.
func fullPlan() Plan {
	p := Plan{Format: FormatVersion, Run: "run", Made: noon()}
	for _, g := range release() {
		planned := Planned{Gate: g.ID}
		for _, c := range g.Checks {
			planned.Checks = append(planned.Checks, PlannedCheck{Check: c.ID, Limits: []PlannedLimit{{Name: "most"}}})
		}
		p.Gates = append(p.Gates, planned)
	}
	return p
}

// inPlan gives the planned gate with this ID.
func inPlan(p *Plan, gate string) *Planned {
	for i := range p.Gates {
		if p.Gates[i].Gate == gate {
			return &p.Gates[i]
		}
	}
	return nil
}

// greenEntries are the controls, caught, and one green experiment of each check.
func greenEntries() []Entry {
	var entries []Entry
	for _, g := range release() {
		for _, c := range g.Checks {
			entries = append(entries, shown(c.Class, c.ID, sickOf(c.ID)), saw(c.ID, greenOf(c.ID)))
		}
	}
	return entries
}

func greenOf(check string) string {
	if check == "secrets.present" {
		return all
	}
	return green
}

func sickOf(check string) string {
	if check == "secrets.present" {
		return unasked
	}
	return red
}

func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

// saw is an experiment that observed, shown a control that did, broke an
// experiment that could not measure.
func saw(check, observed string) Entry {
	return Entry{At: noon(), Experiment: &Experiment{Check: check, Attempt: 1, Began: noon(), Observed: json.RawMessage(observed)}}
}

func shown(class, check, observed string) Entry {
	return Entry{At: noon(), Control: &ControlRun{Class: class, Experiment: *saw(check, observed).Experiment}}
}

func broke(check, why string, lacks ...string) Entry {
	return Entry{At: noon(), Experiment: &Experiment{Check: check, Attempt: 1, Began: noon(), Err: why, Lacks: lacks}}
}

func confirmed(check string) Entry {
	return Entry{At: noon(), Confirmation: &Confirmation{Check: check, By: "operator", Via: "terminal"}}
}

// ofCheck tells whether an entry is an experiment (not a control) of the check.
func ofCheck(e Entry, check string) bool { return e.Experiment != nil && e.Experiment.Check == check }

// ledgerOf writes plan and entries down and reads them again, as an audit does.
func ledgerOf(t testing.TB, plan Plan, entries ...Entry) Ledger {
	t.Helper()
	l, err := ReadLedger(bytesOf(t, append([]Entry{{At: noon(), Plan: &plan}}, entries...)...))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func bytesOf(t testing.TB, entries ...Entry) []byte {
	t.Helper()
	var file bytes.Buffer
	var l Ledger
	for _, e := range entries {
		if err := l.Append(&file, e); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}
