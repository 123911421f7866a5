package security

import (
	"context"
	"slices"

	"listo/internal/engine/csp"
	"listo/internal/engine/hardening"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// headers asks whether every answer, the errors too, carries what hardens a browser.
func headers() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: headersID, Class: headersID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("page"), evidence.Setting("request")},
		Reasons: []string{"hardened", "missing", "conflicting", "weak", "cacheable", "loose_cookies", "deprecated", "unplanned", "unprovoked", "unanswered"},
	}, timed(budget, runHeaders), judgeHeaders)
}

// Headers is what came with one answer of every kind.
type Headers struct {
	Answers []Answer `json:"answers"`
	// Strict tells that what the server answers before any code of the service runs
	// is judged like the rest, as the plan says.
	Strict bool `json:"strict,omitempty"`
	// Wide tells that the opener's policy and caching were looked at, which the first
	// version of this observation knew nothing of; a bundle of then is judged as then.
	Wide bool `json:"wide,omitempty"`
}

func runHeaders(ctx context.Context, b *lab.Bench) (Headers, error) {
	token, err := firstToken(ctx, b)
	if err != nil {
		return Headers{}, err
	}
	a := asking{b: b, client: http.On(b), token: token}
	answers, err := a.all(ctx)
	if err != nil {
		return Headers{Answers: answers}, err
	}
	return Headers{Answers: append(answers, a.further(ctx)...), Strict: settings(b).BeforeHandlers, Wide: true}, nil
}

// Gap is one header that is not as it should be, in one answer.
type Gap struct {
	Answer Answer
	Header string
	Fault  hardening.Fault
}

// frameProtection stands for the two headers of which either will do.
const frameProtection = hardening.FrameOptions

// faults gives what is wrong with each of the headers that are due over plain
// http; HSTS is due over TLS only and has a check of its own.
func (a Answer) faults() map[string]hardening.Fault {
	policies := csp.Parse(a.Headers[policyHeader])
	all := map[string]hardening.Fault{
		hardening.ContentTypeOptions: hardening.Nosniff(a.Headers[hardening.ContentTypeOptions]),
		hardening.ReferrerPolicy:     hardening.Referrer(a.Headers[hardening.ReferrerPolicy]),
		hardening.PermissionsPolicy:  hardening.Permissions(a.Headers[hardening.PermissionsPolicy]),
		frameProtection:              hardening.Frames(a.Headers[hardening.FrameOptions]),
		hardening.OpenerPolicy:       hardening.NotDue,
		policyHeader:                 "",
	}
	if a.document() {
		all[hardening.OpenerPolicy] = hardening.Opener(a.Headers[hardening.OpenerPolicy])
	}
	if len(policies) == 0 {
		all[policyHeader] = hardening.Missing
	}
	if slices.ContainsFunc(policies, framesClosed) {
		all[frameProtection] = ""
	}
	if a.Kind == notModified { // a browser keeps those that it has (RFC 9111, section 3.2)
		for name, fault := range all {
			if fault == hardening.Missing {
				all[name] = hardening.NotDue
			}
		}
	}
	return all
}

// document tells an answer that a browser shows as a page of its own.
func (a Answer) document() bool { return a.Media == "text/html" || a.Media == "application/xhtml+xml" }

// judged tells whether an answer counts. What the server refuses before any code
// of the service runs does when the plan says so.
func (o Headers) judged(a Answer) bool { return a.Status != 0 && (a.Kind != tooLong || o.Strict) }

// framesClosed tells whether frame-ancestors names who may frame the page, which
// is what browsers obey when it is there (CSP3, section 6.4.2).
func framesClosed(p csp.Policy) bool {
	sources, ok := p.Sources("frame-ancestors")
	return ok && !slices.ContainsFunc(csp.Weaknesses([]csp.Policy{p}), func(w csp.Weakness) bool { return w.Directive == "frame-ancestors" }) && len(sources) > 0
}

// HardeningHeaders lists the headers of the table, in the order in which it shows them.
func HardeningHeaders() []string {
	return []string{policyHeader, hardening.ContentTypeOptions, frameProtection, hardening.ReferrerPolicy, hardening.PermissionsPolicy, hardening.OpenerPolicy}
}

// Gaps lists what is wrong, in the order in which it was asked.
func (o Headers) Gaps() []Gap {
	var gaps []Gap
	for _, a := range o.Answers {
		if !o.judged(a) {
			continue
		}
		faults := a.faults()
		for _, name := range HardeningHeaders() {
			if faults[name] != "" && faults[name] != hardening.NotDue && (o.Wide || name != hardening.OpenerPolicy) {
				gaps = append(gaps, Gap{a, name, faults[name]})
			}
		}
	}
	return gaps
}

// seen sums the answers up for the judges that look at headers.
type seen struct {
	answers, unanswered int
	unplanned           []string // requests whose answer is not of the sort wanted
	failure, missing    bool     // a 500 and a 404 are among them
}

func look(answers []Answer) seen {
	s := seen{answers: len(answers)}
	for _, a := range answers {
		switch {
		case a.Status == 0:
			s.unanswered++
		case !a.asPlanned():
			s.unplanned = append(s.unplanned, a.Curl)
		default:
			s.failure = s.failure || a.Status >= 500
			s.missing = s.missing || a.Status == 404
		}
	}
	return s
}

// firstGap gives the line of the first answer that has such a fault.
func firstGap(gaps []Gap, fault hardening.Fault) string {
	if i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Fault == fault }); i >= 0 {
		return gaps[i].Answer.Curl
	}
	return ""
}

func judgeHeaders(o Headers, _ evidence.Limits) evidence.Finding {
	s, gaps, odd := look(o.Answers), o.Gaps(), o.oddities()
	facts := evidence.Facts{"answers": s.answers, "unanswered": s.unanswered, "requests": s.unplanned, "gaps": len(gaps)}
	var names, weak []string
	for _, g := range gaps {
		if g.Fault == hardening.Missing {
			names = append(names, g.Header)
		} else {
			weak = append(weak, g.Header)
		}
	}
	facts["headers"], facts["weak"] = once(names), once(weak)
	switch {
	case s.answers == 0 || s.unanswered == s.answers:
		return evidence.Undecided("unanswered", facts)
	case len(names) > 0:
		facts[evidence.Replay] = firstGap(gaps, hardening.Missing)
		facts["where"] = where(gaps, hardening.Missing)
		return evidence.Failed("missing", facts)
	case len(odd.conflicting) > 0:
		return evidence.Failed("conflicting", odd.facts(facts, odd.conflicting))
	case len(weak) > 0:
		return evidence.Failed("weak", facts)
	case len(odd.cacheable) > 0:
		return evidence.Failed("cacheable", odd.facts(facts, odd.cacheable))
	case len(odd.cookies) > 0:
		return evidence.Failed("loose_cookies", odd.facts(facts, odd.cookies))
	case len(odd.deprecated) > 0:
		return evidence.Failed("deprecated", odd.facts(facts, odd.deprecated))
	case s.unanswered > 0:
		return evidence.Undecided("unanswered", facts)
	case len(s.unplanned) > 0:
		return evidence.Undecided("unplanned", facts)
	case !s.failure || !s.missing:
		return evidence.Undecided("unprovoked", facts)
	}
	return evidence.Passed("hardened", facts)
}

// where lists the requests whose answers have a gap of this sort.
func where(gaps []Gap, fault hardening.Fault) []string {
	var lines []string
	for _, g := range gaps {
		if g.Fault == fault {
			lines = append(lines, statusLine(g.Answer))
		}
	}
	return once(lines)
}

// once gives the texts without repetition, in their order.
func once(all []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
