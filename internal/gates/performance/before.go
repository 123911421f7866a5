package performance

import (
	"encoding/json"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

// Before is the same measurement in the last audit of the same folder. It is there
// to be compared with, and decides nothing.
type Before struct {
	Run    string `json:"run"`
	Commit string `json:"commit"`
	// OtherMachine tells that the figures cannot be compared like with like.
	OtherMachine bool      `json:"other_machine"`
	Parts        []Figures `json:"parts"`
}

// Figures are what is compared of a part.
type Figures struct {
	Model     string  `json:"model"`
	P95MS     float64 `json:"p95_ms"`
	PerSecond float64 `json:"per_second"`
	Wrong     int64   `json:"wrong"`
}

// before looks up what the last audit measured by the same plan and mix; nil when
// there is no such measurement.
func before(b *lab.Bench, check string, now Measured) *Before {
	if b.Previous == nil {
		return nil
	}
	ledger, found := b.Previous()
	if !found {
		return nil
	}
	attempts := ledger.Attempts(check)
	if len(attempts) == 0 || attempts[len(attempts)-1].Errored() {
		return nil
	}
	var then Measured
	if json.Unmarshal(attempts[len(attempts)-1].Observed, &then) != nil || !then.comparable(now) {
		return nil
	}
	last := good(then.Attempts)
	if last == nil {
		return nil
	}
	plan, _ := ledger.Plan()
	o := &Before{Run: plan.Run, Commit: plan.Subject.Commit, OtherMachine: plan.Machine != machineOf(b)}
	for _, p := range last.Parts {
		o.Parts = append(o.Parts, Figures{p.Model, p.Total.P95MS, p.Total.PerSecond, p.Total.Wrong})
	}
	return o
}

// good is the last attempt in which the instrument was not at fault; nil when there
// is none.
func good(attempts []Attempt) *Attempt {
	for i := range slices.Backward(attempts) {
		if !attempts[i].saturated() {
			return &attempts[i]
		}
	}
	return nil
}

// machineOf is where this audit runs, by its plan.
func machineOf(b *lab.Bench) evidence.Machine {
	if b.Ledger == nil {
		return evidence.Machine{}
	}
	plan, _ := b.Ledger().Plan()
	return plan.Machine
}

// comparable tells that two measurements asked for the same.
func (m Measured) comparable(other Measured) bool {
	return m.Plan == other.Plan && slices.EqualFunc(m.Expected, other.Expected, func(a, b Expected) bool {
		return a.Endpoint == b.Endpoint && a.Weight == b.Weight
	})
}

// Compared is a part of the last attempt beside the same part before.
type Compared struct {
	Model         string
	Then, Now     Figures
	Change, Speed words.Percent // of the p95 and of the answers per second
}

// Compared pairs the parts of the last attempt with those of the last audit.
func (m Measured) Compared() (all []Compared) {
	if m.Before == nil {
		return nil
	}
	for _, then := range m.Before.Parts {
		if p := m.last(then.Model); p != nil {
			now := Figures{p.Model, p.Total.P95MS, round(p.Total.PerSecond), p.Total.Wrong}
			then.PerSecond = round(then.PerSecond)
			all = append(all, Compared{then.Model, then, now, change(then.P95MS, now.P95MS), change(then.PerSecond, now.PerSecond)})
		}
	}
	return all
}

// change is by how many percent now is more than then; 0 when there is nothing to
// compare with.
func change(then, now float64) words.Percent {
	if then <= 0 {
		return 0
	}
	return words.Percent(round(100 * (now - then) / then))
}
