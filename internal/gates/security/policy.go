package security

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strconv"

	"listo/internal/engine/csp"
	"listo/internal/engine/hardening"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// policy asks whether the Content-Security-Policy is worth its name.
func policy() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: policyID, Class: policyID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("page"), evidence.Setting("request")},
		Reasons: []string{"strict", "absent", "report_only", "weak", "nonce_reused", "unplanned", "unanswered"},
	}, timed(budget, runPolicy), judgePolicy)
}

// Policy is the Content-Security-Policy of the page, asked for twice, and of
// an answer of the API.
type Policy struct {
	Page  Answer `json:"page"`
	Again Answer `json:"again"`
	API   Answer `json:"api"`
}

func runPolicy(ctx context.Context, b *lab.Bench) (Policy, error) {
	token, err := firstToken(ctx, b)
	if err != nil {
		return Policy{}, err
	}
	request, err := parseOrder(settings(b).Request)
	if err != nil {
		return Policy{}, fmt.Errorf("security: request: %w", err)
	}
	a := asking{b: b, client: http.On(b), token: token}
	page := http.Request{Method: nethttp.MethodGet, Path: settings(b).Page}
	return Policy{Page: a.ask(ctx, pageServed, page), Again: a.ask(ctx, pageServed, page), API: a.ask(ctx, apiServed, request.request(token))}, nil
}

// Weaknesses tells what weakens the policies of an answer. An X-Frame-Options
// that browsers obey stands in for frame-ancestors.
func (a Answer) Weaknesses() []csp.Weakness {
	all := csp.Weaknesses(csp.Parse(a.Headers[policyHeader]))
	if hardening.Frames(a.Headers[hardening.FrameOptions]) != "" {
		return all
	}
	return slices.DeleteFunc(all, func(w csp.Weakness) bool { return w.Kind == csp.Missing && w.Directive == "frame-ancestors" })
}

// Policies gives the policies of an answer, for the page.
func (a Answer) Policies() []csp.Policy { return csp.Parse(a.Headers[policyHeader]) }

func judgePolicy(o Policy, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"page": statusLine(o.Page), "api": statusLine(o.API)}
	for _, a := range []Answer{o.Page, o.Again, o.API} {
		switch {
		case a.Status == 0:
			return evidence.Undecided("unanswered", facts)
		case !a.asPlanned():
			facts["requests"] = []string{a.Curl}
			return evidence.Undecided("unplanned", facts)
		}
	}
	var weak []string
	for _, a := range []Answer{o.Page, o.API} {
		if len(a.Policies()) == 0 {
			facts["where"], facts[evidence.Replay] = []string{statusLine(a)}, a.Curl
			if len(a.Headers[policyReportOnly]) > 0 {
				return evidence.Failed("report_only", facts)
			}
			return evidence.Failed("absent", facts)
		}
		for _, w := range a.Weaknesses() {
			weak = append(weak, w.Directive+": "+string(w.Kind)+suffix(w.Source))
		}
	}
	if len(weak) > 0 {
		facts["weaknesses"] = once(weak)
		return evidence.Failed("weak", facts)
	}
	if n := nonces(o.Page); len(n) > 0 && slices.Equal(n, nonces(o.Again)) {
		facts["nonces"] = n
		return evidence.Failed("nonce_reused", facts)
	}
	facts["directives"] = len(o.Page.Policies()[0])
	return evidence.Passed("strict", facts)
}

func nonces(a Answer) []string {
	var all []string
	for _, p := range a.Policies() {
		all = append(all, p.Nonces()...)
	}
	return all
}

func suffix(source string) string {
	if source == "" {
		return ""
	}
	return " " + source
}

// statusLine names an answer by its request and its status: "GET /api/me 401".
func statusLine(a Answer) string { return a.Request + " " + strconv.Itoa(a.Status) }
