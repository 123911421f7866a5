package contracts

import (
	"context"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/engine/routes"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// mostProbes bounds how many candidates are asked for.
const mostProbes = 400

// undocumented asks whether the service serves anything that the document does
// not tell of.
func undocumented() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: undocumentedID, Class: classUndocumented,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"none", "extra", "no_inventory", "blind", "beyond", "empty"},
	}, runUndocumented, judgeUndocumented)
}

// Undocumented is what was found of the service's routes, and which of them the
// document does not hold.
type Undocumented struct {
	Operations int        `json:"operations"` // documented
	Files      int        `json:"files"`      // of source that were parsed
	Framework  string     `json:"framework"`  // whose router told; "" none
	Failure    string     `json:"failure,omitempty"`
	Registered int        `json:"registered"` // routes found in source or told by the router
	Known      int        `json:"known"`      // of these, documented
	Texts      int        `json:"texts"`      // other texts of the source that look like a path
	Probed     int        `json:"probed"`     // paths asked for: not documented, not exempt
	Methods    int        `json:"methods"`    // methods asked for on documented paths
	Beyond     int        `json:"beyond"`     // candidates that were too many
	Walled     int        `json:"walled"`     // answers 401 or 403: nothing is known of what is behind
	Lost       int        `json:"lost"`       // without an answer, or too many: nothing is known either
	Blind      bool       `json:"blind"`      // the service answers anything with success
	Exempt     []string   `json:"exempt"`     // by listo.yaml
	Extra      []ExtraRow `json:"extra,omitempty"`
	Unanswered []ExtraRow `json:"unanswered,omitempty"` // registered in the source, and not served
}

// ExtraRow is a route beside the document.
type ExtraRow struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Where  string `json:"where"` // file:line, the router, well-known, or method
	Status int    `json:"status"`
	Line   string `json:"line"`
}

func runUndocumented(ctx context.Context, b *lab.Bench) (Undocumented, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Undocumented{}, err
	}
	in, err := inventoryOf(ctx, b)
	if err != nil {
		return Undocumented{}, err
	}
	s.quiet(ctx)
	o := Undocumented{Operations: len(s.doc.Operations), Files: in.files, Framework: in.framework, Failure: in.failure, Exempt: append([]string{}, settings(b).Exempt...)}
	defer s.quietly("paths and methods that are not documented")()
	p := prober{scout: s, seen: &o, unknown: map[string]Fingerprint{}}
	o.Blind = p.fingerprint(ctx, nethttp.MethodGet).Status/100 == 2
	p.candidates(ctx, in)
	p.methods(ctx)
	return o, ctx.Err()
}

// prober asks for what the document does not hold.
type prober struct {
	*scout
	seen    *Undocumented
	unknown map[string]Fingerprint // by method
}

func (p *prober) fingerprint(ctx context.Context, method string) Fingerprint {
	if _, known := p.unknown[method]; !known {
		p.unknown[method] = p.scout.unknown(ctx, method)
	}
	return p.unknown[method]
}

// candidates asks for every route of the inventory, and for what is well-known.
func (p *prober) candidates(ctx context.Context, in inventory) {
	for _, r := range slices.Concat(in.all, wellKnown()) {
		documented := p.documented(r)
		switch {
		case r.Registered:
			p.seen.Registered++
			if documented {
				p.seen.Known++
			}
		case r.Where != "well-known":
			p.seen.Texts++
		}
		if documented || p.exempt(r.Path) || (!r.Registered && p.covered(r.Path)) || ctx.Err() != nil {
			continue
		}
		if p.seen.Probed == mostProbes {
			p.seen.Beyond++
			continue
		}
		p.seen.Probed++
		p.probe(ctx, r)
	}
}

// documented tells whether the document holds a route; of a route without a
// method, whether it holds its path.
func (p *prober) documented(r routes.Route) bool {
	return slices.ContainsFunc(p.doc.Operations, func(o *openapi.Operation) bool {
		return routes.Form(o.Path) == routes.Form(r.Path) && (r.Method == "" || r.Method == o.Method || (r.Method == "HEAD" && o.Method == "GET") || r.Method == "OPTIONS")
	})
}

// covered tells whether a path is one of a documented template.
func (p *prober) covered(target string) bool {
	return slices.ContainsFunc(p.doc.Operations, func(o *openapi.Operation) bool {
		form := regexp.QuoteMeta(routes.Form(o.Path))
		form = strings.ReplaceAll(form, `\{\}`, `[^/]+`)
		return regexp.MustCompile("^" + form + "/?$").MatchString(target)
	})
}

func (p *prober) exempt(target string) bool {
	return slices.ContainsFunc(settings(p.b).Exempt, func(e string) bool {
		return target == e || strings.HasPrefix(target, strings.TrimRight(e, "/")+"/")
	})
}

var parameterName = regexp.MustCompile(`\{[^{}]*\}`)

// probe asks for one candidate.
func (p *prober) probe(ctx context.Context, r routes.Route) {
	method := cmpOr(r.Method, nethttp.MethodGet)
	c := strange(method, parameterName.ReplaceAllString(r.Path, "1"), p.tokens[0])
	a := p.send(ctx, c)
	row := ExtraRow{Method: method, Path: clean(r.Path, 150), Where: clean(r.Where, 150), Status: a.Status, Line: p.line(c)}
	switch state := p.state(ctx, method, c, a, r.Registered); {
	case state == "walled":
		p.seen.Walled++
	case state == "lost":
		p.seen.Lost++
	case state == "there", r.Registered && r.Where == p.seen.Framework && p.seen.Framework != "":
		p.shown(c, a)
		p.extra(row) // the router's own word needs no second witness
	case r.Registered && len(p.seen.Unanswered) < mostWrong:
		p.seen.Unanswered = append(p.seen.Unanswered, row)
	}
}

// state tells whether an answer differs from that of a path that nobody serves. A
// 404 of another form is that of a missing thing where a route is registered.
func (p *prober) state(ctx context.Context, method string, c call, a http.Answer, registered bool) string {
	unknown := p.fingerprint(ctx, method)
	got := fingerprint(method, c.target(), a)
	switch {
	case a.Err != nil || a.Status == nethttp.StatusTooManyRequests:
		return "lost"
	case p.seen.Blind:
		return "unknown"
	case got.Status == unknown.Status && got.Media == unknown.Media && got.Body == unknown.Body:
		return "nowhere"
	case (a.Status == 404 && !registered) || a.Status == 501:
		return "nowhere"
	case a.Status == 401 || a.Status == 403:
		return "walled"
	}
	return "there"
}

func (p *prober) extra(row ExtraRow) {
	again := func(r ExtraRow) bool { return r.Method == row.Method && r.Path == row.Path }
	if len(p.seen.Extra) < mostWrong && !slices.ContainsFunc(p.seen.Extra, again) {
		p.seen.Extra = append(p.seen.Extra, row)
	}
}

// methods asks documented paths for methods that they are not documented with;
// what takes away comes last.
func (p *prober) methods(ctx context.Context) {
	for _, method := range []string{nethttp.MethodGet, nethttp.MethodPost, nethttp.MethodPut, nethttp.MethodPatch, nethttp.MethodDelete} {
		for _, target := range pathsOf(p.doc) {
			t := p.any(func(t *twin) bool { return t.op.Path == target })
			if t == nil || p.exempt(target) || !slices.Contains(unusedMethods(p.doc, target), method) {
				continue
			}
			c := t.clone()
			c.body, c.raw, c.method = nil, nil, method
			if c.token.Value == "" {
				c.token = p.tokens[0]
			}
			p.seen.Methods++
			a := p.send(ctx, c)
			switch {
			case a.Err != nil || a.Status == nethttp.StatusTooManyRequests:
				p.seen.Lost++
			case a.Status == 404 || a.Status == 405 || a.Status == 501:
			case a.Status == 401 || a.Status == 403:
				p.seen.Walled++
			default:
				p.shown(c, a)
				p.extra(ExtraRow{Method: method, Path: target, Where: "method", Status: a.Status, Line: p.line(c)})
			}
		}
	}
}

func judgeUndocumented(o Undocumented, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"operations": o.Operations, "registered": o.Registered, "known": o.Known, "probed": o.Probed, "methods": o.Methods, "files": o.Files,
		"count": len(o.Extra), "exempt": cmpOr(strings.Join(o.Exempt, ", "), "–"), "walled": o.Walled, "lost": o.Lost, "beyond": o.Beyond, "detail": cmpOr(o.Failure, "–")}
	switch {
	case o.Operations == 0:
		return evidence.Undecided("empty", facts)
	case len(o.Extra) > 0:
		facts["names"] = some(o.Extra, func(r ExtraRow) string { return r.Method + " " + r.Path + " (" + r.Where + ")" })
		return evidence.Failed("extra", facts)
	case o.Registered == 0 || o.Known == 0 || o.Methods == 0 || o.Failure != "": // what Go sources tell is not what Node serves
		return evidence.Undecided("no_inventory", facts)
	case o.Blind || o.Walled+o.Lost > 0:
		return evidence.Undecided("blind", facts)
	case o.Beyond > 0:
		return evidence.Undecided("beyond", facts)
	}
	return evidence.Passed("none", facts)
}

// Lines are the curl lines of what is served beside the document, for a page.
func (o Undocumented) Lines() string {
	return block(o.Extra, func(r ExtraRow) string { return r.Line })
}
