package security

import (
	"bytes"
	"context"
	"fmt"
	nethttp "net/http"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// injection asks whether what a client writes is ever taken for a program: for SQL, for
// a header, for an operator, for a prototype.
func injection() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: injectionID, Class: injectionID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("request"), evidence.Setting("inputs")},
		Reasons: []string{"taken_as_data", "executed", "opened", "split", "polluted", "broken", "uncontrolled", "unwitnessed", "left_out", "throttled", "unanswered"},
	}, timed(injectionBudget, runInjection), judgeInjection)
}

// Injection is what came of texts that are programs.
type Injection struct {
	// Witness tells that a sequence of listo's own stood in the database and moved when
	// listo asked it to: a text that is executed there moves it, whatever the answer says.
	Witness bool    `json:"witness"`
	Places  []Place `json:"places"`
	// LeftOut counts writes that were not tried: the database is not listo's.
	LeftOut int `json:"left_out"`
	// Steady tells that the ordinary request was answered twice alike before members
	// like __proto__ were sent, Sent in how many requests, Polluted that it was answered
	// otherwise afterwards.
	Steady   bool `json:"steady"`
	Sent     int  `json:"sent"`
	Polluted bool `json:"polluted"`
}

// Place is one parameter, segment of a path or member of a body.
type Place struct {
	Request string `json:"request"`
	Where   string `json:"where"`
	// Closed tells that the plain request must be refused: a login with a wrong password.
	Closed bool   `json:"closed,omitempty"`
	Plain  int    `json:"plain"`
	Shots  []Shot `json:"shots"`
}

// Shot is one text at a place.
type Shot struct {
	Kind   string `json:"kind"`
	Curl   string `json:"curl"`
	Status int    `json:"status"`
	// Moved is by how much the witness moved; Split tells that a header of the text's
	// own came back.
	Moved int64 `json:"moved,omitempty"`
	Split bool  `json:"split,omitempty"`
}

func runInjection(ctx context.Context, b *lab.Bench) (Injection, error) {
	o := Injection{Places: []Place{}}
	token, err := firstToken(ctx, b)
	if err != nil {
		return o, err
	}
	w, err := testify(ctx, b)
	if err != nil {
		return o, err
	}
	defer w.close(ctx)
	o.Witness = w.seen
	client := http.On(b)
	targets, err := targetsOf(b)
	if err != nil {
		return o, err
	}
	for _, t := range targets {
		if t.writes && (b.Config.Service.Mode == config.Attached || b.Target.AdminURL == "") {
			o.LeftOut++
			continue
		}
		p := Place{Request: t.name, Where: t.where, Closed: t.closed, Shots: []Shot{}}
		as := token
		if t.closed {
			as = http.Token{}
		}
		p.Plain = patient(ctx, client, t.with(t.plain, as)).Status
		for _, text := range textsOf(w.sequence, t.plain, t.closed) {
			before := w.at(ctx)
			r := t.with(text.value, as)
			a := patient(ctx, client, r)
			p.Shots = append(p.Shots, Shot{Kind: text.kind, Curl: client.Replay(r), Status: a.Status, Moved: w.at(ctx) - before, Split: len(a.Header.Values(splitHeader)) > 0})
		}
		o.Places = append(o.Places, p)
	}
	if err := w.err; err != nil {
		return o, err
	}
	return o, o.pollute(ctx, b, client, token)
}

// pollute sends members that some languages take for a prototype of all objects (CWE-
// 1321), and looks whether an ordinary answer is another afterwards. The member that is
// set makes Express indent its JSON: to be seen, and of no harm.
func (o *Injection) pollute(ctx context.Context, b *lab.Bench, client *http.Client, token http.Token) error {
	s := settings(b)
	ordinary, err := parseOrder(s.Request)
	if err != nil {
		return fmt.Errorf("security: request: %w", err)
	}
	ask := func() http.Answer { return patient(ctx, client, ordinary.request(token)) }
	first, second := ask(), ask()
	o.Steady = first.Status/100 == 2 && bytes.Equal(first.Body, second.Body)
	for _, line := range s.Inputs {
		in, err := parseOrder(line)
		if err != nil {
			return fmt.Errorf("security: inputs: %w", err)
		}
		if in.body == "" || b.Config.Service.Mode == config.Attached || b.Target.AdminURL == "" {
			continue
		}
		for _, member := range []string{`"__proto__":{"json spaces":7}`, `"constructor":{"prototype":{"json spaces":7}}`} {
			r := in.request(token)
			r.Body = append([]byte("{"+member+","), bytes.TrimPrefix(bytes.TrimSpace(r.Body), []byte("{"))...)
			if a := patient(ctx, client, r); a.Status != 0 {
				o.Sent++
			}
		}
	}
	after := ask()
	o.Polluted = o.Steady && o.Sent > 0 && after.Status != 0 && after.Status != nethttp.StatusTooManyRequests && !bytes.Equal(after.Body, second.Body)
	return ctx.Err()
}

// sorted counts what came of the shots.
type shots struct {
	sent                                                                 int
	executed, opened, split, broken, uncontrolled, unanswered, throttled []string
}

func (o Injection) sort() (s shots) {
	for _, p := range o.Places {
		name := p.Request + " · " + p.Where
		if ok := p.Plain/100 == 2; ok == p.Closed || p.Plain == 0 || p.Plain >= 500 {
			s.uncontrolled = append(s.uncontrolled, name)
		}
		for _, shot := range p.Shots {
			s.sent++
			switch {
			case shot.Moved > 0:
				s.executed = append(s.executed, name)
			case shot.Split:
				s.split = append(s.split, name)
			case p.Closed && p.Plain/100 == 4 && shot.Status/100 == 2:
				s.opened = append(s.opened, name)
			case shot.Status >= 500 && p.Plain < 500:
				s.broken = append(s.broken, name)
			case shot.Status == 429:
				s.throttled = append(s.throttled, name)
			case shot.Status == 0:
				s.unanswered = append(s.unanswered, name)
			}
		}
	}
	return s
}

func judgeInjection(o Injection, _ evidence.Limits) evidence.Finding {
	s := o.sort()
	facts := evidence.Facts{"places": len(o.Places), "sent": s.sent, "left_out": o.LeftOut, "bodies": o.Sent}
	red := func(reason string, at []string) evidence.Finding {
		facts["at"] = onlyFirst(once(at))
		facts[evidence.Replay] = o.first(reason)
		return evidence.Failed(reason, facts)
	}
	switch {
	case len(s.executed) > 0:
		return red("executed", s.executed)
	case len(s.opened) > 0:
		return red("opened", s.opened)
	case len(s.split) > 0:
		return red("split", s.split)
	case o.Polluted:
		return evidence.Failed("polluted", facts)
	case len(s.broken) > 0:
		return red("broken", s.broken)
	case s.sent == 0 || len(s.unanswered) > 0:
		return evidence.Undecided("unanswered", facts)
	case len(s.throttled) > 0:
		return evidence.Undecided("throttled", facts)
	case len(s.uncontrolled) > 0:
		facts["at"] = onlyFirst(once(s.uncontrolled))
		return evidence.Undecided("uncontrolled", facts)
	case !o.Witness:
		return evidence.Undecided("unwitnessed", facts)
	case o.LeftOut > 0:
		return evidence.Undecided("left_out", facts)
	}
	return evidence.Passed("taken_as_data", facts)
}

// first gives the line of the first shot that was executed, or came through otherwise.
func (o Injection) first(reason string) string {
	for _, p := range o.Places {
		for _, shot := range p.Shots {
			switch {
			case reason == "executed" && shot.Moved > 0, reason == "split" && shot.Split, reason == "opened" && p.Closed && shot.Status/100 == 2, reason == "broken" && shot.Status >= 500:
				return shot.Curl
			}
		}
	}
	return ""
}
