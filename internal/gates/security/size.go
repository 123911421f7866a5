package security

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// mostSize bounds the limit that is tried, in bytes: what is far over it is sent too.
const mostSize = 8 << 20

// farOver is how many times the limit the large bodies are.
const farOver = 4

// size asks whether a body that is too large is refused, however it comes, and
// the service lives on.
func size() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: sizeID, Class: sizeID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("size_limit.request"), evidence.Setting("size_limit.bytes")},
		Reasons: []string{"refused", "taken", "otherwise", "cut_off", "too_strict", "dead", "unplanned", "throttled"},
	}, timed(budget, runSize), judgeSize)
}

// The bodies that are sent.
const (
	atLimit     = "at_limit"    // the largest that must be taken
	announced   = "announced"   // a byte more, and Content-Length says so
	chunked     = "chunked"     // a byte more, of unknown length
	farAnnounce = "far"         // far over the limit, and Content-Length says so
	farChunked  = "far_chunked" // far over the limit, of unknown length
	compressed  = "compressed"  // small, and far over the limit once it is unpacked
)

// Size is how the service answered bodies around its limit.
type Size struct {
	Request string `json:"request"`
	Limit   int    `json:"limit"` // bytes, as declared
	Bodies  []Body `json:"bodies"`
	// Alive is the status of a plain request afterwards.
	Alive int `json:"alive"`
}

// Body is one body and its answer.
type Body struct {
	Kind   string `json:"kind"`
	Bytes  int    `json:"bytes"` // once unpacked
	Curl   string `json:"curl"`
	Status int    `json:"status"`        // 0: no answer came
	Err    string `json:"err,omitempty"` // why not
}

func runSize(ctx context.Context, b *lab.Bench) (Size, error) {
	s := settings(b)
	o := Size{Request: s.SizeLimit.Request, Limit: s.SizeLimit.Bytes}
	target, err := parseOrder(s.SizeLimit.Request)
	if err != nil {
		return o, fmt.Errorf("security: size_limit.request: %w", err)
	}
	token, err := firstToken(ctx, b)
	if err != nil {
		return o, err
	}
	client := http.On(b)
	for _, body := range []struct {
		kind  string
		bytes int
	}{{atLimit, o.Limit}, {announced, o.Limit + 1}, {chunked, o.Limit + 1}, {farAnnounce, farOver * o.Limit}, {farChunked, farOver * o.Limit}, {compressed, farOver * o.Limit}} {
		r := sized(target, token, body.kind, body.bytes)
		a := patient(ctx, client, r)
		sent := Body{Kind: body.kind, Bytes: body.bytes, Curl: client.Replay(r), Status: a.Status}
		if a.Err != nil {
			sent.Err = b.Redact(a.Err.Error())
		}
		o.Bodies = append(o.Bodies, sent)
	}
	o.Alive = patient(ctx, client, order{method: nethttp.MethodGet, path: aliveAt(s)}.request(http.Token{})).Status
	return o, ctx.Err()
}

// aliveAt is what a client asks to see whether the service is still there.
func aliveAt(s *Settings) string {
	if s.Page != "" {
		return s.Page
	}
	return "/"
}

// around are the two ends of a body that is a JSON object with one member which
// no service knows: it is refused for that at the latest, and nothing is created.
const (
	bodyHead = `{"listo":"`
	bodyTail = `"}`
)

func sized(target order, token http.Token, kind string, bytes int) http.Request {
	r := target.request(token)
	fill := max(0, bytes-len(bodyHead)-len(bodyTail))
	r.Body = []byte(bodyHead + strings.Repeat("x", fill) + bodyTail)
	r.Header.Set("Content-Type", "application/json")
	r.Printed = fmt.Sprintf(`{ printf '%s'; head -c %d /dev/zero | tr '\0' x; printf '%s'; }`, bodyHead, fill, bodyTail)
	switch kind {
	case chunked, farChunked:
		r.Chunked = true
	case compressed:
		r.Body = packed(r.Body)
		r.Header.Set("Content-Encoding", "gzip")
		r.Printed += " | gzip"
	}
	return r
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // a bytes.Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// verdictOf tells what an answer to a body means: "taken", "otherwise", "cut_off",
// "too_strict", or "" when it is right. A body that is packed may be refused as
// such, or as no JSON.
func verdictOf(body Body) string {
	switch {
	case body.Status == 0 || body.Err != "":
		return "cut_off"
	case body.Kind == atLimit && body.Status == 413:
		return "too_strict"
	case body.Kind == atLimit, body.Status == 413, body.Kind == compressed && (body.Status == 415 || body.Status == 400):
		return ""
	case body.Status >= 500, body.Status == 400, body.Status == 411, body.Status == 431:
		return "otherwise"
	}
	return "taken"
}

func judgeSize(o Size, _ evidence.Limits) evidence.Finding {
	found, lines := map[string][]string{}, map[string]string{}
	facts := evidence.Facts{"limit": bytesOf(o.Limit), "request": []string{o.Request}, "bodies": len(o.Bodies), "alive": o.Alive}
	for _, body := range o.Bodies {
		switch {
		case body.Status == 429:
			return evidence.Undecided("throttled", facts)
		case body.Status == 401 || body.Status == 403 || body.Status == 404 || body.Status == 405 || (body.Kind == atLimit && body.Status >= 500):
			facts["status"] = body.Status
			return evidence.Undecided("unplanned", facts)
		}
		if v := verdictOf(body); v != "" {
			if len(found[v]) == 0 {
				lines[v] = body.Curl
			}
			found[v] = append(found[v], fmt.Sprintf("%s %d", body.Kind, body.Status))
		}
	}
	if len(o.Bodies) == 0 {
		return evidence.Undecided("unplanned", facts)
	}
	for _, reason := range []string{"taken", "too_strict", "otherwise", "cut_off"} {
		if len(found[reason]) > 0 {
			facts["which"], facts[evidence.Replay] = found[reason], lines[reason]
			return evidence.Failed(reason, facts)
		}
	}
	if o.Alive == 0 || o.Alive >= 500 {
		return evidence.Failed("dead", facts)
	}
	for _, kind := range []string{atLimit, announced, chunked, farAnnounce, farChunked, compressed} {
		if !slices.ContainsFunc(o.Bodies, func(b Body) bool { return b.Kind == kind }) {
			facts["status"] = 0
			return evidence.Undecided("unplanned", facts)
		}
	}
	return evidence.Passed("refused", facts)
}
