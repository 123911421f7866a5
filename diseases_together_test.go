package listo_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// wholly tells that diseases are audited by all gates, one disease at a time (whole)
// or several that do not touch each other (together): make diseases DISEASES=...
func wholly() bool {
	return slices.Contains([]string{"whole", "together"}, os.Getenv("LISTO_DISEASES"))
}

// group are diseases of one audit: one of the binary at most, one of each gate at
// most, and none whose own check another one may turn red as well.
type group []disease

// takes tells whether a disease can be told apart from those in the group.
func (g group) takes(d disease) bool {
	for _, other := range g {
		if other.gate() == d.gate() || (other.infect == nil && d.infect == nil) ||
			slices.Contains(other.Consequences, d.Check) || slices.Contains(d.Consequences, other.Check) {
			return false
		}
	}
	return !d.Waits || len(g) == 0 // nothing is measured while listo waits
}

// groups puts every disease into the first group that takes it. Those that stand
// around the service come first: so each group has some.
func groups(all []disease) []group {
	var some []group
	workspace := slices.DeleteFunc(slices.Clone(all), func(d disease) bool { return d.infect == nil })
	binary := slices.DeleteFunc(slices.Clone(all), func(d disease) bool { return d.infect != nil })
	for _, d := range slices.Concat(workspace, binary) {
		at := slices.IndexFunc(some, func(g group) bool { return !g.waits() && g.takes(d) })
		if at < 0 {
			some, at = append(some, nil), len(some)
		}
		some[at] = append(some[at], d)
	}
	for _, g := range some {
		slices.SortStableFunc(g, func(a, b disease) int { return a.turn() - b.turn() })
	}
	return some
}

func (g group) waits() bool { return len(g) > 0 && g[0].Waits }

// turn orders what is done to a workspace: a disease of the gate supply commits
// everything and moves the base of the frontend along, so that it comes before what
// must differ from that base.
func (d disease) turn() int {
	return map[string]int{"supply": -1, "secrets": 1, "frontend": 2}[d.gate()]
}

func (g group) String() string {
	var names []string
	for _, d := range g {
		names = append(names, d.ID)
	}
	return strings.Join(names, ", ")
}

// Every disease stands in one group, and no group holds two that hide each other.
func TestGroupsOfDiseases(t *testing.T) {
	all, seen := allDiseases(t, quickPatient(t)), map[string]int{}
	some := groups(all)
	for _, g := range some {
		for i, d := range g {
			seen[d.ID]++
			if !slices.Delete(slices.Clone(g), i, i+1).takes(d) {
				t.Errorf("%s does not belong into %s", d.ID, g)
			}
		}
	}
	for _, d := range all {
		if seen[d.ID] != 1 {
			t.Errorf("%s stands in %d groups", d.ID, seen[d.ID])
		}
	}
	t.Logf("%d diseases in %d groups", len(all), len(some))
}

// mustBeCaught audits a patient with all diseases of the group by all gates, without
// controls: each disease's own check is red, and what else is red one of them
// declares.
func (g group) mustBeCaught(t *testing.T, binary string, p prepared) {
	w := newWorkspace(t, binary)
	w.prepared(p)
	w.settings = shortLimits() + disease{}.performanceLimits()
	for i := range w.gates {
		w.gates[i].Controls = nil
	}
	proof, declared := w.unseen("proof"), map[string]bool{}
	for _, d := range g {
		d.strike(t, w, proof)
		declared[d.Check] = true
		for _, c := range d.Consequences {
			declared[c] = true
		}
	}
	ledger, _ := w.audit(t)
	for _, d := range g {
		d.mustHaveStruck(t, proof)
	}
	red, open := map[string]bool{}, map[string]string{}
	checks := 0
	for _, gate := range evidence.Decide(gates.All(), ledger).Gates {
		for _, c := range gate.Checks {
			checks++
			switch c.Finding.Outcome {
			case evidence.Fail:
				red[c.Check] = true
			case evidence.Pass:
			default:
				open[c.Check] = fmt.Sprintf("%s %s", c.Cause, c.Finding.Reason)
			}
		}
	}
	for _, d := range g {
		if !d.shows(ledger) {
			t.Errorf("%s: %s is not %s: %s", d.ID, d.Check, d.symptom(), explain(ledger, d.Check))
		}
	}
	for check := range red {
		if !declared[check] {
			t.Errorf("%s is red and none of %s declares it: %s", check, g, explain(ledger, check))
		}
	}
	t.Logf("%s: of %d checks %d are red, %d unproven", g, checks, len(red), len(open))
	for _, check := range slices.Sorted(maps.Keys(open)) {
		t.Logf("unproven: %s (%s)", check, open[check])
	}
}

// strike gives the workspace the disease.
func (d disease) strike(t *testing.T, w *workspace, proof string) {
	t.Helper()
	if d.infect != nil {
		d.infect(t, w)
		return
	}
	w.service["GASTOS_DISEASE"], w.service["GASTOS_DISEASE_PROOF"] = d.ID, proof
	w.edits = append(w.edits, d.mix()...)
	for name, value := range d.Env {
		w.service[name] = value
	}
}

// mustHaveStruck wants the proof that a disease of the binary leaves when it took
// effect; the others assert their own.
func (d disease) mustHaveStruck(t *testing.T, proof string) {
	t.Helper()
	if d.infect != nil {
		return
	}
	if effect, err := os.ReadFile(proof); err != nil || len(effect) == 0 {
		t.Fatalf("the disease took no effect: %v", err)
	}
}
