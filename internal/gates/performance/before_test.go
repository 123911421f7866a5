package performance

import (
	"bytes"
	"encoding/json"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// past is the bench of an audit whose predecessor measured this.
func past(t *testing.T, then Measured, machine evidence.Machine) *lab.Bench {
	t.Helper()
	ledger := func(e ...evidence.Entry) (l evidence.Ledger) {
		for _, e := range e {
			if err := l.Append(new(bytes.Buffer), e); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
	observed, err := json.Marshal(then)
	if err != nil {
		t.Fatal(err)
	}
	last := ledger(evidence.Entry{Plan: &evidence.Plan{Run: "the last one", Machine: machine, Subject: evidence.Subject{Commit: "c0ffee"}}},
		evidence.Entry{Experiment: &evidence.Experiment{Check: normalID, Observed: observed}})
	now := ledger(evidence.Entry{Plan: &evidence.Plan{Run: "this one", Machine: evidence.Machine{Cores: 2}}})
	return &lab.Bench{Previous: func() (evidence.Ledger, bool) { return last, true }, Ledger: func() evidence.Ledger { return now }}
}

func measuredOnce(p95 float64) Measured {
	return Measured{Plan: Plan{Users: 10}, Expected: []Expected{{Endpoint: "GET /a", Weight: 1}},
		Attempts: []Attempt{{Parts: []Part{{Model: "open", Total: Endpoint{P95MS: p95, PerSecond: 100}}}}}}
}

func TestTheLastAuditIsComparedWith(t *testing.T) {
	then, now := measuredOnce(20), measuredOnce(25)
	spoilt := then.Attempts[0]
	spoilt.Parts = []Part{{Model: "open", Instrument: Instrument{Saturated: true}}}
	then.Attempts = append(then.Attempts, spoilt) // says nothing: the one before it counts
	now.Before = before(past(t, then, evidence.Machine{Cores: 2}), normalID, now)
	if now.Before == nil || now.Before.Run != "the last one" || now.Before.Commit != "c0ffee" || now.Before.OtherMachine {
		t.Fatalf("%+v", now.Before)
	}
	if all := now.Compared(); len(all) != 1 || all[0].Change != 25 || all[0].Speed != 0 || all[0].Then.P95MS != 20 || all[0].Now.P95MS != 25 {
		t.Errorf("%+v", all)
	}
	if b := before(past(t, then, evidence.Machine{Cores: 64}), normalID, now); b == nil || !b.OtherMachine {
		t.Errorf("%+v: another machine is not told", b)
	}
}

func TestOnlyLikeIsCompared(t *testing.T) {
	now := measuredOnce(25)
	others := map[string]Measured{"nothing measured": {Plan: now.Plan, Expected: now.Expected}, "more users": measuredOnce(20), "another mix": measuredOnce(20), "the instrument failed": measuredOnce(20)}
	for name, then := range others {
		switch name {
		case "more users":
			then.Plan.Users++
		case "another mix":
			then.Expected = []Expected{{Endpoint: "GET /a", Weight: 2}}
		case "the instrument failed":
			then.Attempts[0].Parts[0].Instrument.Saturated = true
		}
		if b := before(past(t, then, evidence.Machine{}), normalID, now); b != nil {
			t.Errorf("%s: %+v", name, b)
		}
	}
	for name, b := range map[string]*lab.Bench{"nothing known": {}, "the first audit": {Previous: func() (evidence.Ledger, bool) { return evidence.Ledger{}, false }}} {
		if o := before(b, normalID, now); o != nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if all := now.Compared(); all != nil {
		t.Errorf("%+v", all)
	}
}
