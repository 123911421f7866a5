package performance

import (
	"encoding/json"
	"testing"

	"listo/internal/evidence"
)

// measured is a healthy measurement: both models, two endpoints, enough of each.
func measured() Measured {
	part := func(model string) Part {
		e := func(name string, n int64) Endpoint {
			return Endpoint{Name: name, Requests: n, Sent: n, Answered: n, Kinds: map[string]int64{}, P95MS: 10, PerSecond: 100}
		}
		return Part{Model: model, BudgetMS: 250, Total: e("total", 1000), Endpoints: []Endpoint{e("GET /a", 600), e("POST /b", 400)},
			SlowSpread: 1, WrongSpread: 1, Instrument: Instrument{Reasons: []Reason{}}, Examples: map[string]string{}}
	}
	return Measured{
		Plan:     Plan{Users: 10, ThinkMS: 50, BudgetMS: 250, DurationMS: 10000, Attempts: 3, Identities: 10},
		Expected: []Expected{{Endpoint: "GET /a"}, {Endpoint: "POST /b"}}, Unfit: []Unfit{},
		Attempts: []Attempt{{Parts: []Part{part("closed"), part("open")}}},
	}
}

// harmed changes one endpoint of one part and the part's total alike.
func harmed(attempt, part, endpoint int, change func(*Endpoint)) func(*Measured) {
	return func(m *Measured) {
		p := &m.Attempts[attempt].Parts[part]
		change(&p.Endpoints[endpoint])
		change(&p.Total)
	}
}

func slowed(n int64) func(*Endpoint) { return func(e *Endpoint) { e.Slow += n } }

func broken(n int64, kind string) func(*Endpoint) {
	return func(e *Endpoint) { e.Answered, e.Wrong, e.Kinds = e.Answered-n, e.Wrong+n, map[string]int64{kind: n} }
}

func saturated(m *Measured) {
	in := &m.Attempts[0].Parts[0].Instrument
	in.Saturated, in.Reasons = true, []Reason{{"lag_p99", 0.1, 0.01}}
}

func starve(m *Measured) {
	in := &m.Attempts[0].Parts[1].Instrument
	in.ForeignPercent, in.WaitedMS = 60, 20_000
}

func all(changes ...func(*Measured)) func(*Measured) {
	return func(m *Measured) {
		for _, change := range changes {
			change(m)
		}
	}
}

func TestJudgeProfile(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*Measured)
		outcome evidence.Outcome
		reason  string
	}{
		{"healthy", func(*Measured) {}, evidence.Pass, "within"},
		{"a few slow", harmed(0, 0, 0, slowed(12)), evidence.Pass, "within"},
		{"slow in the closed model", harmed(0, 0, 0, slowed(90)), evidence.Fail, "slow"},
		{"slow in the open model alone: omission", harmed(0, 1, 0, slowed(90)), evidence.Fail, "slow"},
		{"one endpoint, all together within", harmed(0, 0, 1, slowed(36)), evidence.Fail, "slow"},
		{"at the limit nothing is certain", harmed(0, 0, 0, slowed(30)), evidence.Unproven, "few"},
		{"timeouts are slow too", harmed(0, 0, 0, func(e *Endpoint) {
			broken(60, "timeout")(e)
			e.Slow += 60
		}), evidence.Fail, "errors"},
		{"some errors", harmed(0, 0, 0, broken(2, "server_error_5xx")), evidence.Pass, "within"},
		{"too many errors", harmed(0, 0, 0, broken(40, "server_error_5xx")), evidence.Fail, "errors"},
		{"too many at one endpoint", harmed(0, 0, 1, broken(18, "reset_reused")), evidence.Fail, "errors"},
		{"errors at the limit", harmed(0, 0, 0, broken(12, "reset_reused")), evidence.Unproven, "few"},
		{"none answered", all(harmed(0, 0, 0, broken(600, "connect")), harmed(0, 0, 1, broken(400, "connect"))), evidence.Fail, "errors"},
		{"throttled a little", harmed(0, 0, 0, func(e *Endpoint) { e.Throttled++; e.Answered-- }), evidence.Unproven, "throttled"},
		{"throttled and slow", all(harmed(0, 0, 0, func(e *Endpoint) { e.Throttled++; e.Answered-- }), harmed(0, 1, 0, slowed(300))), evidence.Fail, "slow"},
		{"saturated and good", saturated, evidence.Unproven, "instrument"},
		{"saturated and bad is nobody's fault", all(saturated, harmed(0, 1, 0, slowed(600))), evidence.Unproven, "instrument"},
		{"starved and good is good", starve, evidence.Pass, "within"},
		{"starved and bad is nobody's fault", all(starve, harmed(0, 1, 0, slowed(600))), evidence.Unproven, "starved"},
		{"starved and bad, then good", func(m *Measured) {
			m.Attempts = append(m.Attempts, measured().Attempts...)
			all(starve, harmed(0, 1, 0, slowed(600)))(m)
		}, evidence.Pass, "within"},
		{"starved, then bad", func(m *Measured) {
			m.Attempts = append(m.Attempts, measured().Attempts...)
			all(starve, harmed(1, 1, 0, slowed(600)))(m)
		}, evidence.Fail, "slow"},
		{"busy by itself is its own fault", func(m *Measured) {
			all(starve, harmed(0, 1, 0, slowed(600)))(m)
			m.Attempts[0].Parts[1].Instrument.ForeignPercent = 5
		}, evidence.Fail, "slow"},
		{"saturated, then good", func(m *Measured) {
			m.Attempts = append(m.Attempts, measured().Attempts...)
			saturated(m)
		}, evidence.Pass, "within"},
		{"good attempts are pooled, not chosen from", func(m *Measured) {
			m.Attempts = append(m.Attempts, measured().Attempts...)
			harmed(0, 0, 0, slowed(300))(m)
		}, evidence.Fail, "slow"},
		{"few requests", func(m *Measured) {
			for i := range m.Attempts[0].Parts {
				p := &m.Attempts[0].Parts[i]
				p.Endpoints[1].Requests, p.Endpoints[1].Answered = 20, 20
			}
		}, evidence.Unproven, "few"},
		{"errors in clumps are known less well", func(m *Measured) {
			harmed(0, 0, 0, broken(20, "reset_reused"))(m)
			m.Attempts[0].Parts[0].WrongSpread = 9
		}, evidence.Unproven, "few"},
		{"an unfit request", func(m *Measured) { m.Unfit = []Unfit{{Request: "GET /x", Status: 404}} }, evidence.Unproven, "unfit"},
		{"no mix", func(m *Measured) { m.Expected = nil }, evidence.Unproven, "no_mix"},
		{"no attempt", func(m *Measured) { m.Attempts = nil }, evidence.Unproven, "nothing_sent"},
		{"empty attempt", func(m *Measured) { m.Attempts = []Attempt{{}} }, evidence.Unproven, "nothing_sent"},
		{"the fixed schedule was never sent", func(m *Measured) { m.Attempts[0].Parts = m.Attempts[0].Parts[:1] }, evidence.Unproven, "few"},
		{"the fixed schedule sent nothing", func(m *Measured) { m.Attempts[0].Parts[1].Total.Requests = 0 }, evidence.Unproven, "few"},
		{"ours are nobody's", harmed(0, 0, 0, func(e *Endpoint) { e.Ours += 100; e.Answered -= 100 }), evidence.Pass, "within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := measured()
			c.change(&m)
			f := judgedAs(t, normal(), m, nil)
			if f.Outcome != c.outcome || f.Reason != c.reason {
				t.Errorf("%v %q %v, want %v %q", f.Outcome, f.Reason, f.Facts, c.outcome, c.reason)
			}
		})
	}
}

// judgedAs judges an observation as an audit does, through JSON.
func judgedAs(t *testing.T, c evidence.Check, o any, limits evidence.Limits) evidence.Finding {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Judge(raw, preset(c, limits))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A stricter limit judges the same observation anew.
func TestAStricterLimitIsJudged(t *testing.T) {
	m := measured()
	harmed(0, 0, 0, broken(4, "server_error_5xx"))(&m)
	if f := judgedAs(t, normal(), m, evidence.Limits{"errors": 0.05}); f.Outcome != evidence.Fail {
		t.Errorf("%v %v", f.Outcome, f.Reason)
	}
}

func TestJudgeConnectionsAsksOnlyForErrors(t *testing.T) {
	m := measured()
	harmed(0, 0, 0, slowed(600))(&m)
	if f := judgedAs(t, connections(), m, nil); f.Outcome != evidence.Pass {
		t.Errorf("slow: %v %v", f.Outcome, f.Reason)
	}
	harmed(0, 0, 0, broken(60, "reset_first_use"))(&m)
	if f := judgedAs(t, connections(), m, nil); f.Reason != "errors" {
		t.Errorf("reset: %v %v", f.Outcome, f.Reason)
	}
}

func TestJudgeAnswers(t *testing.T) {
	looked := Looked{Endpoint: "GET /a", Asked: 18, Alike: 18}
	for _, c := range []struct {
		name    string
		change  func(*Answers)
		outcome evidence.Outcome
		reason  string
	}{
		{"alike", func(*Answers) {}, evidence.Pass, "within"},
		{"a stranger would have been told", func(o *Answers) { o.Looks[0].Named = 1 }, evidence.Pass, "within"},
		{"nothing would have told a stranger", func(o *Answers) { o.Looks[0].Blind = true }, evidence.Pass, "shapes"},
		{"at one read nothing would", func(o *Answers) {
			o.Looks = append(o.Looks, Looked{Endpoint: "GET /b", Asked: 18, Alike: 18, Blind: true})
		}, evidence.Pass, "shapes"},
		{"blind, and another shape", func(o *Answers) { o.Looks[0].Alike, o.Looks[0].Blind = 17, true }, evidence.Fail, "different"},
		{"blind, and not looked at", func(o *Answers) { o.Looks[0].Alike, o.Looks[0].Lost, o.Looks[0].Blind = 0, 18, true }, evidence.Unproven, "not_looked"},
		{"blind, and the instrument", func(o *Answers) { o.Looks[0].Blind = true; saturated(&o.Measured) }, evidence.Unproven, "instrument"},
		{"one differs", func(o *Answers) { o.Looks[0].Alike, o.Looks[0].Difference = 17, "nothing at /x" }, evidence.Fail, "different"},
		{"lost ones are another's", func(o *Answers) { o.Looks[0].Alike, o.Looks[0].Lost = 17, 1 }, evidence.Pass, "within"},
		{"throttled ones say nothing", func(o *Answers) { o.Looks[0].Alike, o.Looks[0].Throttled = 0, 18 }, evidence.Unproven, "not_looked"},
		{"no reads", func(o *Answers) { o.Looks = nil }, evidence.Unproven, "not_looked"},
		{"errors come first", func(o *Answers) { harmed(0, 0, 0, broken(200, "empty"))(&o.Measured) }, evidence.Fail, "errors"},
		{"saturated", func(o *Answers) { saturated(&o.Measured) }, evidence.Unproven, "instrument"},
	} {
		o := Answers{Measured: measured(), Looks: []Looked{looked}}
		c.change(&o)
		if f := judgedAs(t, answers(), o, nil); f.Outcome != c.outcome || f.Reason != c.reason {
			t.Errorf("%s: %v %q, want %v %q", c.name, f.Outcome, f.Reason, c.outcome, c.reason)
		}
	}
}

func TestJudgeRecovery(t *testing.T) {
	recovered := func() Recovery {
		o := Recovery{Measured: measured(), BeforeMS: 10, AllowedMS: 125}
		parts := o.Attempts[0].Parts
		o.Attempts[0].Parts = append(parts, measured().Attempts[0].Parts[0])
		recoveryRule().named(o.Attempts[0].Parts)
		return o
	}
	for _, c := range []struct {
		name   string
		change func(*Measured)
		reason string
	}{
		{"back", func(*Measured) {}, "within"},
		{"slow before is the profile's matter", harmed(0, 0, 0, slowed(600)), "within"},
		{"slow at the peak too", harmed(0, 1, 0, slowed(600)), "within"},
		{"slow after", harmed(0, 2, 0, slowed(120)), "slower"},
		{"errors at the peak are the profile's", harmed(0, 1, 0, broken(200, "server_error_5xx")), "within"},
		{"errors after", harmed(0, 2, 0, broken(200, "server_error_5xx")), "errors"},
		{"saturated", saturated, "instrument"},
		{"no peak", func(m *Measured) { m.Attempts[0].Parts[1].Total.Requests = 0 }, "few"},
		{"no after", func(m *Measured) { m.Attempts[0].Parts = m.Attempts[0].Parts[:2] }, "few"},
	} {
		o := recovered()
		c.change(&o.Measured)
		if f := judgedAs(t, recovery(), o, nil); f.Reason != c.reason {
			t.Errorf("%s: %v %q, want %q", c.name, f.Outcome, f.Reason, c.reason)
		}
	}
}
