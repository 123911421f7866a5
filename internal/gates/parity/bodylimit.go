package parity

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
	labwire "listo/internal/lab/wire"
	"listo/internal/words"
)

// mostLimit is the largest body limit that is tried, in bytes.
const mostLimit = 4 << 20

// bodyLimit asks whether the service takes bodies up to the declared size, to the byte.
func bodyLimit() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: bodyLimitID, Class: bodyLimitID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("expect.body_limit"), evidence.Setting("expect.body_request")},
		Reasons: []string{"exact", "larger", "smaller", "unclear", "unanswered", "throttled", "nothing"},
	}, runBodyLimit, judgeBodyLimit)
}

// BodyLimit is what became of bodies around the declared size.
type BodyLimit struct {
	Request  string `json:"request"`
	Declared int    `json:"declared"` // bytes
	Bodies   []Body `json:"bodies"`
}

// Body is one body that was sent.
type Body struct {
	Bytes   int    `json:"bytes"`
	Chunked bool   `json:"chunked"`
	Over    bool   `json:"over"` // more than declared
	Status  int    `json:"status"`
	State   string `json:"state"`
	Err     string `json:"err,omitempty"`
}

const bodyPatience = 8 * time.Second

func runBodyLimit(ctx context.Context, b *lab.Bench) (BodyLimit, error) {
	client, err := labwire.On(b)
	if err != nil {
		return BodyLimit{}, err
	}
	e := settings(b).Expect
	o := BodyLimit{Request: e.BodyRequest, Declared: e.BodyLimit}
	for _, size := range []int{e.BodyLimit, e.BodyLimit + 1} {
		for _, chunked := range []bool{false, true} {
			body := Body{Bytes: size, Chunked: chunked, Over: size > e.BodyLimit}
			body.send(ctx, client, e.BodyRequest)
			o.Bodies = append(o.Bodies, body)
		}
	}
	return o, ctx.Err()
}

func (o *Body) send(ctx context.Context, client *labwire.Client, request string) {
	method, path, _ := methodAndPath(request)
	json := padded(o.Bytes)
	fields := []string{"Content-Type", "application/json", "Connection", "close"}
	if o.Chunked {
		fields = append(fields, "Transfer-Encoding", "chunked")
		json = fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(json), json)
	} else {
		fields = append(fields, "Content-Length", strconv.Itoa(len(json)))
	}
	c := client.Talk(ctx, labwire.Plan{Script: wire.Script{Answers: 1, Patience: bodyPatience, Methods: []string{method},
		Steps: []wire.Step{wire.Request(message(method, path, client.Host(), json, fields...))}}})
	o.Status, o.State = statusOf(c), string(c.State)
	if c.Err != nil {
		o.Err = strings.ToValidUTF8(c.Err.Error(), "\ufffd")
	}
}

// padded gives a JSON object of exactly so many bytes, 8 at least.
func padded(size int) []byte {
	return slices.Concat([]byte(`{"a":"`), bytes.Repeat([]byte("a"), max(0, size-8)), []byte(`"}`))
}

// taken tells a body that was read to its end, whatever was thought of it; refused
// one that was too large: told so, or cut off while it was sent.
func (o Body) taken() bool {
	return o.Status != 0 && o.Status != 413 && o.Status != 429 && o.Status < 500
}
func (o Body) refused() bool { return o.Status == 413 }

func judgeBodyLimit(o BodyLimit, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"request": []string{o.Request}, "declared": words.Bytes(o.Declared), "bytes": o.Declared, "bodies": len(o.Bodies), "statuses": statuses(o.Bodies)}
	if o.Declared == 0 || len(o.Bodies) < 4 {
		return evidence.Undecided("nothing", facts)
	}
	var within, over, throttled, silent, unclear int
	for _, body := range o.Bodies {
		switch {
		case body.Status == 429:
			throttled++
		case body.Status == 0 && !body.Over, body.Err != "":
			silent++
		case body.Over && body.taken():
			over++
		case !body.Over && body.refused():
			within++
		case body.Over && !body.refused(), !body.Over && !body.taken():
			unclear++
		}
	}
	switch {
	case over > 0:
		return evidence.Failed("larger", facts)
	case within > 0:
		return evidence.Failed("smaller", facts)
	case throttled > 0:
		return evidence.Undecided("throttled", facts)
	case silent > 0:
		return evidence.Undecided("unanswered", facts)
	case unclear > 0:
		return evidence.Failed("unclear", facts)
	}
	return evidence.Passed("exact", facts)
}

func statuses(all []Body) []string {
	var text []string
	for _, body := range all {
		status := strconv.Itoa(body.Status)
		if body.Status == 0 {
			status = "—"
		}
		text = append(text, status)
	}
	return text
}
