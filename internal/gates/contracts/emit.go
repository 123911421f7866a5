package contracts

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/provoke"
	"listo/internal/engine/wire"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
	labwire "listo/internal/lab/wire"
)

// Bounds of one conversation. What is left without an answer is sent again: a
// server that refuses while it is still being sent to may reset the connection
// before its answer was read.
const (
	emitPatience = 3 * time.Second
	emitTries    = 3
	emitBytes    = 256 << 10
)

// reply is one request of the catalogue and what came back.
type reply struct {
	provoke.Request
	talk   wire.Conversation
	answer http.Answer // Err is set when none came
	line   string
	layer  string
	direct string // the layer that answers without the proxy; "" not asked
	// got is the status of the same target asked with GET, where it was asked with HEAD.
	got int
}

// emission is what the requests of one tier came to.
type emission struct {
	// control is the status of the good request beside which all stand, and plain
	// what became of it.
	control int
	plain   reply
	replies []reply
	// unreached are the entries of the catalogue that could not be made here.
	unreached []provoke.Row
}

// followed looks at a reply behind which a good request was sent on the same
// connection, and may ask again.
type followed func(ctx context.Context, k emitter, one reply) reply

// emitter sends requests of the catalogue byte by byte.
type emitter struct {
	client *labwire.Client
	series *labwire.Series
	token  string
	again  bool // a good request follows on the same connection
	plain  []byte
}

// base makes what the catalogue starts from out of good requests.
func (s *scout) base(host string, fields ...string) (provoke.Base, string) {
	b := provoke.Base{Host: host, Fields: fields}
	token := ""
	if t := s.cheap(); t != nil {
		b.Read, token = provoke.Good{Method: t.op.Method, Target: t.target()}, t.token.Value
		b.Wrong = unusedMethods(s.doc, t.op.Path)[0]
	}
	if t := s.any(func(t *twin) bool { return t.body != nil && !isLogin(s.b, t.op) && t.op.Method != nethttp.MethodDelete }); t != nil {
		b.Body = provoke.Good{Method: t.op.Method, Target: t.target(), Body: string(encode(t.body))}
		token = cmpOr(t.token.Value, token)
	}
	if t := s.any(func(t *twin) bool {
		return t.op.Method == nethttp.MethodGet && len(harvest.InPath(t.op)) > 0 && t.token.Value != ""
	}); t != nil {
		b.Item = around(t.call)
	} else if t := s.any(func(t *twin) bool { return t.op.Method == nethttp.MethodGet && len(harvest.InPath(t.op)) > 0 }); t != nil {
		b.Item = around(t.call)
	}
	if token != "" {
		b.Auth = "Bearer " + token
	}
	return b, token
}

// around gives a target before and behind its last parameter.
func around(c call) [2]string {
	last := harvest.InPath(c.op)[len(harvest.InPath(c.op))-1]
	before, after, _ := strings.Cut(c.op.Path, "{"+last.Name+"}")
	for name, value := range c.path {
		before, after = strings.ReplaceAll(before, "{"+name+"}", url.PathEscape(value)), strings.ReplaceAll(after, "{"+name+"}", url.PathEscape(value))
	}
	if len(c.query) > 0 {
		after += "?" + c.query.Encode()
	}
	return [2]string{before, after}
}

// emit sends every request of a tier. With then a good request follows each on
// its connection.
func (s *scout) emit(ctx context.Context, tier provoke.Tier, then followed, fields ...string) (emission, error) {
	client, err := labwire.On(s.b)
	if err != nil {
		return emission{}, err
	}
	base, token := s.base(client.Host(), fields...)
	requests, unreached := provoke.Requests(tier, base)
	k := emitter{client: client, series: client.Series("provocations of the tier " + string(tier)), token: token, again: then != nil, plain: base.Plain()}
	defer k.series.End()
	e := emission{unreached: unreached}
	if base.Read.Target != "" {
		e.plain = k.send(ctx, provoke.Request{Name: "control", Method: base.Read.Method, Bytes: base.Plain(), Lawful: []int{200}})
		e.control = e.plain.answer.Status
	}
	direct := s.directly()
	for i, r := range requests {
		s.b.Progress(i, len(requests))
		one := k.send(ctx, r)
		if then != nil {
			one = then(ctx, k, one)
		}
		if direct != nil {
			one.direct = s.compare(ctx, direct, one, base)
		}
		if r.Early && tierOf(one) != tier {
			continue
		}
		e.replies = append(e.replies, one)
	}
	return e, ctx.Err()
}

// tierOf says whose an early request is: what a runtime refuses while parsing is the
// protocol's, whatever was meant; what the application answers is its own.
func tierOf(r reply) provoke.Tier {
	if early(r.layer) {
		return provoke.Protocol
	}
	return r.Tier
}

// send sends one request, waits out a rate limit and repeats what was lost.
func (k *emitter) send(ctx context.Context, r provoke.Request) reply {
	p := k.plan(r)
	one := reply{Request: r, line: clean(k.client.Line(p), 600)}
	for try, pauses := 0, 0; ; {
		one.talk = k.series.Talk(ctx, r.Name, p)
		one.answer = answerOf(one.talk)
		switch {
		case ctx.Err() != nil:
			return one
		case one.answer.Status == nethttp.StatusTooManyRequests && pauses < mostPauses:
			pauses++
			select {
			case <-ctx.Done():
			case <-time.After(pauseOf(one.answer.Header)):
			}
			continue
		case one.answer.Err != nil && !r.Mute && try < emitTries-1:
			try++
			continue
		}
		one.layer = layerOf(one.answer)
		return one
	}
}

func (k *emitter) plan(r provoke.Request) labwire.Plan {
	script := wire.Script{Steps: []wire.Step{wire.Request(r.Bytes)}, Methods: []string{r.Method}, Answers: 1, Patience: emitPatience, MostBytes: emitBytes}
	if k.again {
		script.Steps = append(script.Steps, wire.Step{Await: true, Bytes: k.plain, Requests: 1})
		script.Answers = 2
	}
	p := labwire.Plan{Script: script}
	if k.token != "" {
		p.Variables = map[string]string{"TOKEN": k.token}
	}
	return p
}

// answerOf gives the first answer of a conversation in the form in which the
// others are judged.
func answerOf(t wire.Conversation) http.Answer {
	switch {
	case t.Err != nil:
		return http.Answer{Err: lab.Unreachable{What: "contracts", Err: t.Err}}
	case len(t.Answers) == 0 && t.Malformed != "":
		return http.Answer{Err: errors.New(t.Malformed)}
	case len(t.Answers) == 0:
		return http.Answer{Err: fmt.Errorf("contracts: no answer; the connection is %s", t.State)}
	}
	first := t.Answers[0]
	a := http.Answer{Status: first.Status, Header: nethttp.Header{}, Body: first.Body, Size: len(first.Body)}
	for _, f := range first.Header {
		a.Header.Add(f.Name, f.Value)
	}
	return a
}

// directly gives a client at the service's own address; nil when listo.yaml names none.
func (s *scout) directly() *labwire.Client {
	where := settings(s.b).Direct
	if where == "" {
		return nil
	}
	target := s.b.Target
	target.Base = strings.TrimRight(strings.ReplaceAll(where, "{admin_port}", strconv.Itoa(target.AdminPort)), "/")
	client, err := labwire.On(s.b.At(target))
	if err != nil {
		return nil
	}
	return client
}

// compare sends the same request to the service itself. Where its answer has the
// same form, the service wrote the one that came through the proxy.
func (s *scout) compare(ctx context.Context, direct *labwire.Client, through reply, base provoke.Base) string {
	k := emitter{client: direct, series: direct.Series("the same, past the proxy"), token: strings.TrimPrefix(base.Auth, "Bearer ")}
	defer k.series.End()
	own := k.send(ctx, through.Request)
	mine, theirs := shapeOf(own.answer), shapeOf(through.answer)
	if own.answer.Err == nil && mine.Status == theirs.Status && mine.Media == theirs.Media && mine.Fault == theirs.Fault && slices.Equal(mine.Members, theirs.Members) {
		return own.layer
	}
	if through.layer == layerApplication {
		return layerProxy
	}
	return through.layer
}

// emitter's word for who answered: what the comparison says, else what it looks like.
func (r reply) from() string { return cmpOr(r.direct, r.layer) }

// lawful tells that an answer refuses what was sent, and not something else.
func (r reply) lawful() bool { return slices.Contains(r.Lawful, r.answer.Status) }

// wanted are the lawful statuses for a table.
func (r reply) wanted() string {
	var all []string
	for _, status := range r.Lawful {
		all = append(all, strconv.Itoa(status))
	}
	if r.Ignorable {
		all = append(all, "2xx")
	}
	return strings.Join(all, " · ")
}

// unreachedNames are entries of the catalogue by their number and name.
func unreachedNames(rows []provoke.Row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%d %s", r.ID, r.Name))
	}
	return all
}

// untried are the entries that no check of this gate tries; docs/error-provocations.md says why.
func untried() []string {
	var all []string
	for _, r := range provoke.Catalogue() {
		if r.By == "" {
			all = append(all, fmt.Sprintf("%d %s", r.ID, r.Name))
		}
	}
	return all
}
