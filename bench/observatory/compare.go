package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/gates/security"
	"listo/internal/lab"
)

// counterpart is what the gate has for a test of the Observatory.
type counterpart struct {
	check string
	// header is the one that security.headers must name among its gaps; "" where the
	// check asks for one thing only.
	header string
	note   string
}

func counterparts() map[string]counterpart {
	return map[string]counterpart{
		"content-security-policy":       {"security.csp", "Content-Security-Policy", ""},
		"cross-origin-resource-sharing": {"security.cors", "", "the Observatory never sees a reflected origin with credentials (1.4.8 reads a field that Node does not have); the gate does"},
		"redirection":                   {"security.hsts", "", "the same harm, a browser that stays on plain http. Whether plain http redirects is not asked: an API must not (ASVS 5.0, 4.1.2), and the port is often another program's"},
		"referrer-policy":               {"security.headers", "Referrer-Policy", ""},
		"strict-transport-security":     {"security.hsts", "", ""},
		"subresource-integrity":         {"frontend.browser", "", "the frontend is a given; what it loads is recorded there"},
		"x-content-type-options":        {"security.headers", "X-Content-Type-Options", ""},
		"x-frame-options":               {"security.headers", "X-Frame-Options", "or frame-ancestors of the policy"},
		"cross-origin-resource-policy":  {"", "", "a choice: the Observatory takes nothing off for its absence either"},
		"cookies":                       {"", "", "neither service sets a cookie"},
	}
}

// finding is what a check of the gate came to on the bare service.
type finding struct {
	evidence.Finding
	gaps []string // headers that security.headers found wanting
}

// gate runs the checks of the room that have a counterpart, as an audit does.
func (g *ground) gate(ctx context.Context, s site, scratch string) (map[string]finding, error) {
	cfg, err := config.Load("examples/gastos-express/listo.yaml", g.lookup, gates.All())
	if err != nil {
		return nil, err
	}
	blobs, err := lab.OpenBlobs(filepath.Join(scratch, "blobs"))
	if err != nil {
		return nil, err
	}
	b := &lab.Bench{Config: cfg, Gate: "security", Scratch: scratch, Rand: rand.Reader, Progress: func(int, int) {},
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Target:   lab.Target{Base: "http://" + address(s.plain), AdminURL: g.server.SuperuserURL(database), Environment: g.env}}
	found := map[string]finding{}
	for _, check := range security.Gate().Checks {
		if !slices.Contains(asked(), check.ID) {
			continue
		}
		b.Limits = evidence.Limits{}
		for _, l := range check.Limits {
			b.Limits[l.Name] = l.Default
		}
		raw, err := check.Run(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", check.ID, err)
		}
		var f finding
		if f.Finding, err = check.Judge(raw, b.Limits); err != nil {
			return nil, err
		}
		if o, err := check.Decode(raw); err == nil {
			if headers, ok := o.(security.Headers); ok {
				for _, gap := range headers.Gaps() {
					f.gaps = append(f.gaps, gap.Header)
				}
			}
		}
		found[check.ID] = f
	}
	return found, nil
}

// lookup is the environment of the configuration: the machine's own, and the file
// of variables where listo.yaml asks for its name.
func (g *ground) lookup(name string) (string, bool) {
	if name == "GASTOS_EXPRESS_ENV_FILE" {
		return at(filepath.Join(folder, "gastos.env")), true
	}
	return os.LookupEnv(name)
}

// asked lists the checks that have a counterpart in this gate.
func asked() []string {
	var all []string
	for _, c := range counterparts() {
		if strings.HasPrefix(c.check, "security.") && !slices.Contains(all, c.check) {
			all = append(all, c.check)
		}
	}
	return all
}

// row is one test of the Observatory on the bare service beside the gate's finding.
type row struct {
	test
	counterpart
	found finding
	// open tells that the Observatory found something and the gate did not.
	open bool
}

func compare(s scanned, found map[string]finding) []row {
	var rows []row
	for _, t := range s.Tests {
		c := counterparts()[t.Test] // none: then whatever it found is open
		r := row{test: t, counterpart: c, found: found[c.check]}
		if t.wrong() {
			named := c.header == "" || c.check != "security.headers" || slices.Contains(r.found.gaps, c.header)
			r.open = r.found.Outcome != evidence.Fail || !named
		}
		rows = append(rows, r)
	}
	return rows
}

// wrong tells that the Observatory has something against it.
func (t test) wrong() bool { return !t.Pass || t.Modifier < 0 }

// mustBeFound wants the Observatory to find something on a bare service, since a
// judge that sees nothing proves nothing, and the gate to find all of it.
func mustBeFound(rows []row) error {
	wrong := 0
	for _, r := range rows {
		if r.wrong() {
			wrong++
		}
		if r.open {
			return fmt.Errorf("the bare service: the Observatory found %s (%s), and the gate did not: %s is %v %q", r.Test, r.Result, r.check, r.found.Outcome, r.found.Reason)
		}
	}
	if wrong == 0 {
		return fmt.Errorf("the bare service: the Observatory found nothing: it was not looked at")
	}
	return nil
}
