package pool

import (
	"strings"
	"testing"

	"listo/internal/evidence"
)

func steadyReading(k, n int) Reading {
	return Reading{K: k, Waiting: n, Steady: true, InFlight: k, InFlightAtEnd: k, Answers: Tally{Sent: k, Succeeded: k}, HeldMS: 760}
}

// hopeless are the changes of subject and reach after which no check of this
// room may judge.
func hopeless() map[string]func(*Subject, *Reach) {
	return map[string]func(*Subject, *Reach){
		"blind":       func(s *Subject, _ *Reach) { s.SeesAll = false },
		"standby":     func(s *Subject, _ *Reach) { s.Standby = true },
		"not_reached": func(_ *Subject, r *Reach) { r.Table = "" },
		"forbidden":   func(_ *Subject, r *Reach) { r.Lockable = 0 },
		"throttled":   func(_ *Subject, r *Reach) { r.Warm.Throttled = 1 },
		"occupied":    func(_ *Subject, r *Reach) { r.Refused = &Refusal{Code: "55P03"} },
	}
}

type verdict struct {
	outcome evidence.Outcome
	reason  string
}

var (
	passes = func(reason string) verdict { return verdict{evidence.Pass, reason} }
	fails  = func(reason string) verdict { return verdict{evidence.Fail, reason} }
	opens  = func(reason string) verdict { return verdict{evidence.Unproven, reason} }
)

type judgeCase[O any] struct {
	name   string
	change func(*O)
	want   verdict
}

// judged runs a judge over good, changed by each case, and over what no judge
// of this room may judge.
func judged[O any](t *testing.T, check evidence.Check, judge func(O, evidence.Limits) evidence.Finding, good func() O,
	common func(*O) (*Subject, *Reach), cases []judgeCase[O]) {
	t.Helper()
	reached := map[string]bool{}
	for reason, change := range hopeless() {
		cases = append(cases, judgeCase[O]{reason, func(o *O) { change(common(o)) }, opens(reason)})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := good()
			c.change(&o)
			f := judge(o, limitsOf(check))
			want(t, f, c.want.outcome, c.want.reason)
			speak(t, check.ID, f)
			reached[f.Reason] = true
		})
	}
	for _, reason := range check.Reasons {
		if !reached[reason] {
			t.Errorf("%s: no case reaches %q", check.ID, reason)
		}
	}
}

func TestJudgeAnswered(t *testing.T) {
	good := func() Answered {
		return Answered{knowing(10), reached(), Tally{Sent: 20, Succeeded: 20}, steadyReading(20, 10)}
	}
	judged(t, answered(), judgeAnswered, good, func(o *Answered) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Answered]{
		{"good", func(*Answered) {}, passes("answered")},
		{"one 503", func(o *Answered) { o.Queued.Answers.Succeeded, o.Queued.Answers.Broken = 19, 1 }, fails("dropped")},
		{"one lost", func(o *Answered) { o.Free.Succeeded, o.Free.Lost = 19, 1 }, fails("dropped")},
		{"all 401", func(o *Answered) { o.Free.Succeeded, o.Free.Refused = 0, 20 }, opens("refused")},
		{"throttled later", func(o *Answered) { o.Queued.Answers.Throttled = 1 }, opens("throttled")},
		{"few", func(o *Answered) { o.Queued.InFlight = 19 }, opens("not_in_flight")},
		{"nothing sent", func(o *Answered) { o.Free, o.Queued = Tally{}, Reading{} }, opens("not_in_flight")},
		{"brief hold", func(o *Answered) { o.Queued.HeldMS = 700 }, opens("not_queued")},
	})
}

func TestJudgeSampling(t *testing.T) {
	good := func() Sampling {
		o := Sampling{Subject: knowing(10), Reach: reached(), Concurrency: 20, Held: steadyReading(20, 10), Requests: Tally{Sent: 400, Succeeded: 400}}
		for range 20 {
			o.Samples = append(o.Samples, Sample{InFlight: 20, Active: 1, Pool: 10, Service: 11})
		}
		return o
	}
	judged(t, sampling(), judgeSampling, good, func(o *Sampling) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Sampling]{
		{"good", func(*Sampling) {}, passes("sampled")},
		{"retired beside its successor", func(o *Sampling) { o.Samples[3].Pool, o.Samples[9].Pool = 11, 11 }, passes("sampled")},
		{"above too often", func(o *Sampling) { o.Samples[3].Pool, o.Samples[9].Pool, o.Samples[10].Pool = 11, 11, 11 }, fails("exceeds")},
		{"no end of it", func(o *Sampling) {
			o.Held = steadyReading(20, 20)
			for i := range o.Samples {
				o.Samples[i].Pool = 40
			}
		}, passes("sampled")},
		{"larger than declared, as the probe says", func(o *Sampling) {
			o.Subject.Declared, o.Held = 5, steadyReading(20, 10)
		}, passes("sampled")},
		{"few under load", func(o *Sampling) {
			for i := range o.Samples[4:] {
				o.Samples[4+i].InFlight = 19
			}
		}, opens("too_few")},
		{"no samples", func(o *Sampling) { o.Samples = nil }, opens("too_few")},
		{"no comparison", func(o *Sampling) { o.Held.Steady = false }, opens("too_few")},
		{"undeclared", func(o *Sampling) { o.Subject.Declared = 0 }, opens("undeclared")},
	})
}

func TestJudgeChurn(t *testing.T) {
	good := func() Churn {
		return Churn{Subject: knowing(10), Reach: reached(), Prime: Tally{Sent: 20, Succeeded: 20}, Load: Tally{Sent: 180, Succeeded: 180}, Before: 50, After: 52, Complete: true}
	}
	judged(t, churn(), judgeChurn, good, func(o *Churn) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Churn]{
		{"good", func(*Churn) {}, passes("steady")},
		{"at the limit", func(o *Churn) { o.After = 60 }, passes("steady")},
		{"refilled", func(o *Churn) { o.After, o.Refilled = 70, 10 }, passes("steady")},
		{"per request", func(o *Churn) { o.After, o.Born = 250, 150 }, fails("churns")},
		{"counter missing, births seen", func(o *Churn) { o.Born = 10 }, fails("churns")},
		{"strangers", func(o *Churn) { o.After = 61 }, opens("strangers")},
		{"never complete", func(o *Churn) { o.Complete = false }, opens("incomplete")},
		{"old server", func(o *Churn) { o.Subject.ServerVersion = 130004 }, opens("no_counter")},
		{"nothing sent", func(o *Churn) { o.Load = Tally{} }, opens("unanswered")},
		{"throttled later", func(o *Churn) { o.Load.Throttled = 3 }, opens("throttled")},
	})
}

func TestJudgeLeaks(t *testing.T) {
	good := func() Leaks {
		return Leaks{Subject: knowing(10), Reach: reached(), Before: steadyReading(20, 10), After: steadyReading(20, 10),
			Aborted: 20, Paths: []Path{{"GET /x", "bad_token", Tally{Sent: 4, Refused: 4}}}, Settled: true,
			Final: []Session{{Caller: reached().Callers[0], State: "idle"}}}
	}
	idle := func(ms int) Session { return Session{State: "idle in transaction", StateMS: ms} }
	judged(t, leaks(), judgeLeaks, good, func(o *Leaks) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Leaks]{
		{"good", func(*Leaks) {}, passes("clean")},
		{"just begun", func(o *Leaks) { o.Final = append(o.Final, idle(500)) }, passes("clean")},
		{"forgotten", func(o *Leaks) { o.Final = append(o.Final, idle(501)) }, fails("leaked")},
		{"aborted in transaction", func(o *Leaks) {
			o.Final = append(o.Final, Session{State: "idle in transaction (aborted)", StateMS: 900})
		}, fails("leaked")},
		{"lock refused", func(o *Leaks) {
			o.After.Refused = &Refusal{Code: "55P03", Holders: []Holder{{Caller{"gastos", "app", ""}, "idle in transaction", "t", 900}}}
		}, fails("leaked")},
		{"lock refused by a stranger", func(o *Leaks) {
			o.After.Refused = &Refusal{Code: "55P03", Holders: []Holder{{Caller{"psql", "dba", ""}, "idle in transaction", "t", 900}}}
		}, opens("occupied")},
		{"waiting", func(o *Leaks) { o.Final[0].Waiting = true }, fails("stuck")},
		{"one connection less", func(o *Leaks) { o.After.Waiting = 9 }, fails("lost")},
		{"does not rest", func(o *Leaks) { o.Settled = false }, fails("overgrown")},
		{"nobody cut off", func(o *Leaks) { o.Aborted = 0 }, opens("not_aborted")},
		{"unsteady", func(o *Leaks) { o.After.Steady = false }, opens("unsteady")},
		{"undeclared", func(o *Leaks) { o.Subject.Declared = 0 }, opens("undeclared")},
		{"throttled later", func(o *Leaks) { o.After.Answers.Throttled = 3 }, opens("throttled")},
	})
}

func TestJudgeUnused(t *testing.T) {
	good := func() Unused {
		return Unused{Subject: knowing(10), Reach: reached(), Queue: steadyReading(20, 10), Sessions: []Session{{AgeMS: 4000}, {AgeMS: 1000, NeverRan: true}}}
	}
	judged(t, unused(), judgeUnused, good, func(o *Unused) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Unused]{
		{"good", func(*Unused) {}, passes("used")},
		{"old and unused", func(o *Unused) { o.Sessions[1].AgeMS = 1001 }, fails("unused")},
		{"not filled", func(o *Unused) { o.Queue.InFlight = 19 }, opens("not_in_flight")},
		{"none left", func(o *Unused) { o.Sessions = nil }, passes("used")},
		{"none waited", func(o *Unused) { o.Queue.Waiting = 0 }, opens("not_in_flight")},
		{"throttled later", func(o *Unused) { o.Queue.Answers.Throttled = 3 }, opens("throttled")},
		{"occupied later", func(o *Unused) { o.Queue.Refused = &Refusal{Code: "55P03"} }, opens("occupied")},
	})
}

func TestJudgeHeadroom(t *testing.T) {
	good := func() Headroom {
		return Headroom{Subject: knowing(10), Reach: reached(), Replicas: 4, Rolling: true, Extra: 1, MaxConnections: 100, Superuser: 3,
			Reserved: 2, Others: 7, RoleLimit: -1, DatabaseLimit: -1}
	}
	judged(t, headroom(), judgeHeadroom, good, func(o *Headroom) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Headroom]{
		{"just enough", func(*Headroom) {}, passes("enough")},
		{"one other more", func(o *Headroom) { o.Others++ }, fails("exhausted")},
		{"role limit", func(o *Headroom) { o.RoleLimit = 87 }, fails("exhausted")},
		{"database limit", func(o *Headroom) { o.DatabaseLimit = 0 }, fails("exhausted")},
		{"no replicas", func(o *Headroom) { o.Replicas = 0 }, fails("exhausted")},
		{"undeclared", func(o *Headroom) { o.Subject.Declared = 0 }, opens("undeclared")},
	})
}

func TestJudgeIdentity(t *testing.T) {
	good := func() Identity {
		return Identity{Subject: knowing(10), Reach: reached(), Groups: []Group{{reached().Callers[0], 10}}}
	}
	judged(t, identity(), judgeIdentity, good, func(o *Identity) (*Subject, *Reach) { return &o.Subject, &o.Reach }, []judgeCase[Identity]{
		{"good", func(*Identity) {}, passes("named")},
		{"derived name", func(o *Identity) { o.Wanted, o.Groups[0].Name = "gastos", "gastos-readyz" }, passes("named")},
		{"no name", func(o *Identity) { o.Groups[0].Name = "" }, fails("anonymous")},
		{"no name and gone", func(o *Identity) { o.Groups, o.Reach.Callers[0].Name = nil, "" }, fails("anonymous")},
		{"other name", func(o *Identity) { o.Wanted = "api" }, fails("misnamed")},
	})
}

func FuzzRequest(f *testing.F) {
	for _, s := range []string{"GET /a?b=c", "GET /a", "POST /a", "", "GET a", "GET /?%zz", "GET /a?a=1&a=2&&="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, request string) {
		path, err := getPath(request)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") {
			t.Errorf("%q gives the path %q", request, path)
		}
		if bad, ok := malformed(path); ok && !strings.Contains(bad, "listo%27malformed") {
			t.Errorf("%q gives %q, which is not malformed", path, bad)
		}
	})
}

func TestReachLearn(t *testing.T) {
	us, them := Caller{"gastos", "app", ""}, Caller{"informes", "app", ""}
	var r Reach
	r.learn([]spot{{us, "a"}}, map[spot]int{{them, "a"}: 1, {us, "jobs"}: 1})
	if r.Table != "a" || r.Ambiguous || len(r.Callers) != 1 || r.Callers[0] != us || len(r.Strangers) != 1 || r.Strangers[0] != them {
		t.Errorf("a busy stranger and a poller of ours: %+v", r)
	}
	r.learn([]spot{{us, "a"}, {us, "jobs"}}, nil)
	if r.Table != "a" || !r.Ambiguous {
		t.Errorf("two tables at once: %+v", r)
	}
	r.learn(nil, map[spot]int{{them, "a"}: 1})
	if r.Table != "" || r.Ambiguous || len(r.Callers) != 0 || len(r.Strangers) != 0 {
		t.Errorf("nothing met: %+v", r)
	}
}
