package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func stat(t *testing.T) func() *pgxpool.Stat {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool.Stat
}

func TestObserve(t *testing.T) {
	m := New(stat(t))
	for range 3 {
		m.Observe("GET", "/api/gastos/{id}", 200, 30*time.Millisecond)
	}
	m.Observe("GET", "/api/gastos/{id}", 503, 250*time.Millisecond)
	m.Observe("BREW", "", 404, time.Millisecond)
	text := scrape(t, m)
	for _, want := range []string{
		`http_requests_total{method="GET",route="/api/gastos/{id}",status="200"} 3`,
		`http_requests_total{method="GET",route="/api/gastos/{id}",status="503"} 1`,
		`http_requests_total{method="_OTHER",route="unmatched",status="404"} 1`,
		`http_request_duration_seconds_bucket{method="GET",route="/api/gastos/{id}",le="0.05"} 3`,
		`http_request_duration_seconds_bucket{method="GET",route="/api/gastos/{id}",le="0.25"} 4`,
		`http_request_duration_seconds_sum{method="GET",route="/api/gastos/{id}"} 0.33999999999999997`,
		"db_pool_connections 0",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if problems, err := promlint.New(strings.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

func TestNothingIsCountedUnderAStrangersWord(t *testing.T) {
	m := New(stat(t))
	m.Observe("X-STRANGER", "", 405, time.Millisecond)
	if strings.Contains(scrape(t, m), "STRANGER") {
		t.Error("a method that a caller made up is a label")
	}
}
