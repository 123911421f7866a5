package observability

import (
	"context"
	nethttp "net/http"
	"regexp"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const hostileID = "observability.hostile_id"

// plainID is what an id may look like when it comes back: nothing that a log, a
// shell or a page could misread.
var plainID = regexp.MustCompile(`^[A-Za-z0-9._:/+=@-]+$`)

// hostile is an id that a caller made up to do harm.
type hostile struct {
	kind   string
	values []string // several: the header is sent several times
}

// hostiles are ids that must not come back as they are. Each holds a mark by which
// it is found in the log.
func hostiles(mark string) []hostile {
	return []hostile{
		{"long", []string{mark + strings.Repeat("a", 4<<10)}},
		{"json", []string{mark + `","level":"ERROR","msg":"forged`}},
		{"markup", []string{mark + `<script>alert(1)</script>`}},
		{"blanks", []string{mark + ` status=200 user=admin`}},
		{"unicode", []string{mark + "\u202eñandú"}},
		{"two", []string{mark + "-first", mark + "-second"}},
	}
}

// Hostile is what became of hostile ids.
type Hostile struct {
	Header string `json:"header"`
	// Sent counts requests, Lost those without an answer.
	Sent int `json:"sent"`
	Lost int `json:"lost"`
	// Echoes tells whether a plain id comes back: a service that knows no ids refuses
	// none.
	Echoes bool `json:"echoes"`
	HasLog bool `json:"has_log"`
	// Ids holds one entry for each.
	Ids []Treated `json:"ids"`
}

// Treated is what became of one hostile id.
type Treated struct {
	Kind   string `json:"kind"`
	Length int    `json:"length"` // bytes sent
	Status int    `json:"status"` // of the answer; a refusal is fine
	// Echo is what came back, shortened; EchoLength its true length in bytes.
	Echo       string `json:"echo"`
	EchoLength int    `json:"echo_length"`
	// Plain tells that it came back in letters, digits and . _ : / + = @ - only, or not
	// at all.
	Plain bool `json:"plain"`
	// Logged counts log lines with the id as it was sent.
	Logged int `json:"logged"`
}

func hostileIDs() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: hostileID, Class: classHostileID, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "longest", Default: 128, Unit: "bytes", Direction: evidence.AtMost}},
		Reasons: []string{"refused", "echoed", "too_long", "logged", "no_ids", "lost", "incomplete"},
	}, runHostile, judgeHostile)
}

func runHostile(ctx context.Context, b *lab.Bench) (o Hostile, err error) {
	o = Hostile{Header: settings(b).RequestID, Ids: []Treated{}}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	all := hostiles(c.prefix)
	for _, h := range all {
		r, _, err := c.request(0, settings(b).Traffic[0])
		if err != nil {
			return o, err
		}
		r.Header = nethttp.Header{o.Header: h.values}
		a := c.client.Do(ctx, r)
		o.Sent++
		if a.Err != nil || a.Status == 0 {
			o.Lost++
		}
		o.Ids = append(o.Ids, treated(o.Header, h, a))
	}
	// One of our own comes last: once it is in the log, those before are.
	last, err := c.sendOf(ctx, 1, func(int) int { return 0 })
	if err != nil {
		return o, err
	}
	lines, has, err := c.logUntil(ctx, func(lines []logLine) bool { return len(c.outcomes(lines, last)) > 0 })
	if err != nil {
		return o, err
	}
	o.HasLog, o.Echoes = has, len(last) == 1 && last[0].Header.Get(o.Header) == last[0].id
	for i, h := range all {
		o.Ids[i].Logged = carrying(lines, h)
	}
	return o, nil
}

func treated(header string, h hostile, a http.Answer) Treated {
	echo := strings.Join(a.Header.Values(header), ", ")
	return Treated{Kind: h.kind, Length: len(strings.Join(h.values, "")), Status: a.Status, Echo: short(strings.ToValidUTF8(echo, "?")),
		EchoLength: len(echo), Plain: echo == "" || plainID.MatchString(echo)}
}

// carrying counts log lines whose text, or any field, holds the id as it was sent.
// JSON that escapes it has made it harmless, but an id that nobody gave out stands
// in the log all the same.
func carrying(lines []logLine, h hostile) (n int) {
	for _, l := range lines {
		found := false
		for _, v := range h.values {
			found = found || strings.Contains(l.text, v) || h.kind != "two" && holds(l.fields, v)
		}
		if found {
			n++
		}
	}
	return n
}

// holds tells whether any text within a value holds s.
func holds(v any, s string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, s)
	case map[string]any:
		for _, inner := range v {
			if holds(inner, s) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if holds(inner, s) {
				return true
			}
		}
	}
	return false
}

func judgeHostile(o Hostile, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"header": []string{o.Header}, "sent": o.Sent, "lost": o.Lost}
	if o.Sent == 0 || len(o.Ids) < len(hostiles("")) {
		return evidence.Undecided("incomplete", facts)
	}
	for _, t := range o.Ids {
		facts["kind"], facts["length"], facts["echo"], facts["echo_length"] = []string{t.Kind}, t.Length, []string{t.Echo}, t.EchoLength
		facts["logged"] = t.Logged
		switch {
		case float64(t.EchoLength) > limits["longest"]:
			return evidence.Failed("too_long", facts)
		case !t.Plain:
			return evidence.Failed("echoed", facts)
		case t.Logged > 0:
			return evidence.Failed("logged", facts)
		}
	}
	if !o.Echoes {
		return evidence.Undecided("no_ids", facts)
	}
	if o.Lost > 0 || !o.HasLog {
		return evidence.Undecided("lost", facts)
	}
	return evidence.Passed("refused", facts)
}
