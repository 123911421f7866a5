package observability

import (
	"encoding/json"
	"testing"

	"listo/internal/evidence"
)

// judged runs a check's judge over an observation through JSON, as the ledger does.
func judged(t *testing.T, id string, observed any) evidence.Finding {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	raw, err := json.Marshal(observed)
	if err != nil {
		t.Fatal(err)
	}
	f, err := check.Judge(raw, limitsOf(check))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	speak(t, id, f)
	return f
}

// verdict is one line of a table: what is changed, and what the judge must say.
type verdict[O any] struct {
	name    string
	change  func(*O)
	outcome evidence.Outcome
	reason  string
}

// judges holds a judge against a table, and wants every declared reason reached but
// those that are named.
func judges[O any](t *testing.T, id string, whole func() O, table []verdict[O]) {
	t.Helper()
	check, _ := evidence.Find([]evidence.Gate{Gate()}, id)
	reached := map[string]bool{}
	for _, v := range table {
		t.Run(v.name, func(t *testing.T) {
			o := whole()
			v.change(&o)
			f := judged(t, id, o)
			reached[f.Reason] = true
			want(t, f, v.outcome, v.reason)
		})
	}
	for _, reason := range check.Reasons {
		if !reached[reason] {
			t.Errorf("no line of the table reaches %q", reason)
		}
	}
}

func probeOf(fault string) Probe {
	return Probe{Fault: fault, Before: 200, Asked: 10, Good: 10, Statuses: map[string]int{}, SlowestMS: 5, NoticedMS: -1}
}

func threeProbes(change func(*Probe)) []Probe {
	all := []Probe{}
	for _, i := range illnesses() {
		p := probeOf(string(i.mode))
		change(&p)
		all = append(all, p)
	}
	return all
}

func TestJudgeHealth(t *testing.T) {
	whole := func() Health {
		return Health{Path: "/healthz", Status: 200, Neighbour: 404, Leaning: 60, Harmed: 60, Probes: threeProbes(func(*Probe) {})}
	}
	judges(t, healthID, whole, []verdict[Health]{
		{"alive", func(*Health) {}, evidence.Pass, "alive"},
		{"no content", func(o *Health) { o.Status = 204 }, evidence.Pass, "alive"},
		{"one slow answer within the limit", func(o *Health) { o.Probes[1].SlowestMS = 999 }, evidence.Pass, "alive"},
		{"absent", func(o *Health) { o.Status, o.Neighbour, o.Same = 404, 404, true }, evidence.Fail, "absent"},
		{"behind a token", func(o *Health) { o.Status = 401 }, evidence.Fail, "unhealthy"},
		{"a page for everything", func(o *Health) { o.Neighbour, o.Same = 200, true }, evidence.Fail, "catch_all"},
		{"depends", func(o *Health) { o.Probes[2].Statuses["503"], o.Probes[2].Good = 3, 7 }, evidence.Fail, "depends"},
		{"hangs", func(o *Health) { o.Probes[1].SlowestMS = 1001 }, evidence.Fail, "hangs"},
		{"silent", func(o *Health) { o.Probes[1].Lost = 1 }, evidence.Fail, "hangs"},
		{"the instrument was late", func(o *Health) { o.Probes[1].SlowestMS, o.Probes[1].LagMS = 1001, 400 }, evidence.Unproven, "starved"},
		{"late and still wrong", func(o *Health) { o.Probes[1].Statuses["500"], o.Probes[1].LagMS = 1, 400 }, evidence.Fail, "depends"},
		{"dead", func(o *Health) { o.Probes[0].Ended, o.Probes[0].Lost = "exit status 1", 9 }, evidence.Unproven, "ended"},
		{"an illness short", func(o *Health) { o.Probes = o.Probes[:2] }, evidence.Unproven, "incomplete"},
		{"no answer at all", func(o *Health) { o.Status = 0 }, evidence.Unproven, "incomplete"},
		{"a limiter answered", func(o *Health) { o.Probes[2].Statuses["429"], o.Probes[2].Good = 3, 7 }, evidence.Unproven, "incomplete"},
		{"the illness reached nobody", func(o *Health) { o.Harmed = 0 }, evidence.Unproven, "incomplete"},
		{"nothing asked", func(o *Health) { o.Probes = threeProbes(func(p *Probe) { p.Asked, p.Good = 0, 0 }) }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeReady(t *testing.T) {
	whole := func() Ready {
		return Ready{Path: "/readyz", Status: 200, Probes: threeProbes(func(p *Probe) { p.Good, p.Asked, p.Statuses["503"], p.NoticedMS = 2, 3, 1, 700 })}
	}
	judges(t, readyID, whole, []verdict[Ready]{
		{"truthful", func(*Ready) {}, evidence.Pass, "truthful"},
		{"a cache of a second", func(o *Ready) { o.Probes[0].NoticedMS = 1100 }, evidence.Pass, "truthful"},
		{"absent", func(o *Ready) { o.Status = 404 }, evidence.Fail, "absent"},
		{"never ready", func(o *Ready) { o.Status = 503 }, evidence.Fail, "unready"},
		{"lies", func(o *Ready) {
			o.Probes[1] = probeOf("black_hole")
		}, evidence.Fail, "lies"},
		{"late", func(o *Ready) { o.Probes[2].NoticedMS = 2001 }, evidence.Fail, "late"},
		{"hangs", func(o *Ready) { o.Probes[1].SlowestMS, o.Probes[1].NoticedMS = 2500, 2500 }, evidence.Fail, "hangs"},
		{"silent", func(o *Ready) { o.Probes[1].Lost, o.Probes[1].NoticedMS, o.Probes[1].Good = 1, -1, 0 }, evidence.Fail, "hangs"},
		{"the instrument was late", func(o *Ready) { o.Probes[2].NoticedMS, o.Probes[2].LagMS = 2001, 300 }, evidence.Unproven, "starved"},
		{"a lie is no matter of time", func(o *Ready) { o.Probes[1] = probeOf("black_hole"); o.Probes[1].LagMS = 300 }, evidence.Fail, "lies"},
		{"dead", func(o *Ready) { o.Probes[0].Ended = "signal: killed" }, evidence.Unproven, "ended"},
		{"an illness short", func(o *Ready) { o.Probes = o.Probes[:1] }, evidence.Unproven, "incomplete"},
		{"a limiter answered", func(o *Ready) { o.Probes[0].Statuses = map[string]int{"429": 1} }, evidence.Unproven, "incomplete"},
		{"nothing asked", func(o *Ready) { o.Probes[0].Asked = 0 }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeRecovery(t *testing.T) {
	whole := func() Recovery {
		o := Recovery{Path: "/readyz", Request: "GET /x", Recovered: []Return{}}
		for _, i := range illnesses() {
			o.Recovered = append(o.Recovered, Return{Fault: string(i.mode), Before: 200, RequestBefore: 200, Leaning: 20, Harmed: 20, ReadyMS: 40, RequestMS: 90})
		}
		return o
	}
	judges(t, recoveryID, whole, []verdict[Recovery]{
		{"recovers", func(*Recovery) {}, evidence.Pass, "recovers"},
		{"without a readiness path the request tells", func(o *Recovery) {
			for i := range o.Recovered {
				o.Recovered[i].Before, o.Recovered[i].ReadyMS = 404, -1
			}
		}, evidence.Pass, "recovers"},
		{"never ready again", func(o *Recovery) { o.Recovered[0].ReadyMS = -1 }, evidence.Fail, "stuck"},
		{"never answers again", func(o *Recovery) { o.Recovered = o.Recovered[:1]; o.Recovered[0].RequestMS = -1 }, evidence.Fail, "stuck"},
		{"slow", func(o *Recovery) { o.Recovered[2].RequestMS = 5001 }, evidence.Fail, "slow"},
		{"broken before", func(o *Recovery) { o.Recovered[0].RequestBefore = 500 }, evidence.Unproven, "broken_before"},
		{"the request needs no database", func(o *Recovery) { o.Recovered[1].Harmed = 0 }, evidence.Unproven, "unharmed"},
		{"dead", func(o *Recovery) { o.Recovered[0].Ended, o.Recovered[0].RequestMS = "exit status 1", -1 }, evidence.Unproven, "ended"},
		{"the instrument was late", func(o *Recovery) { o.Recovered[0].RequestMS, o.Recovered[0].LagMS = 5001, 900 }, evidence.Unproven, "starved"},
		{"an illness short", func(o *Recovery) { o.Recovered = o.Recovered[:2] }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeSurvival(t *testing.T) {
	whole := func() Survival {
		return Survival{Losses: []Loss{{Fault: "refuse", Warm: 20, Reset: 4, Sent: 5, Unanswered: 5}, {Fault: "cut", Warm: 20, Reset: 4, Sent: 5}}}
	}
	judges(t, survivalID, whole, []verdict[Survival]{
		{"survives", func(*Survival) {}, evidence.Pass, "survives"},
		{"dies", func(o *Survival) { o.Losses[1].Ended = "exit status 1" }, evidence.Fail, "died"},
		{"what it fronts is dead", func(o *Survival) { o.Losses[1] = Loss{Fault: "cut", Sent: 5, Unanswered: 5} }, evidence.Fail, "gone"},
		{"nothing was open", func(o *Survival) { o.Losses[0].Reset = 0 }, evidence.Unproven, "nothing_lost"},
		{"nothing worked before", func(o *Survival) { o.Losses[0].Warm = 0 }, evidence.Unproven, "nothing_lost"},
		{"a loss short", func(o *Survival) { o.Losses = o.Losses[:1] }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeTraced(t *testing.T) {
	whole := func() Traced {
		return Traced{Header: "X-Request-Id", Sent: 40, Statuses: map[string]int{"200": 30, "503": 10}, Echoed: 40, HasLog: true, Lines: 90, Once: 40, Examples: []Stray{}}
	}
	judges(t, requestID, whole, []verdict[Traced]{
		{"traced", func(*Traced) {}, evidence.Pass, "traced"},
		{"one not echoed", func(o *Traced) { o.Echoed-- }, evidence.Fail, "not_echoed"},
		{"one missing", func(o *Traced) {
			o.Once, o.Missing = 39, 1
			o.Examples = []Stray{{"GET /x", 503, "listo-1", "listo-1", 0}}
		}, evidence.Fail, "missing"},
		{"one twice", func(o *Traced) { o.Once, o.Twice = 39, 1 }, evidence.Fail, "twice"},
		{"no log", func(o *Traced) { o.HasLog, o.Lines, o.Once, o.Missing = false, 0, 0, 40 }, evidence.Unproven, "no_log"},
		{"no errors", func(o *Traced) { o.Statuses = map[string]int{"200": 40} }, evidence.Unproven, "no_errors"},
		{"one lost", func(o *Traced) { o.Lost, o.Once, o.Echoed = 1, 39, 39 }, evidence.Unproven, "lost"},
		{"all lost", func(o *Traced) { o.Lost = 40 }, evidence.Unproven, "incomplete"},
		{"counted wrong", func(o *Traced) { o.Once = 39 }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeHostile(t *testing.T) {
	whole := func() Hostile {
		o := Hostile{Header: "X-Request-Id", Echoes: true, HasLog: true, Ids: []Treated{}}
		for _, h := range hostiles("m") {
			o.Sent++
			o.Ids = append(o.Ids, Treated{Kind: h.kind, Length: 40, Status: 200, Echo: "ABC", EchoLength: 3, Plain: true})
		}
		return o
	}
	judges(t, hostileID, whole, []verdict[Hostile]{
		{"refused", func(*Hostile) {}, evidence.Pass, "refused"},
		{"the request was refused", func(o *Hostile) { o.Ids[0].Status, o.Ids[0].Echo, o.Ids[0].EchoLength = 400, "", 0 }, evidence.Pass, "refused"},
		{"echoed", func(o *Hostile) { o.Ids[1].Plain = false }, evidence.Fail, "echoed"},
		{"too long", func(o *Hostile) { o.Ids[0].EchoLength = 129 }, evidence.Fail, "too_long"},
		{"logged", func(o *Hostile) { o.Ids[3].Logged = 1 }, evidence.Fail, "logged"},
		{"knows no ids", func(o *Hostile) { o.Echoes = false }, evidence.Unproven, "no_ids"},
		{"one lost", func(o *Hostile) { o.Lost = 1 }, evidence.Unproven, "lost"},
		{"no log", func(o *Hostile) { o.HasLog = false }, evidence.Unproven, "lost"},
		{"a kind short", func(o *Hostile) { o.Ids = o.Ids[:5] }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeLogs(t *testing.T) {
	whole := func() Logs {
		return Logs{HasLog: true, Sent: 24, Answered: 24, Statuses: map[string]int{"200": 20, "503": 4}, Lines: 30, JSON: 30, NotJSON: []string{}, Access: 24,
			Lacking: map[string]int{}, Examples: []string{}}
	}
	judges(t, logsID, whole, []verdict[Logs]{
		{"structured", func(*Logs) {}, evidence.Pass, "structured"},
		{"a second off", func(o *Logs) { o.SkewMS = 1000 }, evidence.Pass, "structured"},
		{"one line of text", func(o *Logs) { o.JSON, o.NotJSON = 29, []string{"goroutine 1 [running]:"} }, evidence.Fail, "not_json"},
		{"no id", func(o *Logs) { o.Access = 0 }, evidence.Fail, "unidentified"},
		{"a field short", func(o *Logs) { o.Lacking["level"] = 24 }, evidence.Fail, "lacking"},
		{"wrong status", func(o *Logs) { o.WrongStatus = 1 }, evidence.Fail, "wrong_status"},
		{"wrong method", func(o *Logs) { o.WrongMethod = 1 }, evidence.Fail, "wrong_method"},
		{"wrong duration", func(o *Logs) { o.WrongDuration = 1 }, evidence.Fail, "wrong_duration"},
		{"another time zone taken for UTC", func(o *Logs) { o.SkewMS = 3_600_000 }, evidence.Fail, "skewed"},
		{"no log", func(o *Logs) { o.HasLog = false }, evidence.Unproven, "no_log"},
		{"no errors", func(o *Logs) { o.Statuses = map[string]int{"200": 24} }, evidence.Unproven, "no_errors"},
		{"half of them", func(o *Logs) { o.Access = 12 }, evidence.Unproven, "incomplete"},
		{"no answers", func(o *Logs) { o.Answered = 0 }, evidence.Unproven, "incomplete"},
	})
}
