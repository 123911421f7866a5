package evidence

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// audit is one row of the tables: it begins as an audit in which all is proved.
type audit struct {
	name string
	plan func(*Plan)                // what the plan promises instead; nil for all
	run  func(all []Entry) []Entry  // what happened instead; nil for all green
	word Word                       // wanted
	exit int                        // wanted
	sees func(*testing.T, *Verdict) // what else is wanted; nil for nothing
}

func decideAll(t *testing.T, audits []audit) {
	for _, a := range audits {
		t.Run(a.name, func(t *testing.T) {
			plan, entries := fullPlan(), greenEntries()
			if a.plan != nil {
				a.plan(&plan)
			}
			if a.run != nil {
				entries = a.run(entries)
			}
			l := ledgerOf(t, plan, entries...)
			v := Decide(release(), l)
			if v.Word != a.word || v.Exit != a.exit {
				t.Errorf("got %s, exit %d, want %s, exit %d", v.Word, v.Exit, a.word, a.exit)
			}
			if v.Waiting != (v.Exit == ExitWaiting) {
				t.Errorf("waiting is %v at exit %d", v.Waiting, v.Exit)
			}
			if a.sees != nil {
				a.sees(t, &v)
			}
			if again := Decide(release(), l); !reflect.DeepEqual(v, again) {
				t.Errorf("the second time it says %+v", again)
			}
		})
	}
}

// instead puts entries where the experiments of a check stood; with none it
// takes them away.
func instead(check string, entries ...Entry) func([]Entry) []Entry {
	return func(all []Entry) []Entry {
		return append(slices.DeleteFunc(all, func(e Entry) bool { return ofCheck(e, check) }), entries...)
	}
}

// control puts entries where the control of pool stood.
func control(entries ...Entry) func([]Entry) []Entry {
	return func(all []Entry) []Entry {
		return append(slices.DeleteFunc(all, func(e Entry) bool { return e.Control != nil && e.Control.Class == "pool" }), entries...)
	}
}

// check wants one check's state; deciding is the index of the attempt that decided.
func check(id string, outcome Outcome, cause Cause, deciding int) func(*testing.T, *Verdict) {
	return func(t *testing.T, v *Verdict) {
		t.Helper()
		for _, g := range v.Gates {
			for _, c := range g.Checks {
				if c.Check != id {
					continue
				}
				if c.Outcome != outcome || c.Cause != cause || c.Deciding != deciding {
					t.Errorf("%s: got %s, %s, attempt %d, want %s, %s, attempt %d", id, c.Outcome, c.Cause, c.Deciding, outcome, cause, deciding)
				}
				return
			}
		}
		t.Errorf("%s: the verdict does not mention it", id)
	}
}

func every(wants ...func(*testing.T, *Verdict)) func(*testing.T, *Verdict) {
	return func(t *testing.T, v *Verdict) {
		t.Helper()
		for _, want := range wants {
			want(t, v)
		}
	}
}

func TestDecideAttempts(t *testing.T) {
	const pool = "pool.one"
	is := func(outcome Outcome, cause Cause, deciding int) func(*testing.T, *Verdict) {
		return check(pool, outcome, cause, deciding)
	}
	decideAll(t, []audit{
		{"all green", nil, nil, Go, ExitGo, is(Pass, Judged, 0)},
		{"never tried", nil, instead(pool), NoGo, ExitUnproven, is(Unproven, NeverTried, -1)},
		{"errored", nil, instead(pool, broke(pool, "timed out")), NoGo, ExitUnproven, is(Unproven, ErroredOut, -1)},
		{"lacking", nil, instead(pool, broke(pool, "no psql", "psql")), NoGo, ExitUnproven, is(Unproven, Lacking, -1)},
		{"observed nothing", nil, instead(pool, saw(pool, "")), NoGo, ExitUnproven, is(Unproven, ErroredOut, -1)},
		{"observed and errored", nil, instead(pool, func() Entry { e := saw(pool, green); e.Experiment.Err = "cut short"; return e }()), NoGo, ExitUnproven, is(Unproven, ErroredOut, -1)},
		{"unproven", nil, instead(pool, saw(pool, unclear)), NoGo, ExitUnproven, is(Unproven, Judged, 0)},
		{"red", nil, instead(pool, saw(pool, red)), NoGo, ExitFailed, is(Fail, Judged, 0)},
		{"red then green", nil, instead(pool, saw(pool, red), saw(pool, green)), NoGo, ExitFailed, is(Fail, Judged, 0)},
		{"red then errored", nil, instead(pool, saw(pool, red), broke(pool, "x")), NoGo, ExitFailed, is(Fail, Judged, 0)},
		{"red then unreadable", nil, instead(pool, saw(pool, red), saw(pool, "1")), NoGo, ExitFailed, is(Fail, Judged, 0)},
		{"green then red", nil, instead(pool, saw(pool, green), saw(pool, red)), NoGo, ExitFailed, is(Fail, Judged, 1)},
		{"errored then red", nil, instead(pool, broke(pool, "x"), saw(pool, red), saw(pool, green)), NoGo, ExitFailed, is(Fail, Judged, 1)},
		{"errored then green", nil, instead(pool, broke(pool, "x", "psql"), saw(pool, green)), Go, ExitGo, is(Pass, Judged, 1)},
		{"unproven then green", nil, instead(pool, saw(pool, unclear), saw(pool, green)), Go, ExitGo, is(Pass, Judged, 1)},
		{"unreadable then green", nil, instead(pool, saw(pool, "1"), saw(pool, green)), Go, ExitGo, is(Pass, Judged, 1)},
		{"green then unproven", nil, instead(pool, saw(pool, green), saw(pool, unclear)), NoGo, ExitUnproven, is(Unproven, Judged, 1)},
		{"green then unreadable", nil, instead(pool, saw(pool, green), saw(pool, "1")), NoGo, ExitUnproven, is(Unproven, Unreadable, 1)},
		{"waiting then unreadable", nil, instead("secrets.present", saw("secrets.present", lacking), saw("secrets.present", "1")), NoGo, ExitUnproven, check("secrets.present", Unproven, Unreadable, 1)},
		{"unproven then errored", nil, instead(pool, saw(pool, unclear), broke(pool, "x")), NoGo, ExitUnproven, is(Unproven, Judged, 0)},
		{"one red, one untried", nil, func(all []Entry) []Entry {
			return instead(pool, saw(pool, red))(instead("supply.one")(all))
		}, NoGo, ExitFailed, is(Fail, Judged, 0)},
		{"alien", nil, func(all []Entry) []Entry { return append(all, saw("pool.other", green)) }, NoGo, ExitUnproven,
			every(is(Pass, Judged, 0), func(t *testing.T, v *Verdict) {
				if !slices.Equal(v.Aliens, []string{"pool.other"}) {
					t.Errorf("aliens: %v", v.Aliens)
				}
			})},
	})
}

func TestDecidePlan(t *testing.T) {
	decideAll(t, []audit{
		{"no gate", func(p *Plan) { p.Gates = nil }, nil, NoGo, ExitUnproven, nil},
		{"no gate, nothing happened", func(p *Plan) { p.Gates = nil }, func([]Entry) []Entry { return nil }, NoGo, ExitUnproven, nil},
		{"gates without checks", func(p *Plan) {
			for i := range p.Gates {
				p.Gates[i].Checks = nil
			}
		}, func([]Entry) []Entry { return nil }, NoGo, ExitUnproven, nil},
		{"one gate without checks", func(p *Plan) { inPlan(p, "supply").Checks = nil }, instead("supply.one"), NoGo, ExitUnproven, nil},
		{"a mandatory gate is missing", without("supply"), instead("supply.one"), GoReduced, ExitUnproven, nil},
		{"a mandatory gate is missing, another failed", without("supply"), func(all []Entry) []Entry {
			return instead("pool.one", saw("pool.one", red))(instead("supply.one")(all))
		}, NoGo, ExitFailed, nil},
		{"a mandatory gate is missing but was tried", without("supply"), nil, NoGo, ExitUnproven, nil},
		{"an excused gate", func(p *Plan) { inPlan(p, "supply").Excused = "no package" }, instead("supply.one"), GoReduced, ExitUnproven, check("supply.one", Unproven, NeverTried, -1)},
		{"an excused gate that was tried", func(p *Plan) { inPlan(p, "supply").Excused = "no package" }, nil, GoReduced, ExitUnproven, nil},
		{"all gates excused", func(p *Plan) {
			for i := range p.Gates {
				p.Gates[i].Excused = "tired"
			}
		}, nil, NoGo, ExitUnproven, nil},
		{"an excused check", func(p *Plan) {
			g := inPlan(p, "secrets")
			g.Checks[1].Excused = "no"
		}, instead("secrets.one"), GoReduced, ExitUnproven, check("secrets.one", Unproven, NeverTried, -1)},
		{"the only check of a gate excused", func(p *Plan) { inPlan(p, "supply").Checks[0].Excused = "no" }, instead("supply.one"), NoGo, ExitUnproven, nil},
		{"unknown check", func(p *Plan) {
			g := inPlan(p, "supply")
			g.Checks = append(g.Checks, PlannedCheck{Check: "supply.future"})
		}, func(all []Entry) []Entry { return append(all, saw("supply.future", green)) }, NoGo, ExitUnproven, check("supply.future", Unproven, NoSuchCheck, -1)},
		{"unknown gate", func(p *Plan) { p.Gates = append(p.Gates, Planned{Gate: "future"}) }, nil, NoGo, ExitUnproven, nil},
		{"one gate's check under another", func(p *Plan) { inPlan(p, "supply").Checks[0].Check = "pool.one" }, instead("supply.one"), NoGo, ExitUnproven, nil},
		{"a limit of the plan", func(p *Plan) { inPlan(p, "pool").Checks[0].Limits[0].Value = 1 },
			func(all []Entry) []Entry {
				return control(shown("pool", "pool.one", `{"asked":10,"bad":2,"rotten":0}`))(instead("pool.one", saw("pool.one", red))(all))
			}, Go, ExitGo, check("pool.one", Pass, Judged, 0)},
	})
}

func without(gate string) func(*Plan) {
	return func(p *Plan) {
		p.Gates = slices.DeleteFunc(p.Gates, func(g Planned) bool { return g.Gate == gate })
	}
}

func TestDecideControls(t *testing.T) {
	const pool = "pool.one"
	is := func(outcome Outcome, cause Cause) func(*testing.T, *Verdict) { return check(pool, outcome, cause, 0) }
	brokeOn := func(class, check string) Entry {
		return Entry{At: noon(), Control: &ControlRun{Class: class, Experiment: *broke(check, "no twin").Experiment}}
	}
	decideAll(t, []audit{
		{"never shown", nil, control(), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"could not be shown", nil, control(brokeOn("pool", pool)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"cut short while failing", nil, control(func() Entry { e := shown("pool", pool, red); e.Control.Err = "cut short"; return e }()), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"not caught", nil, control(shown("pool", pool, green)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"undecided", nil, control(shown("pool", pool, unclear)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"failed for another reason", nil, control(shown("pool", pool, rotten)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"unreadable", nil, control(shown("pool", pool, `{"asked":1,"bad":1}`)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"shown to another check", nil, control(shown("pool", "parity.one", red)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"shown to an unknown check", nil, control(shown("pool", "pool.future", red)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"of an unknown class", nil, control(shown("future", pool, red)), NoGo, ExitUnproven, is(Unproven, ControlOpen)},
		{"a failure needs no control", nil, func(all []Entry) []Entry {
			return instead(pool, saw(pool, red))(control()(all))
		}, NoGo, ExitFailed, is(Fail, Judged)},
		{"caught the second time", nil, control(brokeOn("pool", pool), shown("pool", pool, red)), Go, ExitGo, is(Pass, Judged)},
		{"an experiment is no control", nil, control(saw(pool, red)), NoGo, ExitFailed, nil},
	})
}

func TestDecideUnreadableObservations(t *testing.T) {
	const pool = "pool.one"
	var audits []audit
	for name, observed := range map[string]string{
		"null":               "null",
		"another type":       `"ten"`,
		"empty":              `{}`,
		"a field less":       `{"asked":10,"bad":0}`,
		"a field more":       `{"asked":10,"bad":0,"rotten":0,"note":1}`,
		"fields turned":      `{"bad":0,"asked":10,"rotten":0}`,
		"a field twice":      `{"asked":10,"bad":1,"bad":0,"rotten":0}`,
		"a field in capital": `{"Asked":10,"bad":0,"rotten":0}`,
		"number spelled":     `{"asked":1e1,"bad":0,"rotten":0}`,
		"number too big":     `{"asked":99999999999999999999,"bad":0,"rotten":0}`,
		"minus zero":         `{"asked":10,"bad":-0,"rotten":0}`,
		"undeclared reason":  `{"asked":13,"bad":0,"rotten":0}`,
	} {
		audits = append(audits, audit{name, nil, instead(pool, saw(pool, observed)), NoGo, ExitUnproven, every(
			check(pool, Unproven, Unreadable, 0), func(t *testing.T, v *Verdict) {
				for _, g := range v.Gates {
					for _, c := range g.Checks {
						if c.Check == pool && (!strings.HasPrefix(c.Detail, pool+": ") || c.Finding.Reason != "") {
							t.Errorf("detail %q, finding %+v", c.Detail, c.Finding)
						}
					}
				}
			})})
	}
	decideAll(t, audits)
}

// Whatever single line is taken out of a green audit, it is no longer GO; and no
// first part of it is.
func TestNoPartOfAGreenAuditIsGo(t *testing.T) {
	entries := greenEntries()
	for i := range entries {
		fewer := slices.Delete(slices.Clone(entries), i, i+1)
		if v := Decide(release(), ledgerOf(t, fullPlan(), fewer...)); v.Word == Go || v.Exit == ExitGo {
			t.Errorf("without entry %d: %s, exit %d", i, v.Word, v.Exit)
		}
		if v := Decide(release(), ledgerOf(t, fullPlan(), entries[:i]...)); v.Word != NoGo || v.Exit == ExitGo {
			t.Errorf("only the first %d: %s, exit %d", i, v.Word, v.Exit)
		}
	}
}

func TestNothingIsNoGo(t *testing.T) {
	for name, v := range map[string]Verdict{
		"no ledger":  Decide(release(), Ledger{}),
		"no gates":   Decide(nil, ledgerOf(t, fullPlan(), greenEntries()...)),
		"no plan":    Decide(release(), Ledger{Entries: greenEntries()}),
		"empty plan": Decide(release(), ledgerOf(t, Plan{})),
	} {
		if v.Word != NoGo || v.Exit != ExitUnproven || v.Waiting {
			t.Errorf("%s: %s, exit %d", name, v.Word, v.Exit)
		}
	}
	if (Verdict{}).Word == Go || (CheckVerdict{}).Outcome != Unproven || (GateVerdict{}).Outcome != Unproven {
		t.Error("a zero value proves something")
	}
}

func TestCountLeavesOutTheExcused(t *testing.T) {
	g := GateVerdict{Checks: []CheckVerdict{{Outcome: Pass}, {Outcome: Pass, Excused: "no"}, {Outcome: Fail}, {}}}
	for outcome, want := range map[Outcome]int{Pass: 1, Fail: 1, Unproven: 1} {
		if got := g.Count(outcome); got != want {
			t.Errorf("%s: counted %d, want %d", outcome, got, want)
		}
	}
}

// What rests on material made for a test is never a GO with a GO's exit code, and
// no other verdict gets better by it.
func TestVerdictOnTestMaterial(t *testing.T) {
	gates := release()
	for i := range gates {
		for k, c := range gates[i].Checks {
			if c.ID != "supply.one" {
				continue
			}
			judge := c.Judge
			gates[i].Checks[k].Judge = func(raw json.RawMessage, l Limits) (Finding, error) {
				f, err := judge(raw, l)
				f.Test = true
				return f, err
			}
		}
	}
	for name, c := range map[string]struct {
		run  func([]Entry) []Entry
		word Word
		exit int
		test bool
	}{
		"all green":       {nil, GoTest, ExitUnproven, true},
		"another is red":  {instead("pool.one", saw("pool.one", red)), NoGo, ExitFailed, true},
		"another is open": {instead("pool.one"), NoGo, ExitUnproven, true},
		"it was not run":  {instead("supply.one"), NoGo, ExitUnproven, false},
	} {
		entries := greenEntries()
		if c.run != nil {
			entries = c.run(entries)
		}
		if v := Decide(gates, ledgerOf(t, fullPlan(), entries...)); v.Word != c.word || v.Exit != c.exit || v.Test != c.test {
			t.Errorf("%s: %s, exit %d, test %v, want %s, exit %d, test %v", name, v.Word, v.Exit, v.Test, c.word, c.exit, c.test)
		}
	}
}
