package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestReadiness asks what /readyz asks, of a service that is there, that says no and that is gone, and of a database that is not there.
func TestReadiness(t *testing.T) {
	r := raise(t, false, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/no" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}, "")
	c := r.server.current.Load().config
	asks := func(c Config, name string) error {
		return r.server.readiness(c, newUpstream(c, time.Now)).Ready[name](t.Context())
	}
	for path, good := range map[string]bool{"": true, "/yes": true, "/no": false} {
		c.Ready.Path = path
		if err := asks(c, "upstream"); (err == nil) != good {
			t.Errorf("%q: %v", path, err)
		}
	}
	gone := c
	gone.Upstream.URL = "http://127.0.0.1:1"
	for _, path := range []string{"", "/yes"} {
		gone.Ready.Path = path
		if err := asks(gone, "upstream"); err == nil {
			t.Errorf("%q: a service that is gone is ready", path)
		}
	}
	c.Ready.Database = "postgres://gastos:sesame-open@127.0.0.1:1/gastos"
	if err := asks(c, "database"); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("a database that is not there: %v", err)
	}
	if err := asks(c, "gateway"); err != nil {
		t.Error(err)
	}
	r.server.stopping.Store(true)
	if err := asks(c, "gateway"); err == nil {
		t.Error("it stops and is ready")
	}
	r.server.stopping.Store(false)
}

// TestMetrics: what is counted of the service behind stands at the admin address, before and after a reload.
func TestMetrics(t *testing.T) {
	r := before(t, "http://127.0.0.1:1", "")
	r.say(get("/api/x")).problem(t, http.StatusBadGateway)
	for range 2 {
		res, err := http.Get("http://" + r.server.AdminAddr().String() + "/metrics") //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`gateway_upstream_failures_total{reason="refused"} 1`, "gateway_upstream_breaker_state 0"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s is not in\n%.2000s", want, text)
			}
		}
		if err := r.server.Reload(r.server.current.Load().config); err != nil {
			t.Fatal(err)
		}
	}
}
