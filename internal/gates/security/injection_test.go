package security

import (
	"context"
	"encoding/json"
	nethttp "net/http"
	"strings"
	"testing"

	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// newDatabase starts a server and gives its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server.SuperuserURL("postgres")
}

// witnessed is a bench at a twin that has a database.
func witnessed(t *testing.T, infect func(*twin)) *lab.Bench {
	t.Helper()
	b := newBench(t)
	b.Target.AdminURL = newDatabase(t)
	twin, away, err := sick(b, infect)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return twin
}

// Each text is executed by a twin that glues its query together in another way, and the
// witness tells, although the twin answers as if nothing had been.
func TestEveryTextThatIsExecutedIsSeen(t *testing.T) {
	t.Parallel() // a check waits more than it works
	database := newDatabase(t)
	for kind, question := range map[string]string{
		"literal": "select 1 where 'a' = '%'", "literal_end": "select 1 where ('a' = '%')", "statement": "select 1 where 'a' = '%'",
		"number": "select 1 where 1 = 1%", "number_statement": "select %", "name": "select 1 order by %",
	} {
		t.Run(kind, func(t *testing.T) {
			b := newBench(t)
			b.Target.AdminURL = database
			b, away, err := sick(b, func(tw *twin) {
				tw.meter.most = 1000
				tw.finds = func(ctx context.Context, database, text string) error {
					if kind == "number" || kind == "number_statement" {
						text = strings.Replace(text, "taxi", "1", 1)
					}
					if kind == "literal_end" {
						text = strings.Replace(text, " -- ", ") -- ", 1)
					}
					_ = asked(ctx, database, strings.Replace(question, "%", text, 1))
					return nil
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			check, _ := evidence.Find([]evidence.Gate{Gate()}, injectionID)
			raw, err := check.Run(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			var o Injection
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			moved := false
			for _, p := range o.Places {
				for _, shot := range p.Shots {
					moved = moved || shot.Kind == kind && shot.Moved > 0
				}
			}
			if f, err := check.Judge(raw, nil); !moved || err != nil || f.Reason != "executed" {
				t.Errorf("moved: %t, %v %q %v", moved, f.Outcome, f.Reason, err)
			}
		})
	}
}

func TestOtherPrograms(t *testing.T) {
	t.Parallel() // a check waits more than it works
	for reason, infect := range map[string]func(*twin){
		"split": func(t *twin) {
			t.answers = func(h nethttp.Header, text string) {
				if _, rest, broken := strings.Cut(text, "\r\n"); broken {
					name, value, _ := strings.Cut(rest, ": ")
					h.Set(name, value)
				}
			}
		},
		"opened":   func(t *twin) { t.enters = func(user, _ string) bool { return strings.Contains(user, "or '1'='1'") } },
		"polluted": func(t *twin) { t.indents = true },
		"broken": func(t *twin) {
			t.finds = func(ctx context.Context, database, text string) error {
				return asked(ctx, database, "select 1 where 'a' = '"+strings.ReplaceAll(text, "nextval", "")+"'")
			}
		},
	} {
		t.Run(reason, func(t *testing.T) {
			wants(t, injectionID, witnessed(t, func(tw *twin) { tw.meter.most = 1000; infect(tw) }), evidence.Fail, reason)
		})
	}
}

// Without a database of listo's own what is executed in silence is not seen.
func TestWithoutAWitness(t *testing.T) {
	b, _ := beside(t, func(t *twin) { t.meter.most = 1000 })
	wants(t, injectionID, b, evidence.Unproven, "unwitnessed")
}

func TestJudgeInjection(t *testing.T) {
	at := func(change func(*Injection, *Place, *Shot)) Injection {
		shot := Shot{Kind: "literal", Curl: "curl", Status: 200}
		o, p := Injection{Witness: true, Steady: true, Sent: 2}, Place{Request: "GET /x", Where: "q", Plain: 200}
		change(&o, &p, &shot)
		p.Shots = append(p.Shots, shot)
		o.Places = append(o.Places, p)
		return o
	}
	tryJudge(t, injection(), []judgement[Injection]{
		{at(func(*Injection, *Place, *Shot) {}), evidence.Pass, "taken_as_data"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Status = 400 }), evidence.Pass, "taken_as_data"},
		{at(func(_ *Injection, p *Place, s *Shot) { p.Closed, p.Plain, s.Status = true, 401, 401 }), evidence.Pass, "taken_as_data"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Status, s.Moved = 400, 1 }), evidence.Fail, "executed"},
		{at(func(_ *Injection, p *Place, _ *Shot) { p.Closed, p.Plain = true, 401 }), evidence.Fail, "opened"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Split = true }), evidence.Fail, "split"},
		{at(func(o *Injection, _ *Place, _ *Shot) { o.Polluted = true }), evidence.Fail, "polluted"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Status = 500 }), evidence.Fail, "broken"},
		{at(func(_ *Injection, p *Place, _ *Shot) { p.Plain = 404 }), evidence.Unproven, "uncontrolled"},
		{at(func(o *Injection, _ *Place, _ *Shot) { o.Witness = false }), evidence.Unproven, "unwitnessed"},
		{at(func(o *Injection, _ *Place, _ *Shot) { o.LeftOut = 3 }), evidence.Unproven, "left_out"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Status = 429 }), evidence.Unproven, "throttled"},
		{at(func(_ *Injection, _ *Place, s *Shot) { s.Status = 0 }), evidence.Unproven, "unanswered"},
	})
}
