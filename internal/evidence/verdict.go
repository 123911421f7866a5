package evidence

import "slices"

// Word is the verdict's word.
type Word string

// The words of a verdict. Its zero value is no word and never GO.
const (
	Go        Word = "GO"
	GoReduced Word = "GO, reduced scope"
	// GoTest is a full GO that leans on material made for a test. It promotes nothing
	// and has not the exit code of a GO.
	GoTest Word = "GO, TEST"
	NoGo   Word = "NO-GO"
)

// The exit codes that a verdict can have.
const (
	ExitGo       = 0
	ExitFailed   = 1
	ExitUnproven = 2
	ExitWaiting  = 3
)

// Verdict answers the question of the release. It is derived, never stored as
// the truth: Decide makes it again from plan and ledger at any time.
type Verdict struct {
	Word    Word
	Exit    int
	Waiting bool // a person is asked for something and then the audit goes on
	Gates   []GateVerdict
	// Aliens are experiments of checks that the plan does not hold: something
	// ran that was not promised, so nothing is proved.
	Aliens []string
	// Test tells that a finding rests on material made for a test: whatever the
	// word, it speaks of a test.
	Test bool
}

// GateVerdict is the state of one gate.
type GateVerdict struct {
	Gate    string
	Excused string
	Outcome Outcome // pass only when there are checks and all pass
	Waiting bool
	Checks  []CheckVerdict
}

// Count gives how many of the gate's checks ended in o.
func (g GateVerdict) Count(o Outcome) (n int) {
	for _, c := range g.Checks {
		if c.Outcome == o && c.Excused == "" {
			n++
		}
	}
	return n
}

// CheckVerdict is the state of one check.
type CheckVerdict struct {
	Check    string
	Excused  string
	Outcome  Outcome
	Cause    Cause
	Finding  Finding // the finding that decided; zero when nothing was judged
	Detail   string  // error text behind the Cause
	Lacks    []string
	Attempts int
	// Deciding is the index among the check's attempts of the one that decided; -1 for none.
	Deciding int
}

// Cause says why a check has its outcome, beyond what its judge found.
type Cause string

// The causes. Judged is the only one that can pass.
const (
	Judged      Cause = "judged"
	NeverTried  Cause = "never tried"
	HeldBack    Cause = "held back"  // loading, and a pre-gate waits
	Lacking     Cause = "lacking"    // something it needs is not there
	ErroredOut  Cause = "errored"    // it could not measure
	Unreadable  Cause = "unreadable" // its observation is not one
	NoSuchCheck Cause = "unknown"    // this listo has no such check
	ControlOpen Cause = "control"    // its detector was not seen to catch a sick case
)

// Decide derives the verdict from plan and ledger. It is pure: same input, same
// verdict, on any machine. Whatever is absent is unproven.
func Decide(gates []Gate, ledger Ledger) Verdict {
	plan, ok := ledger.Plan()
	if !ok {
		return Verdict{Word: NoGo, Exit: ExitUnproven}
	}
	v := Verdict{Aliens: aliens(plan, ledger)}
	caught := controlsCaught(gates, plan, ledger)
	holding := holding(gates, plan, ledger)
	for _, planned := range plan.Gates {
		v.Gates = append(v.Gates, decideGate(gates, planned, plan, ledger, caught, holding))
	}
	v.conclude(plan)
	return v
}

func (v *Verdict) conclude(plan Plan) {
	failed, unproven, reduced, proved := false, len(v.Aliens) > 0, !complete(plan), false
	for _, g := range v.Gates {
		reduced = reduced || g.Excused != "" || slices.ContainsFunc(g.Checks, func(c CheckVerdict) bool { return c.Excused != "" })
		failed = failed || g.Outcome == Fail
		unproven = unproven || (g.Outcome == Unproven && g.Excused == "")
		proved = proved || g.Outcome == Pass
		v.Waiting = v.Waiting || g.Waiting
		v.Test = v.Test || slices.ContainsFunc(g.Checks, func(c CheckVerdict) bool { return c.Finding.Test })
	}
	switch {
	case v.Waiting:
		v.Word, v.Exit = NoGo, ExitWaiting
	case failed:
		v.Word, v.Exit = NoGo, ExitFailed
	case unproven, !proved: // a plan that excuses everything proves nothing
		v.Word, v.Exit = NoGo, ExitUnproven
	case reduced:
		v.Word, v.Exit = GoReduced, ExitUnproven
	case v.Test:
		v.Word, v.Exit = GoTest, ExitUnproven
	default:
		v.Word, v.Exit = Go, ExitGo
	}
}

// complete tells whether the plan holds every mandatory gate.
func complete(plan Plan) bool {
	for _, id := range Mandatory() {
		if !slices.ContainsFunc(plan.Gates, func(g Planned) bool { return g.Gate == id }) {
			return false
		}
	}
	return true
}

func aliens(plan Plan, ledger Ledger) []string {
	known := map[string]bool{}
	for _, g := range plan.Gates {
		for _, c := range g.Checks {
			known[c.Check] = true
		}
	}
	var found []string
	for _, e := range ledger.Entries {
		if e.Experiment != nil && !known[e.Experiment.Check] && !slices.Contains(found, e.Experiment.Check) {
			found = append(found, e.Experiment.Check)
		}
	}
	return found
}

func decideGate(gates []Gate, planned Planned, plan Plan, ledger Ledger, caught map[string]bool, holding bool) GateVerdict {
	g := GateVerdict{Gate: planned.Gate, Excused: planned.Excused}
	// Only the gate's own checks count: another gate's proof does not answer its question.
	own := slices.DeleteFunc(slices.Clone(gates), func(g Gate) bool { return g.ID != planned.Gate })
	for _, pc := range planned.Checks {
		c := decideCheck(own, pc, plan, ledger, caught, holding)
		if planned.Excused != "" && c.Excused == "" {
			c.Excused = planned.Excused
		}
		g.Checks = append(g.Checks, c)
		g.Waiting = g.Waiting || (holding && c.Finding.Waiting)
	}
	switch {
	case g.Count(Fail) > 0:
		g.Outcome = Fail
	case g.Count(Pass) > 0 && g.Count(Unproven) == 0:
		g.Outcome = Pass
	}
	return g
}

func decideCheck(gates []Gate, pc PlannedCheck, plan Plan, ledger Ledger, caught map[string]bool, holding bool) CheckVerdict {
	v := CheckVerdict{Check: pc.Check, Excused: pc.Excused, Cause: NeverTried, Deciding: -1}
	check, known := Find(gates, pc.Check)
	if !known {
		v.Cause = NoSuchCheck
		return v
	}
	v.weigh(check, plan, ledger.Attempts(pc.Check))
	if v.Attempts == 0 && check.Loading && holding {
		v.Cause = HeldBack
	}
	if v.Outcome == Pass && !caught[check.Class] {
		v.Outcome, v.Cause = Unproven, ControlOpen
	}
	return v
}

// weigh judges all attempts: a red one stays red whatever follows, otherwise
// the last one that measured something decides.
func (v *CheckVerdict) weigh(check Check, plan Plan, attempts []Experiment) {
	v.Attempts = len(attempts)
	for i, e := range attempts {
		if v.Outcome == Fail {
			return
		}
		if e.Errored() {
			if v.Deciding < 0 || v.Cause != Judged {
				v.Cause, v.Detail, v.Lacks = erroredCause(e), e.Err, e.Lacks
			}
			continue
		}
		finding, err := check.Judge(e.Observed, plan.LimitsOf(check.ID))
		if err != nil {
			v.Outcome, v.Cause, v.Finding, v.Detail, v.Deciding = Unproven, Unreadable, Finding{}, err.Error(), i
			continue
		}
		v.Outcome, v.Cause, v.Finding, v.Detail, v.Lacks, v.Deciding = finding.Outcome, Judged, finding, "", nil, i
	}
}

func erroredCause(e Experiment) Cause {
	if len(e.Lacks) > 0 {
		return Lacking
	}
	return ErroredOut
}

// controlsCaught tells for each detector class whether its control was shown
// and failed for one of the reasons it was built for.
func controlsCaught(gates []Gate, plan Plan, ledger Ledger) map[string]bool {
	caught := map[string]bool{}
	for _, e := range ledger.Entries {
		if e.Control == nil || e.Control.Errored() {
			continue
		}
		control, ok := findControl(gates, e.Control.Class)
		check, known := Find(gates, e.Control.Check)
		if !ok || !known || control.Check != check.ID {
			continue
		}
		f, err := check.Judge(e.Control.Observed, plan.LimitsOf(check.ID))
		if err == nil && control.Caught(f) {
			caught[control.Class] = true
		}
	}
	return caught
}

func findControl(gates []Gate, class string) (Control, bool) {
	for _, g := range gates {
		for _, c := range g.Controls {
			if c.Class == class {
				return c, true
			}
		}
	}
	return Control{}, false
}

// Holding tells whether a pre-gate holds back every loading check: it was not
// proved, nobody has confirmed it, and nobody has left it out with a reason (it
// would never be proved, and there would be nothing to confirm).
func Holding(gates []Gate, ledger Ledger) bool {
	plan, ok := ledger.Plan()
	return !ok || holding(gates, plan, ledger)
}

func holding(gates []Gate, plan Plan, ledger Ledger) bool {
	for _, g := range gates {
		for _, c := range g.Checks {
			if !c.Pregate || ledger.Confirmed(c.ID) || plan.excuses(g.ID, c.ID) {
				continue
			}
			v := CheckVerdict{Deciding: -1}
			v.weigh(c, plan, ledger.Attempts(c.ID))
			if v.Outcome != Pass {
				return true
			}
		}
	}
	return false
}
