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
	}, timed(injectionBudget, sparing(runInjection)), judgeInjection)
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
	Curl   string `json:"curl,omitempty"` // of a shot that met its mark, or is odd
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

// outcome tells what became of a shot at this place: "" when it was taken as data.
func (p Place) outcome(shot Shot) string {
	switch {
	case shot.Moved > 0:
		return "executed"
	case shot.Split:
		return "split"
	case p.Closed && p.Plain/100 == 4 && shot.Status/100 == 2:
		return "opened"
	case shot.Status >= 500 && p.Plain < 500:
		return "broken"
	case shot.Status == 429:
		return "throttled"
	case shot.Status == 0:
		return "unanswered"
	}
	return ""
}

// uncontrolled tells that the plain request did not do what it does for anybody: a
// shot says nothing then.
func (p Place) uncontrolled() bool {
	return (p.Plain/100 == 2) == p.Closed || p.Plain == 0 || p.Plain >= 500
}

// sort gives the names of the places by what became of a shot there.
func (o Injection) sort() (at map[string][]string, sent int) {
	at = map[string][]string{}
	for _, p := range o.Places {
		name := p.Request + " · " + p.Where
		if p.uncontrolled() {
			at["uncontrolled"] = append(at["uncontrolled"], name)
		}
		for _, shot := range p.Shots {
			sent++
			if out := p.outcome(shot); out != "" {
				at[out] = append(at[out], name)
			}
		}
	}
	return at, sent
}

func judgeInjection(o Injection, _ evidence.Limits) evidence.Finding {
	at, sent := o.sort()
	facts := evidence.Facts{"places": len(o.Places), "sent": sent, "left_out": o.LeftOut, "bodies": o.Sent}
	red := func(reason string) evidence.Finding {
		facts["at"] = onlyFirst(once(at[reason]))
		facts[evidence.Replay] = o.first(reason)
		return evidence.Failed(reason, facts)
	}
	switch {
	case len(at["executed"]) > 0:
		return red("executed")
	case len(at["opened"]) > 0:
		return red("opened")
	case len(at["split"]) > 0:
		return red("split")
	case o.Polluted:
		return evidence.Failed("polluted", facts)
	case len(at["broken"]) > 0:
		return red("broken")
	case sent == 0 || len(at["unanswered"]) > 0:
		return evidence.Undecided("unanswered", facts)
	case len(at["throttled"]) > 0:
		return evidence.Undecided("throttled", facts)
	case len(at["uncontrolled"]) > 0:
		facts["at"] = onlyFirst(once(at["uncontrolled"]))
		return evidence.Undecided("uncontrolled", facts)
	case !o.Witness:
		return evidence.Undecided("unwitnessed", facts)
	case o.LeftOut > 0:
		return evidence.Undecided("left_out", facts)
	}
	return evidence.Passed("taken_as_data", facts)
}

// first gives the line of the first shot that came to this.
func (o Injection) first(outcome string) string {
	for _, p := range o.Places {
		for _, shot := range p.Shots {
			if p.outcome(shot) == outcome {
				return shot.Curl
			}
		}
	}
	return ""
}
