package evidence

import "testing"

func TestDecidePregate(t *testing.T) {
	const pre, load = "secrets.present", "performance.one"
	waits := func(more ...Entry) func([]Entry) []Entry {
		return func(all []Entry) []Entry {
			all = instead(load)(instead("pool.one")(all))
			return instead(pre, append([]Entry{saw(pre, lacking)}, more...)...)(all)
		}
	}
	held := every(check(load, Unproven, HeldBack, -1), check("pool.one", Unproven, HeldBack, -1), check("parity.one", Pass, Judged, 0))
	loaded := []Entry{saw(load, green), saw("pool.one", green)}
	decideAll(t, []audit{
		{"waiting", nil, waits(), NoGo, ExitWaiting, every(held, check(pre, Unproven, Judged, 0))},
		{"waiting, another failed", nil, func(all []Entry) []Entry {
			return instead("parity.one", saw("parity.one", red))(waits()(all))
		}, NoGo, ExitWaiting, check("parity.one", Fail, Judged, 0)},
		{"what sends no load is not held", nil, func(all []Entry) []Entry { return instead("parity.one")(waits()(all)) }, NoGo, ExitWaiting, check("parity.one", Unproven, NeverTried, -1)},
		{"never looked", nil, func(all []Entry) []Entry { return instead(pre)(waits()(all)) }, NoGo, ExitUnproven, held},
		{"errored", nil, func(all []Entry) []Entry { return instead(pre, broke(pre, "x"))(waits()(all)) }, NoGo, ExitUnproven, held},
		{"failed", nil, func(all []Entry) []Entry { return instead(pre, saw(pre, unasked))(waits()(all)) }, NoGo, ExitFailed, held},
		{"then present", nil, waits(append([]Entry{saw(pre, all)}, loaded...)...), Go, ExitGo, check(pre, Pass, Judged, 1)},
		{"another confirmed", nil, waits(confirmed(load)), NoGo, ExitWaiting, held},
		{"confirmed, not looked again", nil, waits(confirmed(pre)), NoGo, ExitUnproven, every(check(pre, Unproven, Judged, 0), check(load, Unproven, NeverTried, -1))},
		{"confirmed, still missing", nil, waits(append([]Entry{confirmed(pre), saw(pre, lacking)}, loaded...)...), NoGo, ExitUnproven,
			every(check(pre, Unproven, Judged, 1), check(load, Pass, Judged, 0), check("pool.one", Pass, Judged, 0))},
		{"confirmed and present", nil, waits(append([]Entry{confirmed(pre), saw(pre, all)}, loaded...)...), Go, ExitGo, check(pre, Pass, Judged, 1)},
		{"excused", func(p *Plan) { inPlan(p, "secrets").Excused = "no secret" }, func(all []Entry) []Entry { return instead(pre)(waits(loaded...)(all)) }, GoReduced, ExitUnproven,
			every(check(load, Pass, Judged, 0), check("pool.one", Pass, Judged, 0))},
		{"another gate excused, not looked", func(p *Plan) { inPlan(p, "supply").Excused = "no package" }, func(all []Entry) []Entry { return instead(pre)(waits()(all)) }, NoGo, ExitUnproven, held},
		{"confirmed, looking failed", nil, waits(append([]Entry{confirmed(pre), broke(pre, "x")}, loaded...)...), NoGo, ExitUnproven, check(pre, Unproven, Judged, 0)},
	})
}

func TestHolding(t *testing.T) {
	const pre = "secrets.present"
	tests := []struct {
		name    string
		entries []Entry
		want    bool
	}{
		{"not looked", nil, true},
		{"missing", []Entry{saw(pre, lacking)}, true},
		{"failed", []Entry{saw(pre, unasked)}, true},
		{"errored", []Entry{broke(pre, "x")}, true},
		{"unreadable", []Entry{saw(pre, "1")}, true},
		{"a control is no look", []Entry{shown("presence", pre, all)}, true},
		{"present", []Entry{saw(pre, all)}, false},
		{"confirmed", []Entry{saw(pre, lacking), confirmed(pre)}, false},
		{"another confirmed", []Entry{confirmed("pool.one")}, true},
	}
	for _, test := range tests {
		if got := Holding(release(), ledgerOf(t, fullPlan(), test.entries...)); got != test.want {
			t.Errorf("%s: holding is %v", test.name, got)
		}
	}
	for _, excuse := range []func(*Plan){
		func(p *Plan) { inPlan(p, "secrets").Excused = "no secret" },
		func(p *Plan) { inPlan(p, "secrets").Checks[0].Excused = "no secret" },
	} {
		plan := fullPlan()
		excuse(&plan)
		if Holding(release(), ledgerOf(t, plan)) {
			t.Error("an excused pre-gate holds load back: nobody could ever let it go")
		}
	}
	if !Holding(release(), Ledger{}) {
		t.Error("without a plan nothing is held back")
	}
}
