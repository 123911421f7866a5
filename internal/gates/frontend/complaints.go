package frontend

import (
	"fmt"
	"net/url"
	"strings"

	"listo/internal/lab/browser"
)

// read takes over what the browser told: what was asked for and what went wrong.
func (o *Browsed) read(seen browser.Seen) {
	o.Documents, o.Requests, o.Messages, o.Pending = seen.Documents, seen.RequestCount, seen.MessageCount, seen.Pending
	o.Unread = seen.RequestCount - len(seen.Requests) + seen.MessageCount - len(seen.Messages) + seen.ViolationCount - len(seen.Violations)
	o.violated(seen.Violations)
	for _, r := range seen.Requests {
		o.requested(r)
	}
	for _, m := range seen.Messages {
		o.complained(m)
	}
}

// violated counts violations once, although most are told of twice.
func (o *Browsed) violated(all []browser.Violation) {
	enforced, reported := map[string]int{}, map[string]int{}
	for _, v := range all {
		if v.ReportOnly {
			reported[v.Via]++
			continue
		}
		enforced[v.Via]++
	}
	o.Violations = max(enforced[browser.ViaEvent], enforced[browser.ViaIssue])
	o.ReportOnly = max(reported[browser.ViaEvent], reported[browser.ViaIssue])
	via := browser.ViaEvent
	if enforced[browser.ViaIssue] > enforced[via] {
		via = browser.ViaIssue
	}
	for _, v := range all {
		if v.Via == via && !v.ReportOnly {
			o.trouble("violations", v.Directive+": "+v.Blocked, place(v.URL, v.Line))
		}
	}
}

// requested judges nothing but sorts: was this one to another origin, did it fail?
func (o *Browsed) requested(r *browser.Request) {
	what := r.Method + " " + r.URL
	switch {
	case r.Blocked == "csp": // never sent; counted as a violation
	case r.Foreign:
		o.Foreign++
		o.trouble("foreign", what, r.Type)
	case ofTheBrowser(r.URL, r.Type):
	case r.Failure != "" && !r.Canceled:
		o.Failed++
		o.trouble("failed", fmt.Sprintf("%s: %s", what, reasonOf(r)), r.Type)
	case r.Status >= 400:
		o.Failed++
		o.trouble("failed", fmt.Sprintf("%s: %d", what, r.Status), r.Type)
	}
}

func reasonOf(r *browser.Request) string {
	if r.Blocked != "" {
		return r.Failure + " (" + r.Blocked + ")"
	}
	return r.Failure
}

// ofTheBrowser tells that a browser asks for this by itself: no page is the worse
// for not having an icon.
func ofTheBrowser(raw, kind string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Path == "/favicon.ico" && (kind == "Other" || kind == "")
}

// complained counts the errors of the console, and which of them only repeat
// what is counted otherwise.
func (o *Browsed) complained(m browser.Message) {
	if m.Level != "error" || m.Source == "network" && ofTheBrowser(m.URL, "") {
		return
	}
	o.Errors++
	if m.Source == "network" || m.Source == "security" && strings.Contains(m.Text, "Content Security Policy") {
		o.Echoes++
	}
	o.trouble("errors", m.Text, place(m.URL, m.Line))
}

func place(at string, line int64) string {
	if at == "" || line < 1 {
		return at
	}
	return fmt.Sprintf("%s:%d", at, line)
}

func (o *Browsed) trouble(kind, what, where string) {
	if len(o.Troubles) < mostTroubles {
		o.Troubles = append(o.Troubles, Trouble{kind, what, where})
	}
}
