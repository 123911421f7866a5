package security

import (
	"cmp"
	"context"
	"fmt"
	nethttp "net/http"
	"regexp"

	"listo/internal/engine/hardening"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// exposed asks whether the service shows what is nobody's business: its machinery,
// its files, and the requests of others by TRACE.
func exposed() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: exposedID, Class: exposedID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("page"), evidence.Setting("request")},
		Reasons: []string{"hidden", "served", "traced", "told", "unanswered"},
	}, timed(budget, runExposed), judgeExposed)
}

// Exposed is what was asked for and what came.
type Exposed struct {
	Paths   []Found `json:"paths"`
	Trace   Found   `json:"trace"`
	Headers []Found `json:"headers"`
}

// Found is one answer. Shown tells that it holds what must not be seen: a status
// of 200 alone is no proof, since some frontends answer every path with their page.
type Found struct {
	Path   string `json:"path"`
	Curl   string `json:"curl"`
	Status int    `json:"status"`
	Shown  bool   `json:"shown"`
	// Tells are the headers, with their values, that name a product or a version.
	Tells []string `json:"tells,omitempty"`
}

// private are paths that no service means to serve, and how what should not be
// there begins or looks.
var private = []struct{ path, sign string }{
	{"/.git/HEAD", `^ref: refs/|^[0-9a-f]{40}\s*$`},
	{"/.env", `(?m)^(export )?[A-Z][A-Z0-9_]*=`},
	{"/.npmrc", `(?m)^(registry|//.*:_authToken)=`},
	{"/.DS_Store", `Bud1`},
	{"/package.json", `"(dependencies|devDependencies|scripts)"\s*:`},
	{"/package-lock.json", `"lockfileVersion"\s*:`},
	{"/docker-compose.yml", `(?m)^services:`},
	{"/Dockerfile", `(?m)^FROM\s`},
	{"/server.js", `require\(|^import `},
	{"/backup.sql", `PostgreSQL database dump|(?i)create table`},
	{"/debug/pprof/", `full goroutine stack dump|/debug/pprof/`},
	{"/debug/vars", `"memstats"\s*:`},
	{"/actuator/env", `"propertySources"\s*:`},
	{"/server-status", `Apache Server Status`},
	{"/phpinfo.php", `PHP Version`},
}

func runExposed(ctx context.Context, b *lab.Bench) (Exposed, error) {
	s, client, o := settings(b), http.On(b), Exposed{}
	request, err := parseOrder(s.Request)
	if err != nil {
		return o, fmt.Errorf("security: request: %w", err)
	}
	ask := func(r http.Request, sign string) Found {
		a := patient(ctx, client, r)
		return Found{Path: r.Path, Curl: client.Replay(r), Status: a.Status, Tells: hardening.Tells(a.Header),
			Shown: sign != "" && a.Status/100 == 2 && regexp.MustCompile(sign).Match(a.Body)}
	}
	for _, p := range private {
		o.Paths = append(o.Paths, ask(http.Request{Method: nethttp.MethodGet, Path: p.path}, p.sign))
	}
	trace := http.Request{Method: nethttp.MethodTrace, Path: s.Page, Header: nethttp.Header{"X-Listo-Echo": {"seen-by-trace"}}}
	o.Trace = ask(trace, "seen-by-trace")
	o.Headers = []Found{
		ask(http.Request{Method: nethttp.MethodGet, Path: s.Page}, ""),
		ask(request.request(http.Token{}), ""),
		ask(http.Request{Method: nethttp.MethodGet, Path: s.MissingPath}, ""),
	}
	return o, ctx.Err()
}

func judgeExposed(o Exposed, _ evidence.Limits) evidence.Finding {
	var served, told []string
	var telltale, shown string // lines
	asked, unanswered := 0, 0
	for _, f := range append(append([]Found{o.Trace}, o.Paths...), o.Headers...) {
		if f.Curl == "" {
			continue
		}
		// A limiter, or a service that is out of breath, says nothing of what is there.
		if asked++; f.Status == 0 || f.Status == nethttp.StatusTooManyRequests || f.Status == nethttp.StatusServiceUnavailable {
			unanswered++
		}
		if len(f.Tells) > 0 {
			telltale = f.Curl // the last is an everyday request
		}
		told = append(told, f.Tells...)
	}
	for _, f := range o.Paths {
		if f.Shown {
			shown = cmp.Or(shown, f.Curl)
			served = append(served, f.Path)
		}
	}
	facts := evidence.Facts{"asked": asked, "unanswered": unanswered, "paths": served, "headers": once(told)}
	switch {
	case len(served) > 0:
		facts[evidence.Replay] = shown
		return evidence.Failed("served", facts)
	case o.Trace.Shown:
		facts[evidence.Replay] = o.Trace.Curl
		return evidence.Failed("traced", facts)
	case len(told) > 0:
		facts[evidence.Replay] = telltale
		return evidence.Failed("told", facts)
	case unanswered > 0 || len(o.Paths) < len(private) || len(o.Headers) == 0 || o.Trace.Curl == "":
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed("hidden", facts)
}
