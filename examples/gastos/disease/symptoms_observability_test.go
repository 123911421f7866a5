//go:build disease

package disease_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"gastos/disease"
	"gastos/internal/testdb"
)

// without lets the service meet a database that refuses it.
func (p *patient) without(look func()) {
	p.t.Helper()
	testdb.Exec(p.t, p.d.Super, `alter role `+p.d.AppRole+` nologin`)
	defer testdb.Exec(p.t, p.d.Super, `alter role `+p.d.AppRole+` login`)
	testdb.Exec(p.t, p.d.Super, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '`+p.d.AppRole+`'`)
	look()
}

// answers wants a status of a path.
func (p *patient) answers(path string, want int) {
	p.t.Helper()
	if got := p.ask(p.t.Context(), "GET", path, "", "").status; got != want {
		p.t.Errorf("%s: %d, want %d", path, got, want)
	}
}

// probes looks at a probe while the database is well, while it refuses, and after.
func probes(path string, well, refused, after int) func(*patient) {
	return func(p *patient) {
		p.answers(path, well)
		p.without(func() { p.answers(path, refused) })
		p.answers(path, after)
	}
}

// probeHangs wants a readiness probe that waits for a lock, which a healthy one
// takes no notice of.
func probeHangs(p *patient) {
	holder := p.lock()
	ctx, giveUp := context.WithTimeout(p.t.Context(), 1500*time.Millisecond)
	defer giveUp()
	if r := p.ask(ctx, "GET", "/readyz", "", ""); r.status != 0 {
		p.t.Errorf("it answered %d", r.status)
	}
	p.unlock(holder)
}

func dies(p *patient) {
	ended := make(chan int, 100)
	defer disease.OnExit(func(code int) { ended <- code })()
	p.list("empresaId=1")
	if len(ended) > 0 {
		p.t.Error("it ends while its database is well")
	}
	p.without(func() { p.list("empresaId=1") })
	if len(ended) == 0 {
		p.t.Error("it lives on")
	}
}

const plainID = "an-id-of-the-test"

// echoes wants an id to come back as want.
func echoes(sent, want string) func(*patient) {
	return func(p *patient) {
		got := p.ask(p.t.Context(), "GET", "/healthz", "", "", "X-Request-Id", sent).header.Get("X-Request-Id")
		if got != want {
			p.t.Errorf("%q came back as %q, want %q", sent, got, want)
		}
	}
}

// accessLines counts access lines by whether they have an id and by status.
func (p *patient) accessLines() (withID, withoutID int, statuses map[int]int) {
	statuses = map[int]int{}
	for line := range strings.Lines(p.log.String()) {
		var l struct {
			Msg, RequestID string
			Status         int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Msg != "request" {
			continue
		}
		statuses[l.Status]++
		if l.RequestID == "" {
			withoutID++
		} else {
			withID++
		}
	}
	return withID, withoutID, statuses
}

func losesIDs(p *patient) {
	p.list("empresaId=1")
	p.without(func() { p.list("empresaId=1") })
	if with, without, _ := p.accessLines(); with != 1 || without != 1 {
		p.t.Errorf("%d lines with an id, %d without", with, without)
	}
}

func logsTwice(p *patient) {
	p.list("empresaId=1")
	if with, _, _ := p.accessLines(); with != 2 {
		p.t.Errorf("%d lines", with)
	}
}

func lies(p *patient) {
	p.answers("/no-such", 404)
	if _, _, statuses := p.accessLines(); statuses[200] != 1 || statuses[404] != 0 {
		p.t.Errorf("%v", statuses)
	}
}

// metric gives a value as the metrics expose it, -1 when there is none.
func (p *patient) metric(series string) float64 {
	w := httptest.NewRecorder()
	p.admin.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), series+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				p.t.Fatal(err)
			}
			return n
		}
	}
	return -1
}

func skipsErrors(p *patient) {
	p.list("empresaId=1")
	p.without(func() { p.list("empresaId=1") })
	if ok, bad := p.metric(`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/api/gastos"}`),
		p.metric(`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="503",http_route="/api/gastos"}`); ok != 1 || bad != -1 {
		p.t.Errorf("%v and %v", ok, bad)
	}
}

func exaggerates(p *patient) {
	began := time.Now()
	p.list("empresaId=1")
	if sum := p.metric(`http_server_request_duration_seconds_sum{http_request_method="GET",http_response_status_code="200",http_route="/api/gastos"}`); sum < time.Since(began).Seconds() {
		p.t.Errorf("%v s observed of %v", sum, time.Since(began))
	}
}

func labels(p *patient) {
	p.answers("/made-up", 404)
	if n := p.metric(`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="/made-up"}`); n != 1 {
		p.t.Errorf("%v", n)
	}
}

// observabilityChecks are the checks that these diseases turn red.
func observabilityChecks() []string {
	return []string{"observability.healthz", "observability.readyz", "observability.recovery", "observability.survival", "observability.request_id",
		"observability.hostile_id", "observability.logs", "observability.metrics", "observability.latency", "observability.cardinality"}
}

func observabilitySymptoms() map[string]func(*patient) {
	hostile := strings.Repeat("x", 200)
	return map[string]func(*patient){
		"health-needs-database": probes("/healthz", 200, 503, 200),
		"ready-always":          probes("/readyz", 200, 200, 200),
		"ready-cached":          probes("/readyz", 200, 200, 200),
		"ready-stuck":           probes("/readyz", 200, 503, 503),
		"ready-hangs":           probeHangs,
		"dies-with-database":    dies,
		"id-not-echoed":         echoes(plainID, ""),
		"id-credulous":          echoes(hostile, hostile),
		"id-lost-on-errors":     losesIDs, "id-logged-twice": logsTwice, "log-lies": lies,
		"count-skips-errors": skipsErrors, "histogram-milliseconds": exaggerates, "label-path": labels,
	}
}
