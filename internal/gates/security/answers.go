package security

import (
	"context"
	"fmt"
	nethttp "net/http"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/hardening"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// The answers whose headers are looked at.
const (
	pageServed  = "page"         // the page itself
	pageMissing = "page_missing" // a page that does not exist
	apiServed   = "api"          // an answer with data
	apiRefused  = "api_refused"  // the same request without a token
	apiMissing  = "api_missing"  // a path of the API that does not exist
	apiFailed   = "api_failed"   // an answer of 500
	// Those below are looked at where there is such an answer: see further.go.
	assetServed = "asset"        // a file that the page loads
	notModified = "not_modified" // 304: the browser has that file already
	redirected  = "redirect"     // 3xx with a Location
	apiInvalid  = "api_invalid"  // a body that is no JSON
	tooLong     = "too_long"     // an address longer than any server takes
)

const missingPage = "/listo-no-such-page"

// Header names that are kept; a judge reads no other.
const (
	policyHeader     = "Content-Security-Policy"
	policyReportOnly = "Content-Security-Policy-Report-Only"
)

func keptHeaders() []string {
	return append([]string{policyHeader, policyReportOnly, hardening.ContentTypeOptions, hardening.FrameOptions,
		hardening.ReferrerPolicy, hardening.PermissionsPolicy, hardening.StrictTransport,
		hardening.OpenerPolicy, hardening.ResourcePolicy, hardening.CacheControl}, hardening.Deprecated()...)
}

// Answer is one answer and its headers.
type Answer struct {
	Kind    string `json:"kind"`
	Request string `json:"request"` // method and path
	Curl    string `json:"curl"`
	Status  int    `json:"status"` // 0: none came
	// Media is the Content-Type without parameters.
	Media string `json:"media,omitempty"`
	// Headers are those that harden a browser, as they came.
	Headers map[string][]string `json:"headers,omitempty"`
	Cookies []Cookie            `json:"cookies,omitempty"`
}

// asPlanned tells whether the answer is of the sort that it stands for. A page
// for every path is how some frontends route: then no page is missing.
func (a Answer) asPlanned() bool {
	switch a.Kind {
	case pageServed, apiServed:
		return a.Status/100 == 2
	case pageMissing:
		return a.Status == 404 || a.Status == 200
	case apiRefused:
		return a.Status == 401 || a.Status == 403
	case apiMissing:
		return a.Status == 404
	case apiFailed:
		return a.Status >= 500
	}
	return true // the further ones are kept when they are
}

// asking sends the requests whose answers are looked at.
type asking struct {
	b      *lab.Bench
	client *http.Client
	token  http.Token
	// more stands on every request.
	more nethttp.Header
}

func (a asking) ask(ctx context.Context, kind string, r http.Request) Answer {
	answer, _ := a.seen(ctx, kind, r)
	return answer
}

// seen is ask that gives the whole answer, too.
func (a asking) seen(ctx context.Context, kind string, r http.Request) (Answer, http.Answer) {
	if r.Header == nil {
		r.Header = nethttp.Header{}
	}
	for name, values := range a.more {
		r.Header[name] = values
	}
	got := patient(ctx, a.client, r)
	answer := Answer{Kind: kind, Request: r.Method + " " + shortened(r.Path), Curl: a.client.Replay(r), Status: got.Status, Headers: map[string][]string{}}
	answer.Media, _, _ = strings.Cut(got.Header.Get("Content-Type"), ";")
	for _, name := range keptHeaders() {
		if values := got.Header.Values(name); len(values) > 0 {
			answer.Headers[name] = values
		}
	}
	answer.Cookies = cookiesOf(got.Header)
	if len(answer.Headers) == 0 {
		answer.Headers = nil
	}
	return answer, got
}

// all asks for one answer of every kind. A 500 is only provoked where that can
// be done on a database that nobody else uses.
func (a asking) all(ctx context.Context) ([]Answer, error) {
	s := settings(a.b)
	request, err := parseOrder(s.Request)
	if err != nil {
		return nil, fmt.Errorf("security: request: %w", err)
	}
	get := func(path string) http.Request { return http.Request{Method: nethttp.MethodGet, Path: path} }
	missing := get(s.MissingPath)
	missing.Token = a.token
	answers := []Answer{
		a.ask(ctx, pageServed, get(s.Page)),
		a.ask(ctx, pageMissing, get(missingPage)),
		a.ask(ctx, apiServed, request.request(a.token)),
		a.ask(ctx, apiRefused, request.request(http.Token{})),
		a.ask(ctx, apiMissing, missing),
	}
	failed, err := a.failed(ctx, s.Failure)
	return append(answers, failed...), err
}

// failed provokes a 500; none is given where that may not be done.
func (a asking) failed(ctx context.Context, f Failure) ([]Answer, error) {
	if f.Request == "" || (f.Table != "" && (a.b.Config.Service.Mode == config.Attached || a.b.Target.AdminURL == "")) {
		return nil, nil
	}
	failing, err := parseOrder(f.Request)
	if err != nil {
		return nil, fmt.Errorf("security: failure.request: %w", err)
	}
	if f.Table == "" {
		return []Answer{a.ask(ctx, apiFailed, failing.request(a.token))}, nil
	}
	session, err := sql.Open(ctx, a.b)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	back, err := hide(ctx, session, f.Table)
	if err != nil {
		return nil, err
	}
	answer := a.ask(ctx, apiFailed, failing.request(a.token))
	away, home := renames(f.Table)
	answer.Curl = sql.Replay(away) + "\n" + answer.Curl + "\n" + sql.Replay(home)
	return []Answer{answer}, back()
}

// hide renames a table, so that the next query that reads it fails (undefined_table),
// and gives what puts it back, whatever has happened to the context.
func hide(ctx context.Context, session *sql.Session, table string) (back func() error, err error) {
	away, home := renames(table)
	if err := session.Exec(ctx, "set lock_timeout = '5s'"); err != nil {
		return nil, fmt.Errorf("security: %w", err)
	}
	if err := session.Exec(ctx, away); err != nil {
		return nil, fmt.Errorf("security: failure.table: hiding it: %w", err)
	}
	return func() error {
		if err := session.Exec(context.WithoutCancel(ctx), home); err != nil {
			return fmt.Errorf("security: failure.table: putting it back: %w", err)
		}
		return nil
	}, nil
}

// renames are the statements that put a table, "table" or "schema.table", out of
// sight and back.
func renames(table string) (away, home string) {
	name, schema := table, ""
	if before, after, qualified := strings.Cut(table, "."); qualified {
		schema, name = quoted(before)+".", after
	}
	hidden := name + "_listo_away"
	return "alter table " + schema + quoted(name) + " rename to " + quoted(hidden), "alter table " + schema + quoted(hidden) + " rename to " + quoted(name)
}

func quoted(name string) string { return `"` + name + `"` }

// shortened gives a path as a person wants to see it.
func shortened(path string) string {
	const enough = 200
	if len(path) <= enough {
		return path
	}
	return path[:40] + "…"
}
