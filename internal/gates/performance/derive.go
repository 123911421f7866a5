package performance

import (
	"context"
	nethttp "net/http"
	"slices"
	"time"

	"listo/internal/engine/openapi"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
)

// Derived is a mix that listo made itself, of an OpenAPI document and of what the
// service answers: nobody said in listo.yaml what the users send.
//
// Every value is the document's, the settings' or stands in an answer to a read: the mix
// rests on the seed data alone, and means the same on every fresh clone of it. Weights
// go by the kind of the operation (weigh): that of a day nobody has described.
type Derived struct {
	Document string  `json:"document"`
	Taken    []Taken `json:"taken"`
	// Left are the operations of the document that are not in the mix.
	Left []Left `json:"left"`
}

// Taken is an operation as a request of the mix.
type Taken struct {
	Operation string `json:"operation"`
	Request   string `json:"request"`
	Weight    int    `json:"weight"`
	Body      string `json:"body,omitempty"`
}

// Left is an operation that is not in the mix, and why not: one of the reasons of
// leftReasons, with what it was answered or what it lacks.
type Left struct {
	Operation string `json:"operation"`
	Request   string `json:"request,omitempty"` // as it was sent
	Reason    string `json:"reason"`
	Status    int    `json:"status,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

const (
	// sends is how often an operation is asked as the first user. One that succeeds is
	// asked once more as the last: what only the first may do would fail under load.
	sends = 2
	// mostLimited answers 429 end the asking; after each there is a breath.
	mostLimited = 2
	breath      = time.Second
)

// deriver looks for a request to each operation, at rest.
type deriver struct {
	*chooser
	series      *http.Series
	scene       *scene
	first, last http.Token
	limited     int
}

// sought is an operation on its way into the mix, or out of it.
type sought struct {
	op      *openapi.Operation
	request Mixed
	left    Left // why it is not taken, as far as is known
	settled bool
	taken   bool
}

// derive makes the mix of the document, and what is right of its answers.
func (s *scene) derive(ctx context.Context, b *lab.Bench, client *http.Client) error {
	settings := lab.SettingsOf[Settings](b)
	doc, err := harvest.Document(b, settings.Document)
	if err != nil {
		return err
	}
	last, err := s.lastUser(ctx, b, client)
	if err != nil {
		return err
	}
	series := client.Series("a request to each operation of " + settings.Document + ", at rest")
	defer series.End()
	d := &deriver{chooser: newChooser(b), series: series, scene: s, first: s.tokens[0], last: last}
	all := d.all(ctx, doc.Operations)
	s.derived = &Derived{Document: settings.Document, Taken: []Taken{}, Left: []Left{}}
	for _, one := range all {
		if m := one.request; one.taken {
			s.derived.Taken = append(s.derived.Taken, Taken{one.op.Name(), m.Request, m.Weight, m.Body})
		} else {
			s.derived.Left = append(s.derived.Left, one.left)
		}
	}
	s.unfit = s.derived.unfit()
	return ctx.Err()
}

// lastUser is the last of the users that any check of this gate sends requests from.
func (s *scene) lastUser(ctx context.Context, b *lab.Bench, client *http.Client) (http.Token, error) {
	settings, users := lab.SettingsOf[Settings](b), b.Config.Login.Users
	n := min(len(users), max(settings.Users, settings.PeakUsers))
	if b.Config.Login.Request == "" || n <= len(s.tokens) {
		return s.tokens[len(s.tokens)-1], nil
	}
	return client.Login(ctx, users[n-1])
}

// all asks the reads, again those that a later answer may have told more about, and
// then the writes, whose answers tell nothing: no request rests on a row that
// listo made.
func (d *deriver) all(ctx context.Context, operations []*openapi.Operation) []*sought {
	var all, reads, rest []*sought
	for _, o := range operations {
		one := &sought{op: o, left: Left{Operation: o.Name(), Reason: d.barred(o)}}
		one.settled = one.left.Reason != ""
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b *sought) int { return rank(a.op) - rank(b.op) })
	for _, one := range all {
		if writes(one.op.Method) {
			rest = append(rest, one)
		} else {
			reads = append(reads, one)
		}
	}
	for range sends {
		for _, one := range reads {
			if !one.settled && ctx.Err() == nil {
				d.read(ctx, one)
			}
		}
	}
	for _, one := range rest {
		if !one.settled && ctx.Err() == nil {
			d.write(ctx, one)
		}
	}
	return all
}

// read asks for a read, the second time otherwise than the first if it can be.
func (d *deriver) read(ctx context.Context, one *sought) {
	m, left := d.request(one.op, 0)
	if left.Reason == "" && m == one.request && one.left.Reason != "throttled" && one.left.Reason != "unanswered" {
		if m, left = d.request(one.op, 1); left.Reason != "" {
			one.settled = true // there is no other value: the first answer stands
			return
		}
	}
	if one.left = left; left.Reason != "" {
		return
	}
	one.request = m
	a, e, ok := d.ask(ctx, one, d.first)
	if ok {
		_, path, _ := m.parts()
		d.known.Take(one.op, path, a)
		d.confirm(ctx, one, a, e)
	}
}

// write asks for a write twice: of a row that may be there but once, the second is
// refused, and so would be the load.
func (d *deriver) write(ctx context.Context, one *sought) {
	if one.request, one.left = d.request(one.op, 0); one.left.Reason != "" {
		return
	}
	a, e, ok := d.ask(ctx, one, d.first)
	if !ok {
		return
	}
	if _, again, ok := d.ask(ctx, one, d.first); !ok || again != e {
		if one.left.Reason != "throttled" {
			one.left.Reason = "once"
		}
		return
	}
	d.confirm(ctx, one, a, e)
}

// confirm takes a request into the mix that the last user is answered alike.
func (d *deriver) confirm(ctx context.Context, one *sought, a http.Answer, e Expected) {
	one.settled = true
	if d.last != d.first {
		if _, other, ok := d.ask(ctx, one, d.last); !ok || other != e {
			if one.left.Reason != "throttled" {
				one.left.Reason = "not_everyones"
			}
			return
		}
	}
	one.taken = true
	method, path, _ := one.request.parts() // made here, it has both
	d.scene.accept(one.request, method, path, a)
}

// ask sends a request and reads its answer; what makes it unfit for the mix is put down.
// A service that has said twice that there are too many is not asked any more.
func (d *deriver) ask(ctx context.Context, one *sought, token http.Token) (http.Answer, Expected, bool) {
	one.left = Left{Operation: one.op.Name(), Request: one.request.Request, Reason: "throttled"}
	if d.limited >= mostLimited {
		one.settled = true
		return http.Answer{}, Expected{}, false
	}
	method, path, _ := one.request.parts()
	r := requestOf(one.request, method, path, token)
	r.Secretive = method == nethttp.MethodPost // it may make a token
	a := d.series.Do(ctx, r)
	e := Expected{Status: a.Status}
	if a.Err == nil {
		e.read(a)
	}
	one.left.Status, one.left.Reason = a.Status, unfitness(a, e)
	if a.Status == nethttp.StatusTooManyRequests {
		d.limited++
		select {
		case <-ctx.Done():
		case <-time.After(breath):
		}
	}
	return a, e, one.left.Reason == ""
}

// unfitness says why an answer is none that a load can be held against; "" when it is.
func unfitness(a http.Answer, e Expected) string {
	switch {
	case a.Err != nil:
		return "unanswered"
	case a.Status == nethttp.StatusTooManyRequests:
		return "throttled"
	case a.Status/100 != 2:
		return "status"
	case len(a.Body) == 0:
		return "empty"
	case !e.JSON || !openapi.IsJSON(a.Header.Get("Content-Type")):
		return "not_json"
	case !e.NonEmpty:
		return "empty"
	}
	return ""
}

// remembered is the mix that an earlier check of this audit derived: all checks send
// the same. Nil when none did.
func remembered(b *lab.Bench) *Derived {
	if b.Ledger == nil {
		return nil
	}
	return derivedIn(b.Ledger())
}

// unfit are the operations that the service failed at rest: what it cannot answer by
// itself must not vanish from a load that is then borne.
func (d *Derived) unfit() []Unfit {
	all := []Unfit{}
	for _, l := range d.Left {
		if l.Reason == "unanswered" || l.Reason == "throttled" || l.Status/100 == 5 {
			all = append(all, Unfit{Request: l.Operation, Status: l.Status})
		}
	}
	return all
}

// mix is the derived mix as listo.yaml would say it.
func (d *Derived) mix() []Mixed {
	var all []Mixed
	for _, t := range d.Taken {
		all = append(all, Mixed{Request: t.Request, Weight: t.Weight, Body: t.Body})
	}
	return all
}
