package security

import (
	"testing"

	"listo/internal/evidence"
)

const app = "https://app.example"

// crossed is a healthy observation; change changes each try.
func crossed(change func(*Cross)) Origins {
	o := Origins{Allowed: app}
	for _, kind := range []string{allowedOrigin, "foreign", "null", noOrigin} {
		for _, what := range []string{askData, askPreflight, askMissing} {
			t := Cross{Kind: kind, Origin: map[string]string{allowedOrigin: app, "foreign": "https://evil.example", "null": "null"}[kind],
				What: what, Curl: "curl", Status: 200, Varies: true}
			if kind == allowedOrigin {
				t.Admitted, t.Invited, t.Header = true, what == askPreflight, []string{app}
			}
			change(&t)
			o.Tries = append(o.Tries, t)
		}
	}
	return o
}

func TestJudgeOrigins(t *testing.T) {
	of := func(kind, what string, change func(*Cross)) Origins {
		return crossed(func(c *Cross) {
			if c.Kind == kind && (what == "" || c.What == what) {
				change(c)
			}
		})
	}
	also := func(c Cross) Origins {
		o := crossed(func(*Cross) {})
		if c.Curl = "curl"; c.Status == 0 {
			c.Status = 204
		}
		o.Tries = append(o.Tries, c)
		return o
	}
	told := func(u Unset) Origins {
		o := crossed(func(*Cross) {})
		o.Unset = &u
		return o
	}
	admit := func(c *Cross) { c.Admitted, c.Header = true, []string{c.Origin} }
	tryJudge(t, origins(), []judgement[Origins]{
		{crossed(func(*Cross) {}), evidence.Pass, "closed"},
		// One fixed value for everybody: nobody but the one can use it, and caches may keep it.
		{crossed(func(c *Cross) { c.Header, c.Varies = []string{app}, false }), evidence.Pass, "closed"},
		{of("foreign", "", func(c *Cross) { c.Status = 403 }), evidence.Pass, "closed"},
		{crossed(func(c *Cross) { c.Header, c.Star, c.Admitted = []string{"*"}, true, true }), evidence.Fail, "anyone"},
		{of("null", askPreflight, admit), evidence.Fail, "strangers"},
		{of("foreign", "", func(c *Cross) { admit(c); c.Credentials = true }), evidence.Fail, "credentials"},
		{of(allowedOrigin, askData, func(c *Cross) { c.Admitted = false }), evidence.Fail, "locked_out"},
		{of(allowedOrigin, askPreflight, func(c *Cross) { c.Invited = false }), evidence.Fail, "preflight_refused"},
		{of(allowedOrigin, askMissing, func(c *Cross) { c.Admitted = false }), evidence.Fail, "hidden_errors"},
		{of("foreign", askData, func(c *Cross) { c.Varies = false }), evidence.Fail, "uncached"},
		{also(Cross{Kind: allowedOrigin, Origin: app, What: askMethod, Granted: true}), evidence.Fail, "any_method"},
		{also(Cross{Kind: allowedOrigin, Origin: app, What: askMethod}), evidence.Pass, "closed"},
		{also(Cross{Kind: "foreign", Origin: "https://evil.example", What: askPrivate, Granted: true}), evidence.Fail, "private_network"},
		{also(Cross{Kind: allowedOrigin, Origin: app, What: askCommas, Status: 500}), evidence.Fail, "choked"},
		{also(Cross{Kind: allowedOrigin, Origin: app, What: askCommas, Status: 431}), evidence.Pass, "closed"},
		// Nobody sends two origins; what matters is that the stranger's is not let in.
		{also(Cross{Kind: twoOrigins, Origin: "https://evil.example", What: askData, Header: []string{app}, Varies: true}), evidence.Pass, "closed"},
		{also(Cross{Kind: twoOrigins, Origin: "https://evil.example", What: askData, Admitted: true, Varies: true}), evidence.Fail, "strangers"},
		{told(Unset{Refused: true}), evidence.Pass, "closed"},
		{told(Unset{Answered: 2}), evidence.Pass, "closed"},
		{told(Unset{Answered: 2, Admitted: []string{"null"}}), evidence.Fail, "open_when_unset"},
		{told(Unset{}), evidence.Unproven, "unanswered"},
		{of(allowedOrigin, askData, func(c *Cross) { c.Status = 401 }), evidence.Unproven, "unplanned"},
		{of("null", "", func(c *Cross) { c.Status = 0 }), evidence.Unproven, "unanswered"},
		// A limiter that stands before CORS says nothing of CORS.
		{of("null", "", func(c *Cross) { c.Status = 429 }), evidence.Unproven, "unanswered"},
		{crossed(func(c *Cross) {
			c.Kind, c.Origin, c.Admitted, c.Invited, c.Header = allowedOrigin, app, true, true, []string{app}
		}), evidence.Unproven, "unplanned"},
	})
}

func TestJudgeSize(t *testing.T) {
	sized := func(change func(*Body)) Size {
		o := Size{Request: "POST /x", Limit: 1000, Alive: 200}
		for _, kind := range []string{atLimit, announced, chunked, farAnnounce, farChunked, compressed} {
			b := Body{Kind: kind, Bytes: 1001, Curl: "curl", Status: 413}
			if kind == atLimit {
				b.Status = 422
			}
			change(&b)
			o.Bodies = append(o.Bodies, b)
		}
		return o
	}
	of := func(kind string, status int) Size {
		return sized(func(b *Body) {
			if b.Kind == kind {
				b.Status = status
			}
		})
	}
	dead := sized(func(*Body) {})
	dead.Alive = 0
	tryJudge(t, size(), []judgement[Size]{
		{sized(func(*Body) {}), evidence.Pass, "refused"},
		{of(compressed, 415), evidence.Pass, "refused"},
		{of(compressed, 400), evidence.Pass, "refused"},
		{of(atLimit, 201), evidence.Pass, "refused"},
		{of(chunked, 422), evidence.Fail, "taken"},
		{of(compressed, 422), evidence.Fail, "taken"},
		{of(farAnnounce, 500), evidence.Fail, "otherwise"},
		{of(announced, 400), evidence.Fail, "otherwise"},
		{of(farChunked, 0), evidence.Fail, "cut_off"},
		{of(atLimit, 413), evidence.Fail, "too_strict"},
		{dead, evidence.Fail, "dead"},
		{of(atLimit, 404), evidence.Unproven, "unplanned"},
		{of(announced, 429), evidence.Unproven, "throttled"},
		{Size{Request: "POST /x", Limit: 1000, Alive: 200, Bodies: []Body{{Kind: atLimit, Status: 422}}}, evidence.Unproven, "unplanned"},
	})
}

func TestJudgeTokens(t *testing.T) {
	answers := func(kind string, status int) Tokens {
		o := Tokens{Request: "GET /x", Signed: true, Key: true}
		for _, k := range []string{ownToken, none, "garbage", "alg_none", foreignKey, expired, notYet, ownAgain} {
			knock := Knock{Kind: k, Curl: "curl", Status: 401}
			if k == ownToken || k == ownAgain {
				knock.Status = 200
			}
			if k == kind {
				knock.Status = status
			}
			o.Tries = append(o.Tries, knock)
		}
		return o
	}
	opaque, keyless := answers("", 0), answers("", 0)
	opaque.Signed, opaque.Key, keyless.Key = false, false, false
	deep, other := answers("", 0), answers("", 0)
	deep.Deep = true // and none of the deep ones was tried
	other.Tries = append(other.Tries, Knock{Kind: audienceOther, Curl: "curl", Status: 200}, Knock{Kind: "crit", Curl: "curl", Status: 200})
	tryJudge(t, tokens(), []judgement[Tokens]{
		{answers("", 0), evidence.Pass, "refused"},
		{answers("garbage", 400), evidence.Pass, "refused"},
		{answers(foreignKey, 403), evidence.Pass, "refused"},
		{answers(expired, 200), evidence.Fail, "accepted"},
		{answers("alg_none", 302), evidence.Fail, "accepted"},
		{answers(none, 200), evidence.Fail, "open"},
		{answers("garbage", 500), evidence.Fail, "unrefused"},
		{answers(expired, 400), evidence.Fail, "unrefused"},
		{answers(ownAgain, 401), evidence.Unproven, "unexpected_own"},
		{opaque, evidence.Unproven, "opaque"},
		{keyless, evidence.Unproven, "keyless"},
		{deep, evidence.Unproven, "keyless"},
		{other, evidence.Fail, "audience"},
		{answers(notYet, 429), evidence.Unproven, "throttled"},
		{answers(foreignKey, 0), evidence.Unproven, "unanswered"},
	})
}

func TestJudgeTenants(t *testing.T) {
	foreign := func(change func(*Deed)) Deed {
		d := Deed{Owner: "a", By: "b", User: "bea", Request: "GET /x", Reads: true, Curl: "curl", Status: 404}
		change(&d)
		return d
	}
	trial := func(own, other func(*Deed)) Tenants {
		d := Deed{Owner: "a", By: "a", User: "ana", Request: "GET /x", Reads: true, Curl: "curl", Status: 200, Rows: 2, Steady: true, Unchanged: true}
		own(&d)
		return Tenants{Companies: []string{"a", "b"}, Own: []Deed{d}, Foreign: []Deed{foreign(other)}}
	}
	as := func(*Deed) {}
	attached := trial(as, as)
	attached.LeftOut = 3
	unread := func(status int) Tenants {
		o := trial(as, as)
		o.Own = append(o.Own, Deed{Owner: "a", By: "a", User: "ana", Request: "GET /export.csv", Reads: true, Status: 200, Steady: true, Unchanged: true})
		o.Foreign = append(o.Foreign, foreign(func(d *Deed) { d.Request, d.Status = "GET /export.csv", status }))
		return o
	}
	tryJudge(t, tenants(), []judgement[Tenants]{
		{trial(as, as), evidence.Pass, "apart"},
		{trial(as, func(d *Deed) { d.Status = 200 }), evidence.Pass, "apart"}, // an empty list
		{trial(as, func(d *Deed) { d.Status, d.Shown = 200, 1 }), evidence.Fail, "shown"},
		{trial(as, func(d *Deed) { d.Status, d.Reads = 204, false }), evidence.Fail, "taken"},
		{trial(as, func(d *Deed) { d.Status, d.By = 200, nobody }), evidence.Fail, "anonymous"},
		{trial(func(d *Deed) { d.Unchanged = false }, as), evidence.Fail, "changed"},
		{trial(as, func(d *Deed) { d.Status = 500 }), evidence.Fail, "broken"},
		{trial(func(d *Deed) { d.Status = 404 }, as), evidence.Unproven, "uncontrolled"},
		{trial(func(d *Deed) { d.Rows = 0 }, as), evidence.Unproven, "uncontrolled"},
		{trial(func(d *Deed) { d.Steady = false }, as), evidence.Unproven, "unsteady"},
		// An export that is no JSON: what a stranger was shown of it cannot be told.
		{unread(200), evidence.Unproven, "uncontrolled"},
		{unread(404), evidence.Pass, "apart"},
		{attached, evidence.Unproven, "left_out"},
		{trial(as, func(d *Deed) { d.Status = 429 }), evidence.Unproven, "throttled"},
		{trial(as, func(d *Deed) { d.Status = 0 }), evidence.Unproven, "unanswered"},
	})
}

func TestJudgeRateLimit(t *testing.T) {
	readable, hidden := true, false
	limit := func(change func(*Limited)) Limited {
		o := Limited{Request: "GET /x", Users: 2, Most: 20, WindowMS: 1000, Before: 200, RetryAfter: "1", WaitedMS: 1000, After: 200, Readable: &readable,
			Burst: Volley{Sent: 15, Served: 14, Refused: 1, First: 14, TookMS: 50}, Rotating: Volley{Sent: 15, Served: 14, Refused: 1, First: 14, TookMS: 50},
			Beside: Other{Sent: 10, Served: 10}, Pressed: Other{Sent: 100, Refused: 100}}
		change(&o)
		return o
	}
	through := Volley{Sent: 21, Served: 21, First: -1, TookMS: 100}
	edges := func(change func(*Edges)) Limited {
		e := Edges{Flood: Other{Sent: 40, Refused: 40}, WithinMS: 100, Forms: []Form{{Kind: formPlain, Other: Other{Sent: 10, Refused: 10}},
			{Kind: "query", Other: Other{Sent: 10, Refused: 9, Served: 1}}, {Kind: "slash", Other: Other{Sent: 10, Failed: 10}},
			{Kind: formPreflight, Other: Other{Sent: 10, Served: 10}}, {Kind: formProbe, Other: Other{Sent: 10, Refused: 10}}, {Kind: formElsewhere, Other: Other{Sent: 10, Served: 10}}},
			Told: map[string][]string{"RateLimit": {`"a";r=0;t=1`}}}
		change(&e)
		return limit(func(o *Limited) { o.Edges = &e })
	}
	tryJudge(t, rateLimit(), []judgement[Limited]{
		{limit(func(*Limited) {}), evidence.Pass, "limited"},
		// A limit by address: the neighbour at the same one pays, the one at another does not.
		{limit(func(o *Limited) { o.Beside, o.Elsewhere = Other{Sent: 10, Refused: 10}, Other{Sent: 10, Served: 10} }), evidence.Pass, "limited"},
		{edges(func(*Edges) {}), evidence.Pass, "limited"},
		{edges(func(e *Edges) { e.Flood.Served = 8 }), evidence.Fail, "leaky"},
		{edges(func(e *Edges) { e.Flood.Served, e.WithinMS = 8, 1001 }), evidence.Pass, "limited"}, // the next window has begun
		{edges(func(e *Edges) { e.Forms[1].Other = Other{Sent: 10, Served: 10} }), evidence.Fail, "rewritten"},
		{edges(func(e *Edges) { e.Forms[3].Other = Other{Sent: 10, Refused: 10} }), evidence.Fail, "preflights"},
		{edges(func(e *Edges) { e.Forms[5].Other = Other{Sent: 10, Refused: 10} }), evidence.Fail, "probes"},
		{edges(func(e *Edges) { e.Lost = []string{policyHeader} }), evidence.Fail, "bare"},
		{edges(func(e *Edges) { e.Told["RateLimit"] = []string{`"a";r=1;t=1`} }), evidence.Fail, "lying"},
		{edges(func(e *Edges) { e.Forms[0].Other = Other{Sent: 10, Served: 10} }), evidence.Unproven, "unanswered"},
		{limit(func(o *Limited) { o.RetryAfter = "Fri, 31 Dec 1999 23:59:59 GMT" }), evidence.Pass, "limited"},
		{limit(func(o *Limited) { o.Burst = through }), evidence.Fail, "unlimited"},
		{limit(func(o *Limited) { o.Rotating = through }), evidence.Fail, "evaded"},
		{limit(func(o *Limited) { o.Beside, o.Elsewhere = Other{Sent: 10, Refused: 10}, Other{Sent: 10, Refused: 2} }), evidence.Fail, "shared"},
		{limit(func(o *Limited) { o.RetryAfter = "" }), evidence.Fail, "no_retry_after"},
		{limit(func(o *Limited) { o.RetryAfter = "soon" }), evidence.Fail, "no_retry_after"},
		{limit(func(o *Limited) { o.After = 429 }), evidence.Fail, "still_refused"},
		{limit(func(o *Limited) { o.Readable = &hidden }), evidence.Fail, "hidden_answer"},
		{limit(func(o *Limited) { o.Burst = Volley{Sent: 21, Broken: 21, First: -1} }), evidence.Fail, "broke"},
		{limit(func(o *Limited) { o.Burst = Volley{Sent: 12, Served: 12, First: -1, TookMS: 1100} }), evidence.Unproven, "slow"},
		{limit(func(o *Limited) { o.Rotating = Volley{Sent: 12, Served: 12, First: -1, TookMS: 1100} }), evidence.Unproven, "slow"},
		{limit(func(o *Limited) { o.RetryAfter, o.After, o.WaitedMS = "900", 0, 0 }), evidence.Unproven, "too_long"},
		{limit(func(o *Limited) { o.Before = 401 }), evidence.Unproven, "unserved"},
		{limit(func(o *Limited) { o.Burst = Volley{Sent: 21, Served: 3, First: -1} }), evidence.Unproven, "unanswered"},
		{limit(func(o *Limited) { o.Users, o.Beside, o.Elsewhere = 1, Other{}, Other{Sent: 10, Refused: 10} }), evidence.Unproven, "unanswered"},
		{limit(func(o *Limited) { o.Pressed.Refused = 0 }), evidence.Unproven, "unanswered"},
		{limit(func(o *Limited) { o.Burst = Volley{Sent: 21, Lost: 1, First: -1} }), evidence.Unproven, "unanswered"},
	})
}
