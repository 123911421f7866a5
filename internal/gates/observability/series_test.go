package observability

import (
	"strings"
	"testing"

	"listo/internal/engine/alerts"
	"listo/internal/lab/http"
)

func exposing(t *testing.T, text string) exposed {
	t.Helper()
	e := exposed{}
	if e.parse([]byte(text)); e.Err != "" {
		t.Fatal(e.Err)
	}
	return e
}

func answered(kind int, method string, status int) exchange {
	return exchange{traffic: kind, method: method, Answer: http.Answer{Status: status}}
}

// Statuses as classes, unknown routes and the scrapes of a service that counts them
// are no differences.
func TestRows(t *testing.T) {
	s := twinSettings()
	sent := []exchange{answered(0, "GET", 200), answered(0, "GET", 200), answered(0, "GET", 503), answered(2, "GET", 404)}
	const head = "# TYPE http_requests_total counter\n"
	before := exposing(t, head+`http_requests_total{method="GET",route="/item",status="2xx"} 5`+"\n")
	after := exposing(t, head+`http_requests_total{method="get",route="/item",status="2xx"} 2
http_requests_total{method="GET",route="/item",status="2xx"} 5
http_requests_total{method="GET",route="/item",status="5xx"} 1
http_requests_total{method="GET",route="",status="4xx"} 1
http_requests_total{method="GET",route="/metrics",status="2xx"} 3
`)
	for _, r := range rows(s, sent, before, after) {
		if float64(r.Sent) != r.Counted {
			t.Errorf("%+v", r)
		}
	}
	for _, r := range rows(s, sent, exposed{}, before) {
		if float64(r.Sent) == r.Counted {
			t.Errorf("nothing was counted of it, and it is no difference: %+v", r)
		}
	}
}

const otel = `# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="200",le="0.1"} 3
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="200",le="0.25"} 3
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="200",le="1"} 3
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="200",le="+Inf"} 3
http_server_request_duration_seconds_sum{http_request_method="GET",http_route="/item",http_response_status_code="200"} 0.1
http_server_request_duration_seconds_count{http_request_method="GET",http_route="/item",http_response_status_code="200"} 3
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="503",le="0.1"} 1
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="503",le="0.25"} 1
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="503",le="1"} 1
http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/item",http_response_status_code="503",le="+Inf"} 1
http_server_request_duration_seconds_sum{http_request_method="GET",http_route="/item",http_response_status_code="503"} 0.1
http_server_request_duration_seconds_count{http_request_method="GET",http_route="/item",http_response_status_code="503"} 1
`

// The names of OpenTelemetry, where the histogram is the counter too, are as good as
// any: rules on them are played and right.
func TestOpenTelemetryNames(t *testing.T) {
	s := twinSettings()
	s.Series = Series{"http_server_request_duration_seconds_count", "http_server_request_duration_seconds", "http_request_method", "http_route", "http_response_status_code"}
	seen := exposing(t, otel)
	text := strings.NewReplacer("http_requests_total", "http_server_request_duration_seconds_count", "http_request_duration_seconds_bucket", "http_server_request_duration_seconds_bucket",
		"status=~", "http_response_status_code=~").Replace(twinRules)
	rules, err := alerts.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	st, missing := set(s, "twin", seen)
	if missing != "" {
		t.Fatalf("no %s", missing)
	}
	for _, sc := range scenarios() {
		spells, err := rules.Play(t.Context(), st.series(sc), playLength)
		if err != nil {
			t.Fatal(err)
		}
		if (len(spells) > 0) != (sc.want != "") {
			t.Errorf("%v: %+v", sc, spells)
		}
	}
	all, err := rules.All()
	if err != nil {
		t.Fatal(err)
	}
	known := seen.names("twin")
	for _, r := range all {
		for _, sel := range r.Selectors {
			if a := asked(r.Alert, sel, known); !a.Exposed || len(a.Dead) > 0 {
				t.Errorf("%+v", a)
			}
		}
	}
}

func TestWhatAPlayNeeds(t *testing.T) {
	s := twinSettings()
	const good = "# TYPE http_requests_total counter\nhttp_requests_total{method=\"GET\",route=\"/item\",status=\"200\"} 1\n"
	const bad = "http_requests_total{method=\"GET\",route=\"/item\",status=\"503\"} 1\n"
	for text, want := range map[string]string{"# TYPE x counter\nx 1\n": "2xx", good: "5xx", good + bad: "histogram"} {
		if _, missing := set(s, "twin", exposing(t, text)); missing != want {
			t.Errorf("%q is missing, want %q", missing, want)
		}
	}
}

// Rules that name a job which the service does not have are dead.
func TestAWrongJobIsDead(t *testing.T) {
	rules, err := alerts.Parse([]byte("groups: [{name: g, rules: [{alert: A, expr: 'http_requests_total{job=\"other\"} > 0'}, {alert: B, expr: 'up{job=\"x\"} == 0 or absent(r:x)'}, {record: 'r:x', expr: vector(1)}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := rules.All()
	if err != nil {
		t.Fatal(err)
	}
	known := exposing(t, "# TYPE http_requests_total counter\nhttp_requests_total{status=\"200\"} 1\n").names("twin")
	known["r:x"] = nil
	if a := asked("A", all[0].Selectors[0], known); !a.Exposed || len(a.Dead) != 1 || a.Dead[0] != `job="other"` {
		t.Errorf("%+v", a)
	}
	for _, sel := range all[1].Selectors {
		if a := asked("B", sel, known); !a.Exposed || len(a.Dead) > 0 {
			t.Errorf("what Prometheus or a rule makes is there: %+v", a)
		}
	}
}

func TestQuantiles(t *testing.T) {
	h := histogram{Count: 100, Sum: 3, Edges: []float64{.01, .1, 1}, Below: []float64{50, 90, 96}}
	for _, c := range []struct{ q, lo, hi, at float64 }{{.5, 0, .01, .01}, {.9, .01, .1, .1}, {.93, .1, 1, .55}, {.99, 1, -1, 1}} {
		lo, hi := h.bucket(c.q)
		if got := h.quantile(c.q); lo != c.lo || hi != c.hi || got < c.at-1e-9 || got > c.at+1e-9 {
			t.Errorf("%v lies in (%v, %v] at %v, want (%v, %v] at %v", c.q, lo, hi, got, c.lo, c.hi, c.at)
		}
	}
	if d := h.minus(histogram{Count: 10, Sum: 1, Edges: h.Edges, Below: []float64{5, 9, 10}}); d.Count != 90 || d.Below[2] != 86 {
		t.Errorf("%+v", d)
	}
}

func TestMetricsAt(t *testing.T) {
	target := targetAt("http://127.0.0.1:8080", 9090)
	for where, want := range map[string]string{"/metrics": "http://127.0.0.1:8080 /metrics true", "http://127.0.0.1:{admin_port}/m?x=1": "http://127.0.0.1:9090 /m?x=1 false"} {
		base, path, own, err := metricsAt(where, target)
		if got := base + " " + path + map[bool]string{true: " true", false: " false"}[own]; err != nil || got != want {
			t.Errorf("%s is %s, %v", where, got, err)
		}
	}
	for _, bad := range []string{"", "metrics", "ftp://x/y", "http://"} {
		if _, _, _, err := metricsAt(bad, target); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
