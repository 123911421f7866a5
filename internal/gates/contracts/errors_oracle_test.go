package contracts

import (
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"listo/internal/engine/wire"
	"listo/internal/lab/http"
)

func TestJudgeCompanions(t *testing.T) {
	good := Companions{Origin: "https://app.example", Control: 200, Readable: true, Sent: 9, Errors: 7, Asked: 20}
	with := func(change func(*Companions)) Companions { o := good; change(&o); return o }
	tryJudge(t, companionsID, []judgement{
		{good, pass, "kept"},
		{with(func(o *Companions) { o.Origin, o.Readable = "", false }), pass, "kept"},
		{with(func(o *Companions) {
			o.Rows = []CompanionsRow{{Name: "no_token", Status: 401, Layer: layerExpress, Lost: []string{lostChallenge}}}
		}), fail, "lacks"},
		{with(func(o *Companions) { o.Readable = false }), unproven, "unreadable"},
		{with(func(o *Companions) { o.Control = 401 }), unproven, "uncontrolled"},
		{with(func(o *Companions) { o.Unanswered = 1 }), unproven, "unanswered"},
		{with(func(o *Companions) { o.Asked = 0 }), unproven, "empty"},
		{Companions{}, unproven, "empty"},
	})
}

func TestJudgeFraming(t *testing.T) {
	row := func(state string) []FramingRow {
		return []FramingRow{{Row: 9, Name: "malformed", Method: "POST", Status: 400, State: state}}
	}
	good := Framing{Control: 200, After: 200, Sent: 9, Errors: 7, Reused: 5, Closed: 2, Rows: row("reused")}
	with := func(change func(*Framing)) Framing { o := good; change(&o); return o }
	var table []judgement
	for _, bad := range []string{"misframed", "hung", "cut", "uncoded", "head"} {
		table = append(table, judgement{with(func(o *Framing) { o.Rows = row(bad) }), fail, bad})
	}
	tryJudge(t, framingID, append(table,
		judgement{good, pass, "whole"},
		judgement{with(func(o *Framing) { o.Rows = row("closed") }), pass, "whole"},
		judgement{with(func(o *Framing) { o.Rows = row("unanswered") }), unproven, "unanswered"},
		judgement{with(func(o *Framing) { o.After = 0 }), fail, "died"},
		judgement{with(func(o *Framing) { o.Control = 0 }), unproven, "uncontrolled"},
		judgement{with(func(o *Framing) { o.Reused, o.Closed = 0, 0 }), unproven, "empty"},
		judgement{Framing{}, unproven, "empty"},
	))
}

func TestJudgeDisguised(t *testing.T) {
	tryJudge(t, disguisedID, []judgement{
		{Disguised{Provocations: 9, Errors: 7, Successes: 2}, pass, "honest"},
		{Disguised{Provocations: 9, Errors: 7, Successes: 2, Rows: []DisguisedRow{{Name: "absent", Status: 200, Mark: "success"}}}, fail, "disguised"},
		{Disguised{Provocations: 9, Errors: 7, Unanswered: 2}, unproven, "unanswered"},
		{Disguised{Provocations: 9}, unproven, "empty"},
		{Disguised{}, unproven, "empty"},
	})
}

// What an error must bring, and what nobody may ask of it.
func TestCompanionsOfAnError(t *testing.T) {
	const origin = "https://app.example"
	full := nethttp.Header{"X-Content-Type-Options": {"nosniff"}, "X-Request-Id": {"1"}, "Access-Control-Allow-Origin": {origin}}
	with := func(h nethttp.Header, name, value string) nethttp.Header {
		h = h.Clone()
		if h.Del(name); value != "" {
			h.Set(name, value)
		}
		return h
	}
	for name, c := range map[string]struct {
		of     companions
		status int
		header nethttp.Header
		want   []string
	}{
		"all there":                        {companions{good: full, origin: origin}, 404, full, nil},
		"a service without any":            {companions{}, 404, nethttp.Header{}, nil},
		"401 without a challenge":          {companions{}, 401, nethttp.Header{}, []string{lostChallenge}},
		"401 with one":                     {companions{}, 401, nethttp.Header{"Www-Authenticate": {"Bearer"}}, nil},
		"401 where cookies are used":       {companions{cookie: true}, 401, nethttp.Header{}, nil},
		"426 that does not say to what":    {companions{}, 426, nethttp.Header{}, []string{lostUpgrade}},
		"the frontend cannot read it":      {companions{good: full, origin: origin}, 422, with(full, "Access-Control-Allow-Origin", ""), []string{lostCORS}},
		"another may read it":              {companions{good: full, origin: origin}, 422, with(full, "Access-Control-Allow-Origin", "https://other.example"), []string{lostCORS}},
		"everybody may":                    {companions{good: full, origin: origin}, 422, with(full, "Access-Control-Allow-Origin", "*"), nil},
		"only without credentials":         {companions{good: with(full, "Access-Control-Allow-Credentials", "true"), origin: origin}, 422, full, []string{lostCORS}},
		"nobody asked from there":          {companions{good: full}, 422, with(full, "Access-Control-Allow-Origin", ""), nil},
		"sniffed":                          {companions{good: full}, 500, with(full, "X-Content-Type-Options", ""), []string{lostSniff}},
		"no identifier":                    {companions{good: full}, 500, with(full, "X-Request-Id", ""), []string{lostID}},
		"a kept 401":                       {companions{cookie: true}, 401, nethttp.Header{"Cache-Control": {"public, max-age=60"}}, []string{lostFresh}},
		"a 500 kept by shared caches":      {companions{}, 500, nethttp.Header{"Cache-Control": {"s-maxage=60"}}, []string{lostFresh}},
		"a 403 with an end in the future":  {companions{}, 403, nethttp.Header{"Date": {"Sun, 06 Nov 1994 08:49:37 GMT"}, "Expires": {"Sun, 06 Nov 1994 09:49:37 GMT"}}, []string{lostFresh}},
		"a 403 that expired":               {companions{}, 403, nethttp.Header{"Date": {"Sun, 06 Nov 1994 08:49:37 GMT"}, "Expires": {"Thu, 01 Jan 1970 00:00:00 GMT"}}, nil},
		"a 500 that one browser may keep":  {companions{}, 500, nethttp.Header{"Cache-Control": {"private, max-age=60"}}, nil},
		"a 500 with max-age=0":             {companions{}, 500, nethttp.Header{"Cache-Control": {"public, max-age=0, must-revalidate"}}, nil},
		"a 404 may be kept":                {companions{}, 404, nethttp.Header{"Cache-Control": {"public, max-age=60"}}, nil},
		"a method may be known to be none": {companions{}, 501, nethttp.Header{"Cache-Control": {"public, max-age=60"}}, nil},
	} {
		got, _ := c.of.lacks(http.Answer{Status: c.status, Header: c.header})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMarksOfADisguise(t *testing.T) {
	for text, want := range map[string]string{
		`{"success":false}`: "success", `{"ok":false,"error":"x"}`: "ok", `{"error":"no such thing"}`: "error", `{"error":{"code":4}}`: "error",
		`{"errors":["x"]}`: "errors", `{"statusCode":404}`: "statusCode", `{"status":"error","message":"x"}`: "status", `{"error":true}`: "error",
		`{"success":true}`: "", `{"error":null,"items":[]}`: "", `{"errors":[],"items":[]}`: "", `{"error":""}`: "", `{"status":"open"}`: "", `{"status":200}`: "",
		`{"data":null,"errors":[{"message":"x"}]}`: "", `{"jsonrpc":"2.0","error":{"code":-32601}}`: "", `[{"error":"x"}]`: "", `plain`: "", `{"code":500}`: "",
	} {
		if got := markOf(http.Answer{Status: 200, Body: []byte(text)}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWhatFollowsAnError(t *testing.T) {
	first := wire.Answer{Minor: 1, Status: 404, Framing: wire.ByLength}
	closing := first
	closing.Header = []wire.Field{{Name: "Connection", Value: "close"}}
	both := first
	both.Both = true
	second := func(status int) []wire.Answer { return []wire.Answer{first, {Minor: 1, Status: status}} }
	for name, c := range map[string]struct {
		talk wire.Conversation
		want string
	}{
		"served":                      {wire.Conversation{Answers: second(200), State: wire.Open}, "reused"},
		"served, and limited":         {wire.Conversation{Answers: second(429), State: wire.Open}, "reused"},
		"read as something else":      {wire.Conversation{Answers: second(400), State: wire.Closed}, "misframed"},
		"closed as was said":          {wire.Conversation{Answers: []wire.Answer{closing}, State: wire.Closed}, "closed"},
		"closed with bytes unread":    {wire.Conversation{Answers: []wire.Answer{closing}, State: wire.Reset}, "closed"},
		"said to be closed, and open": {wire.Conversation{Answers: []wire.Answer{closing}, State: wire.Open}, "hung"},
		"silent":                      {wire.Conversation{Answers: []wire.Answer{first}, State: wire.Open}, "hung"},
		"cut":                         {wire.Conversation{Answers: []wire.Answer{first}, State: wire.Closed}, "cut"},
		"more than it says":           {wire.Conversation{Answers: []wire.Answer{first}, State: wire.Closed, Malformed: "x"}, "misframed"},
		"two lengths":                 {wire.Conversation{Answers: []wire.Answer{both}, State: wire.Closed}, "misframed"},
		"nothing":                     {wire.Conversation{State: wire.Closed}, "unanswered"},
	} {
		if got := followedState(c.talk, "GET"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, c := range []struct {
		head, get int
		bad       bool
	}{{404, 404, false}, {405, 404, false}, {404, 401, false}, {501, 200, false}, {200, 404, true}, {500, 404, true}, {200, 429, false}, {429, 404, false}, {404, 0, false}} {
		if headDiffers(c.head, c.get) != c.bad {
			t.Errorf("HEAD %d and GET %d", c.head, c.get)
		}
	}
	if uncoded([]byte("x"), "gzip") != true || uncoded(nil, "gzip") || !uncoded([]byte("x"), "compress") {
		t.Error("codings")
	}
}

// Ways of a service that are its own: none of them may turn a check red.
func TestInnocentCompany(t *testing.T) {
	for name, c := range map[string]struct {
		check   string
		service nethttp.Handler
	}{
		"each connection is for one request": {framingID, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) { w.Header().Set("Connection", "close") })},
		"HEAD is not known": {framingID, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if r.Method == "HEAD" {
				w.Code = 405
			}
		})},
		"a 404 may be cached": {companionsID, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 404 {
				w.Header().Set("Cache-Control", "public, max-age=60")
			}
		})},
		"only errors have a policy": {companionsID, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code >= 400 {
				w.Header().Set("Content-Security-Policy", "default-src 'none'") // Express 5 does so
			}
		})},
		"things have a state that is called error": {disguisedID, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code/100 == 2 {
				body(w, func(o map[string]any) { o["status"] = "failed" })
			}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			if f := try(t, at(t, c.service, shopDocument), c.check); f.Outcome != pass {
				t.Errorf("%s: %v %q %v", c.check, f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}
