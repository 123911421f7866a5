package frontend

import (
	"time"

	"listo/internal/evidence"
)

// The pictures that the gate publishes.
const (
	loginPicture = "frontend_login.webp"
	listPicture  = "frontend_list.webp"
)

// starvedGap is how long a browser may go without looking at its page, in
// milliseconds, before what it did not see is its own fault: it looks every 50 ms.
const starvedGap = 2000

// mostTroubles is how many of the things that went wrong are kept.
const mostTroubles = 20

// browsed asks whether the frontend works for a person: in a real browser, with
// the policy and the headers that the service sends.
func browsed() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: browserID, Class: classBrowser,
		Needs: []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.NeedBrowser,
			evidence.Setting("browser.login"), evidence.Setting("browser.rows")},
		// For each thing that is waited for: the screen, and the answer behind it.
		Limits:  []evidence.Limit{{Name: "shown", Default: 10_000, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: []string{"works", "violations", "foreign", "failed", "errors", "several", "all", "stuck", "starved", "beyond", "blind"},
	}, runBrowsed, judgeBrowsed)
}

// Browsed is what happened in the browser between opening the page and seeing
// the list. A count is of all, Troubles holds the first of them.
type Browsed struct {
	Version string  `json:"version"` // of the browser
	Acts    []Acted `json:"acts"`    // all that was to be done, in order
	Rows    int     `json:"rows"`    // visible ones, at the end
	// LongestGapMS is the longest time between two looks at the page.
	LongestGapMS float64 `json:"longest_gap_ms"`

	Documents int `json:"documents"` // in which violations were listened for
	Requests  int `json:"requests"`
	Messages  int `json:"messages"` // on the console, of all levels
	Pending   int `json:"pending"`  // requests still open at the end

	// Violations of the policy; ReportOnly are those that a policy only reports.
	Violations int `json:"violations"`
	ReportOnly int `json:"report_only"`
	Foreign    int `json:"foreign"` // requests to another origin
	Failed     int `json:"failed"`  // requests without a whole answer, or with 400 and above
	// Errors are the console's; Echoes those of them by which the browser repeats
	// a violation or a failed request that is counted already.
	Errors int `json:"errors"`
	Echoes int `json:"echoes"`
	// Unread counts what came after the browser's log was full.
	Unread   int       `json:"unread"`
	Troubles []Trouble `json:"troubles,omitempty"`
}

// Acted is one thing that was to be done, and whether it was.
type Acted struct {
	What   string  `json:"what"` // one of the act constants
	On     string  `json:"on"`   // path or CSS selector
	Done   bool    `json:"done"`
	TookMS float64 `json:"took_ms"`
}

// What is done in a browser. The last act is always to wait for the rows.
const (
	actOpen  = "open"
	actFill  = "fill"
	actClick = "click"
	actAwait = "await"
	actRows  = "rows"
)

// Trouble is one thing that went wrong.
type Trouble struct {
	Kind  string `json:"kind"` // one of the reasons of its kind: violations, foreign, failed, errors
	What  string `json:"what"`
	Where string `json:"where,omitempty"`
}

// waits tells that an act is one of waiting, which the limit bounds.
func (a Acted) waits() bool { return a.What == actAwait || a.What == actRows }

// done gives how many acts were done, each wait within the limit, and the first
// that was not.
func (o Browsed) done(shown float64) (n int, undone Acted) {
	for _, a := range o.Acts {
		switch {
		case a.Done && (!a.waits() || a.TookMS <= shown):
			n++
		case undone == Acted{}:
			undone = a
		}
	}
	return n, undone
}

// troubles gives the kinds of trouble that there are, as reasons, gravest first.
func (o Browsed) troubles() []string {
	own := o.Errors
	if o.Violations+o.Foreign+o.Failed > 0 {
		own -= o.Echoes
	}
	var kinds []string
	for _, kind := range []struct {
		reason string
		count  int
	}{{"violations", o.Violations}, {"foreign", o.Foreign}, {"failed", o.Failed}, {"errors", own}} {
		if kind.count > 0 {
			kinds = append(kinds, kind.reason)
		}
	}
	return kinds
}

func judgeBrowsed(o Browsed, limits evidence.Limits) evidence.Finding {
	done, undone := o.done(limits["shown"])
	facts := evidence.Facts{
		"browser": o.Version, "steps": len(o.Acts), "done": done, "rows": o.Rows, "requests": o.Requests, "messages": o.Messages,
		"violations": o.Violations, "foreign": o.Foreign, "failed": o.Failed, "errors": o.Errors,
		"what": "–",
	}
	if len(o.Troubles) > 0 {
		facts["what"] = o.Troubles[0].What
	}
	switch kinds := o.troubles(); {
	case len(kinds) == 4:
		return evidence.Failed("all", facts)
	case len(kinds) > 1:
		return evidence.Failed("several", facts)
	case len(kinds) == 1:
		return evidence.Failed(kinds[0], facts)
	case done < len(o.Acts) && o.LongestGapMS > starvedGap:
		facts["gap"] = time.Duration(o.LongestGapMS * float64(time.Millisecond))
		return evidence.Undecided("starved", facts)
	case done < len(o.Acts):
		facts["act"], facts["on"], facts["pending"] = undone.What, undone.On, o.Pending
		return evidence.Failed("stuck", facts)
	case o.Unread > 0:
		facts["unread"] = o.Unread
		return evidence.Undecided("beyond", facts)
	case len(o.Acts) == 0 || o.Documents == 0 || o.Requests == 0 || o.Rows == 0:
		return evidence.Undecided("blind", facts)
	}
	return evidence.Passed("works", facts)
}
