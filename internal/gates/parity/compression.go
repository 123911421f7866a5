package parity

import (
	"bytes"
	"cmp"
	"context"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/coding"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// compression asks whether answers are compressed as declared, and only in form.
func compression() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: compressionID, Class: compressionID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("expect.compression.coding"), evidence.Setting("expect.compression.large")},
		Reasons: []string{"compressed", "absent", "differs", "no_vary", "unwanted", "etag", "needless", "unstable", "unanswered", "throttled", "nothing"},
	}, runCompression, judgeCompression)
}

// Compressed is how the service compresses.
type Compressed struct {
	Coding string      `json:"coding"` // that must be offered
	Large  []Coded     `json:"large"`  // answers that must be compressed
	Plain  []PlainOnly `json:"plain"`  // answers that must not
}

// Coded is one answer in its forms.
type Coded struct {
	Request string `json:"request"`
	Plain   Form   `json:"plain"`   // asked with Accept-Encoding: identity
	Coded   Form   `json:"coded"`   // asked with the coding
	Refused Form   `json:"refused"` // asked with the coding at q=0, which refuses it
	// Stable tells that the plain form came twice with the same bytes.
	Stable bool `json:"stable"`
	// Same tells that the coded form, decoded, is the plain one.
	Same bool `json:"same"`
	// SameETag tells that both forms carry one strong ETag (RFC 9110, section 8.8.3.3).
	SameETag bool `json:"same_etag"`
}

// PlainOnly is an answer that must not be compressed.
type PlainOnly struct {
	Request string `json:"request"`
	Form    Form   `json:"form"` // asked with the coding
}

// Form is one answer.
type Form struct {
	Status  int    `json:"status"`
	Coding  string `json:"coding"`
	Bytes   int    `json:"bytes"`   // on the wire
	Decoded int    `json:"decoded"` // after decoding; 0 when it could not be
	Vary    bool   `json:"vary"`    // names Accept-Encoding
	Err     string `json:"err,omitempty"`
	Line    string `json:"line,omitempty"` // of curl, that asks for it
}

func runCompression(ctx context.Context, b *lab.Bench) (Compressed, error) {
	want := settings(b).Expect.Compression
	o := Compressed{Coding: want.Coding}
	a := &asking{b: b, client: http.On(b)}
	for _, line := range want.Large {
		c, err := a.forms(ctx, line, want.Coding)
		if err != nil {
			return o, err
		}
		o.Large = append(o.Large, c)
	}
	for _, line := range want.Plain {
		f, _, _, err := a.ask(ctx, line, want.Coding)
		if err != nil {
			return o, err
		}
		o.Plain = append(o.Plain, PlainOnly{line, f})
	}
	return o, ctx.Err()
}

// asking asks for answers, with a token when one is wanted.
type asking struct {
	b      *lab.Bench
	client *http.Client
	token  http.Token
}

func (a *asking) forms(ctx context.Context, line, code string) (Coded, error) {
	c := Coded{Request: line}
	plain, body, tag, err := a.ask(ctx, line, coding.Identity)
	if err != nil {
		return c, err
	}
	coded, unfolded, codedTag, err := a.ask(ctx, line, code)
	if err != nil {
		return c, err
	}
	refused, _, _, err := a.ask(ctx, line, code+";q=0, identity")
	if err != nil {
		return c, err
	}
	_, again, _, err := a.ask(ctx, line, coding.Identity)
	c.Plain, c.Coded, c.Refused = plain, coded, refused
	c.Stable = len(body) > 0 && bytes.Equal(body, again)
	c.Same = len(body) > 0 && bytes.Equal(body, unfolded)
	c.SameETag = tag != "" && tag == codedTag && !strings.HasPrefix(tag, "W/")
	return c, err
}

// ask gives one answer, decoded, and its ETag.
func (a *asking) ask(ctx context.Context, line, accept string) (f Form, body []byte, tag string, err error) {
	_, path, err := methodAndPath(line)
	if err != nil {
		return Form{}, nil, "", err
	}
	request := http.Request{Method: nethttp.MethodGet, Path: path, Header: nethttp.Header{"Accept-Encoding": {accept}}, Token: a.token}
	answer := a.client.Do(ctx, request)
	if (answer.Status == nethttp.StatusUnauthorized || answer.Status == nethttp.StatusForbidden) && a.token.Value == "" && a.b.Config.Login.Request != "" {
		tokens, err := a.client.Tokens(ctx, 1)
		if err != nil {
			return Form{}, nil, "", err
		}
		a.token, request.Token = tokens[0], tokens[0]
		answer = a.client.Do(ctx, request)
	}
	f = Form{Status: answer.Status, Coding: coding.Of(answer.Header), Bytes: len(answer.Body), Vary: varies(answer.Header), Line: a.client.Replay(request)}
	if answer.Err != nil {
		f.Err = strings.ToValidUTF8(answer.Err.Error(), "\ufffd")
		return f, nil, "", ctx.Err()
	}
	if body, err = coding.Decode(answer.Body, answer.Header.Get("Content-Encoding"), http.MaxBody+1); err != nil {
		body = nil // what cannot be decoded is not the plain form
	}
	f.Decoded = len(body)
	return f, body, answer.Header.Get("ETag"), ctx.Err()
}

// varies tells that a cache must keep the forms of an answer apart.
func varies(h nethttp.Header) bool {
	for _, field := range h.Values("Vary") {
		for name := range strings.SplitSeq(field, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Accept-Encoding") {
				return true
			}
		}
	}
	return false
}

// Verdict tells what is wrong with an answer that must be compressed to code; ""
// when nothing is.
func (c Coded) Verdict(code string) string {
	forms := []Form{c.Plain, c.Coded, c.Refused}
	switch {
	case slices.ContainsFunc(forms, func(f Form) bool { return f.Status == nethttp.StatusTooManyRequests }):
		return "throttled"
	case slices.ContainsFunc(forms, func(f Form) bool { return f.Err != "" || f.Status/100 != 2 }):
		return "unanswered"
	case c.Plain.Coding != coding.Identity || c.Refused.Coding == code:
		return "unwanted"
	case c.Coded.Coding != code:
		return "absent"
	case !c.Stable:
		return "unstable"
	case !c.Same:
		return "differs"
	case !c.Coded.Vary || !c.Plain.Vary:
		return "no_vary"
	case c.SameETag:
		return "etag"
	}
	return ""
}

// Verdict tells what is wrong with an answer that must stay plain; "" when nothing is.
func (p PlainOnly) Verdict() string {
	switch {
	case p.Form.Status == nethttp.StatusTooManyRequests:
		return "throttled"
	case p.Form.Err != "" || p.Form.Status/100 != 2:
		return "unanswered"
	case p.Form.Coding != coding.Identity:
		return "needless"
	}
	return ""
}

func judgeCompression(o Compressed, _ evidence.Limits) evidence.Finding {
	wrong, lines := map[string][]string{}, map[string]string{}
	before, after := 0, 0
	for _, c := range o.Large {
		if v := c.Verdict(o.Coding); v != "" {
			wrong[v], lines[v] = append(wrong[v], c.Request), cmp.Or(lines[v], c.Coded.Line)
		}
		before, after = before+c.Plain.Bytes, after+c.Coded.Bytes
	}
	for _, p := range o.Plain {
		if v := p.Verdict(); v != "" {
			wrong[v], lines[v] = append(wrong[v], p.Request), cmp.Or(lines[v], p.Form.Line)
		}
	}
	facts := evidence.Facts{"coding": []string{o.Coding}, "large": len(o.Large), "plain": len(o.Plain), "before": sizeOf(before), "after": sizeOf(after)}
	if len(o.Large) == 0 || o.Coding == "" {
		return evidence.Undecided("nothing", facts)
	}
	for _, reason := range []string{"differs", "absent", "unwanted", "no_vary", "etag", "needless"} {
		if list := wrong[reason]; len(list) > 0 {
			facts["wrong"], facts["count"], facts[evidence.Replay] = first(list), len(list), lines[reason]
			return evidence.Failed(reason, facts)
		}
	}
	for _, reason := range []string{"throttled", "unanswered", "unstable"} {
		if list := wrong[reason]; len(list) > 0 {
			facts["wrong"], facts["count"] = first(list), len(list)
			return evidence.Undecided(reason, facts)
		}
	}
	return evidence.Passed("compressed", facts)
}
