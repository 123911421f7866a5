package security

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"listo/internal/engine/abuse"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// wired tells the checks of attacks on the wire.
func wired() map[string]func(Assault) evidence.Finding {
	limits := evidence.Limits{"lag": 500}
	return map[string]func(Assault) evidence.Finding{
		framingID:  func(o Assault) evidence.Finding { return o.judge("closed", framingReasons) },
		requestsID: func(o Assault) evidence.Finding { return judgeRequests(o, limits) },
		trustID:    func(o Assault) evidence.Finding { return judgeTrust(o, limits) },
	}
}

// whole is an assault in which nothing got through.
func whole(class abuse.Class) Assault {
	o := Assault{Class: class, Request: "/api/me", Page: "/", Post: "/api/things", Host: "h", Logged: true, Untrusted: otherAddress, Alive: 200, Ordinary: abuse.Ordinary{
		Data: abuse.Answer{Status: 200, Header: []abuse.Field{{Name: "Content-Type", Value: "application/json"}}}, Page: abuse.Answer{Status: 200}},
		Controls: []Honest{{honestData, 200}, {honestPage, 200}, {honestAnonymous, 401}, {honestLength, 200}, {honestChunks, 200}}}
	for i, a := range abuse.Of(class) {
		o.Tries = append(o.Tries, Try{a.Name, fmt.Sprint("mark", i), abuse.Seen{State: "closed", Answers: []abuse.Answer{{Status: 400}}}})
	}
	return o
}

// after changes what came of one attack.
func after(o Assault, name string, change func(*Try)) Assault {
	for i := range o.Tries {
		if o.Tries[i].Name == name {
			change(&o.Tries[i])
		}
	}
	return o
}

func answers(statuses ...int) func(*Try) {
	return func(t *Try) {
		t.Seen.Answers = nil
		for _, status := range statuses {
			t.Seen.Answers = append(t.Seen.Answers, abuse.Answer{Status: status, Header: []abuse.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Location", Value: "/" + t.Mark}}, Body: "root:...:0:0:"})
		}
	}
}

func TestJudgeAssaults(t *testing.T) {
	told := func(r abuse.Reached) func(*Try) { return func(t *Try) { t.Seen.Reached = &r } }
	framing, requests, trust := func() Assault { return whole(abuse.Framing) }, func() Assault { return whole(abuse.Requests) }, func() Assault { return whole(abuse.Trust) }
	late := after(requests(), "json-deep", answers(500))
	late.LagMS = 501
	for _, c := range []struct {
		check   string
		o       Assault
		outcome evidence.Outcome
		reason  string
	}{
		{framingID, framing(), evidence.Pass, "closed"},
		{framingID, after(framing(), "both-agree", answers(200, 404)), evidence.Fail, "smuggled"},
		{framingID, after(framing(), "both-agree", answers(200)), evidence.Pass, "closed"},
		{framingID, after(framing(), "chunk-letters", told(abuse.Reached{Hits: 2, Within: 1})), evidence.Fail, "smuggled"},
		{framingID, after(framing(), "field-hidden-by-cr", answers(200)), evidence.Fail, "hidden"},
		{framingID, after(framing(), "length-plus", answers(200)), evidence.Fail, "served"},
		{framingID, after(framing(), "both-agree", answers(429)), evidence.Unproven, "unanswered"},
		{framingID, after(framing(), "both-agree", func(t *Try) { t.Name = "unheard-of" }), evidence.Unproven, "unanswered"},
		{framingID, Assault{Class: abuse.Framing}, evidence.Unproven, "uncontrolled"},
		{requestsID, requests(), evidence.Pass, "refused"},
		{requestsID, after(requests(), "connect-path", func(t *Try) { t.Seen.Answers = []abuse.Answer{{Status: 200}} }), evidence.Fail, "tunnelled"},
		{requestsID, after(requests(), "absolute-elsewhere", func(t *Try) { t.Seen.Canary = 1 }), evidence.Fail, "tunnelled"},
		{requestsID, after(requests(), "upgrade-h2c", answers(101)), evidence.Fail, "tunnelled"},
		{requestsID, after(requests(), "path-upper", answers(200)), evidence.Fail, "opened"},
		{requestsID, after(requests(), "out-dots", answers(200)), evidence.Fail, "outside"},
		{requestsID, after(requests(), "host-foreign", answers(302)), evidence.Fail, "echoed"},
		{requestsID, after(requests(), "head-4m", answers(200)), evidence.Fail, "unbounded"},
		{requestsID, after(requests(), "json-deep", answers(500)), evidence.Fail, "costly"},
		{requestsID, late, evidence.Unproven, "starved"},
		{trustID, trust(), evidence.Pass, "unmoved"},
		{trustID, after(trust(), "user-said", answers(200)), evidence.Fail, "opened"},
		{trustID, after(trust(), "rewrite-original-url", answers(404)), evidence.Fail, "heeded"},
		{trustID, after(trust(), "name-forwarded-host", answers(200)), evidence.Fail, "echoed"},
		{trustID, after(trust(), "chain-left", told(abuse.Reached{Client: abuse.Spoofed})), evidence.Fail, "believed"},
		{trustID, after(trust(), "log-path-newline", told(abuse.Reached{Forged: true})), evidence.Fail, "forged"},
	} {
		if f := wired()[c.check](c.o); f.Outcome != c.outcome || f.Reason != c.reason {
			t.Errorf("%s: %v %q, want %v %q: %v", c.check, f.Outcome, f.Reason, c.outcome, c.reason, f.Facts)
		}
	}
}

// What a check cannot know is unproven, and a service that died is a red.
func TestAssaultsThatProveNothing(t *testing.T) {
	for check, class := range map[string]abuse.Class{framingID: abuse.Framing, requestsID: abuse.Requests, trustID: abuse.Trust} {
		dead, open := whole(class), whole(class)
		dead.Alive, open.Controls[2].Status = 0, 200
		if f := wired()[check](dead); f.Reason != "dead" {
			t.Errorf("%s of a dead service is %q", check, f.Reason)
		}
		if f := wired()[check](open); f.Reason != "uncontrolled" {
			t.Errorf("%s of a service without tokens is %q", check, f.Reason)
		}
	}
	mute := whole(abuse.Trust)
	mute.Logged = false
	if f := wired()[trustID](mute); f.Reason != "blind" {
		t.Errorf("a log that cannot be read is %q", f.Reason)
	}
	local := whole(abuse.Trust)
	local.Untrusted = ""
	local.Tries = slices.DeleteFunc(local.Tries, func(t Try) bool { return strings.HasPrefix(t.Name, "address-") })
	if f := wired()[trustID](local); f.Reason != "unmoved" {
		t.Errorf("without an address of strangers it is %q", f.Reason)
	}
}

func TestJudgeSlow(t *testing.T) {
	limits := evidence.Limits{"probe": 1000, "lag": 500}
	good := func() Held {
		o := Held{Before: Probes{Sent: 10, Served: 10, MedianMS: 1}, During: Probes{Sent: 20, Served: 20, MedianMS: 1}, Alive: 200}
		for _, a := range abuse.Of(abuse.Slow) {
			o.Crowds = append(o.Crowds, Crowd{ID: a.ID, Name: a.Name, Sent: 30, Opened: 30})
		}
		return o
	}
	for want, change := range map[string]func(*Held){
		"untouched":    func(*Held) {},
		"kept_out":     func(o *Held) { o.During.Served = 19 },
		"slowed":       func(o *Held) { o.During.MedianMS = 1001 },
		"starved":      func(o *Held) { o.During.MedianMS, o.LagMS = 1001, 501 },
		"dead":         func(o *Held) { o.Alive = 0 },
		"uncontrolled": func(o *Held) { o.Before.Served = 9 },
		"unanswered":   func(o *Held) { o.During.Limited, o.During.Served = 1, 19 },
	} {
		o := good()
		change(&o)
		if f := judgeSlow(o, limits); f.Reason != want {
			t.Errorf("%q, want %q", f.Reason, want)
		}
	}
	if f := judgeSlow(Held{}, limits); f.Outcome != evidence.Unproven {
		t.Errorf("nothing is %v", f.Outcome)
	}
}

// Further sick services, each red for its own reason; and innocents, which are not.
func TestWireTwins(t *testing.T) {
	server := func(s *abuse.Sick) func(context.Context, *lab.Bench) (*lab.Bench, func(), error) {
		return func(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) { return bare(b, s) }
	}
	service := func(infect func(*twin)) func(context.Context, *lab.Bench) (*lab.Bench, func(), error) {
		return func(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) { return sick(b, infect) }
	}
	left := func(r *nethttp.Request) string {
		client, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
		return client
	}
	for name, c := range map[string]struct {
		twin          func(context.Context, *lab.Bench) (*lab.Bench, func(), error)
		check, reason string
		outcome       evidence.Outcome
	}{
		"a bare server that is well": {server(&abuse.Sick{Patience: silence / 2}), framingID, "closed", evidence.Pass},
		"net/http as it comes":       {service(func(t *twin) { t.lingers = true }), framingID, "smuggled", evidence.Fail},
		"careless codings":           {server(&abuse.Sick{Codings: true, Patience: silence / 2}), framingID, "smuggled", evidence.Fail},
		"careless chunks":            {server(&abuse.Sick{Chunks: true, Patience: silence / 2}), framingID, "smuggled", evidence.Fail},
		"every line a field":         {server(&abuse.Sick{Fields: true, Patience: silence / 2}), framingID, "hidden", evidence.Fail},
		"heads without end":          {server(&abuse.Sick{Endless: true, Patience: silence / 2}), requestsID, "unbounded", evidence.Fail},
		"an open proxy":              {server(&abuse.Sick{Leads: true, Patience: silence / 2}), requestsID, "tunnelled", evidence.Fail},
		"any path is the page":       {service(func(t *twin) { t.fallback = true }), requestsID, "refused", evidence.Pass},
		"the left end of the chain":  {service(func(t *twin) { t.writes = func(r *nethttp.Request) []byte { return logLine(r, orPeer(left(r), r)) } }), trustID, "believed", evidence.Fail},
		"X-Real-IP of anybody": {service(func(t *twin) {
			t.writes = func(r *nethttp.Request) []byte { return logLine(r, orPeer(r.Header.Get("X-Real-Ip"), r)) }
		}), trustID, "believed", evidence.Fail},
		"a log of text": {service(func(t *twin) {
			t.writes = func(r *nethttp.Request) []byte { return []byte(r.RemoteAddr + " " + r.URL.EscapedPath()) }
		}), trustID, "unmoved", evidence.Pass},
		"a log of text as it came": {service(func(t *twin) {
			t.writes = func(r *nethttp.Request) []byte { return []byte(r.RemoteAddr + " " + r.URL.Path) }
		}), trustID, "forged", evidence.Fail},
		"a log without what was asked":  {service(func(t *twin) { t.writes = func(*nethttp.Request) []byte { return []byte("asked") } }), trustID, "blind", evidence.Unproven},
		"the header logged as a header": {service(func(t *twin) { t.writes = loggedBeside }), trustID, "unmoved", evidence.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twin, away, err := c.twin(t.Context(), newBench(t))
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			wants(t, c.check, twin, c.outcome, c.reason)
		})
	}
}

func orPeer(client string, r *nethttp.Request) string {
	if client == "" {
		return r.RemoteAddr
	}
	return client
}

// loggedBeside logs what a client says of itself, in a member of its own.
func loggedBeside(r *nethttp.Request) []byte {
	line := strings.TrimSuffix(string(logLine(r, r.RemoteAddr)), "}")
	return fmt.Appendf(nil, `%s,"forwarded":%q}`, line, r.Header.Get("X-Forwarded-For"))
}
