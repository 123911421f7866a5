package security

import (
	"strings"
	"time"

	"listo/internal/evidence"
)

// found tells what a volley showed: whether the limit came, else why not.
func (v Volley) found(most int, windowMS float64) string {
	switch {
	case v.Refused > 0:
		return "limited"
	case v.Sent == 0 || v.Lost > 0:
		return "unanswered"
	case v.Broken > 0:
		return "broke"
	case v.Served > most && v.TookMS <= windowMS:
		return "unlimited"
	case v.TookMS > windowMS:
		return "slow"
	}
	return "unanswered"
}

func judgeRateLimit(o Limited, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{
		"request": []string{o.Request}, "most": o.Most, "window": duration(o.WindowMS), "sent": o.Burst.Sent, "took": duration(o.Burst.TookMS),
		"first": o.Burst.First + 1, "rotated": o.Rotating.Sent, "before": o.Before, "broken": o.Burst.Broken + o.Rotating.Broken, "lost": o.Burst.Lost + o.Rotating.Lost,
		"beside": o.Beside.Served, "beside_sent": o.Beside.Sent, "elsewhere": o.Elsewhere.Served, "elsewhere_sent": o.Elsewhere.Sent,
		evidence.Replay: strings.TrimSpace(o.Curls()),
		"retry_after":   o.RetryAfter, "after": o.After, "patience": mostPatience, "rotated_first": o.Rotating.First + 1,
	}
	if o.Before/100 != 2 {
		return evidence.Undecided("unserved", facts)
	}
	if reason := o.Burst.found(o.Most, o.WindowMS); reason != "limited" {
		return unlimitedBy(reason, facts)
	}
	if f, ok := judgeRefusal(o, facts); ok {
		return f
	}
	switch reason := o.Rotating.found(o.Most, o.WindowMS); reason {
	case "limited":
	case "unlimited":
		return evidence.Failed("evaded", facts)
	default:
		return unlimitedBy(reason, facts)
	}
	if reason := o.edge(facts); reason != "" {
		return evidence.Failed(reason, facts)
	}
	if o.Edges != nil && !o.Edges.held() {
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed("limited", facts)
}

// edge gives what is wrong at the limit's edges; "" when nothing is. Numbers count
// only when all of it happened within the declared window.
func (o Limited) edge(facts evidence.Facts) string {
	e := o.Edges
	if e == nil {
		return ""
	}
	left, said := e.left()
	served := o.Burst.Served + e.Flood.Served
	facts["served"], facts["within"], facts["forms"], facts["lost"], facts["left"] = served, duration(e.WithinMS), e.around(), e.Lost, left
	switch {
	case served > o.Most+1 && e.WithinMS <= o.WindowMS:
		return "leaky"
	case e.held() && len(e.around()) > 0:
		return "rewritten"
	case e.held() && e.hit(formElsewhere):
		return "probes"
	case e.held() && e.hit(formPreflight):
		return "preflights"
	case len(e.Lost) > 0:
		return "bare"
	case said && left > 0:
		return "lying"
	}
	return ""
}

func unlimitedBy(reason string, facts evidence.Facts) evidence.Finding {
	if reason == "unlimited" || reason == "broke" {
		return evidence.Failed(reason, facts)
	}
	return evidence.Undecided(reason, facts)
}

// judgeRefusal looks at whom the limit hits and what the refused one is told.
func judgeRefusal(o Limited, facts evidence.Facts) (evidence.Finding, bool) {
	besideFree := o.Beside.Sent > 0 && o.Beside.Refused == 0
	elsewhereFree := o.Elsewhere.Sent > 0 && o.Elsewhere.Refused == 0
	wait, readable := waitFor(o.RetryAfter, nil, time.Time{})
	switch {
	case o.Pressed.Refused == 0 || o.Beside.Sent+o.Elsewhere.Sent == 0:
		return evidence.Undecided("unanswered", facts), true
	case !besideFree && !elsewhereFree && o.Users < 2: // the only user there is may be the one that is counted
		return evidence.Undecided("unanswered", facts), true
	case !besideFree && !elsewhereFree:
		return evidence.Failed("shared", facts), true
	case (besideFree && o.Beside.Failed > 0) || (!besideFree && o.Elsewhere.Failed > 0):
		return evidence.Undecided("unanswered", facts), true
	case o.RetryAfter == "" || !readable:
		return evidence.Failed("no_retry_after", facts), true
	case o.After == 0 && wait > mostPatience:
		return evidence.Undecided("too_long", facts), true
	case o.After == 429:
		return evidence.Failed("still_refused", facts), true
	case o.After/100 != 2:
		return evidence.Undecided("unanswered", facts), true
	case o.Readable != nil && !*o.Readable:
		return evidence.Failed("hidden_answer", facts), true
	}
	return evidence.Finding{}, false
}

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
