package observability

import (
	"context"
	"errors"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// fronted gives a bench whose copies are healthy twins with something in front of
// them; front makes it anew for each copy.
func fronted(t *testing.T, front func(twin nethttp.Handler) nethttp.Handler) *lab.Bench {
	t.Helper()
	b := *sick(t, "", "")
	start := b.Start
	b.Start = func(ctx context.Context, v lab.Variant) (lab.Target, func() error, error) {
		target, stop, err := start(ctx, v)
		if err != nil {
			return target, stop, err
		}
		base, err := url.Parse(target.Base)
		if err != nil {
			return target, stop, errors.Join(err, stop())
		}
		server := httptest.NewServer(front(httputil.NewSingleHostReverseProxy(base)))
		target.Base = server.URL
		return target, func() error { server.Close(); return stop() }, nil
	}
	return &b
}

// q and r of docs/innocents.md: a service that is not ready in its first moments, and
// one slow answer among many, are no fault.
func TestASlowStartAndASlowAnswerAreInnocent(t *testing.T) {
	for name, front := range map[string]func(nethttp.Handler) nethttp.Handler{
		"q not ready at first": func(twin nethttp.Handler) nethttp.Handler {
			var asked atomic.Int64
			return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				if r.URL.Path == "/readyz" && asked.Add(1) <= 3 {
					w.WriteHeader(nethttp.StatusServiceUnavailable)
					return
				}
				twin.ServeHTTP(w, r)
			})
		},
		"r one slow answer": func(twin nethttp.Handler) nethttp.Handler {
			var asked atomic.Int64
			return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				if (r.URL.Path == "/readyz" || r.URL.Path == "/healthz") && asked.Add(1) == 2 {
					time.Sleep(300 * time.Millisecond)
				}
				twin.ServeHTTP(w, r)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := fronted(t, front)
			for _, check := range []string{healthID, readyID, recoveryID} {
				if f := try(t, b, check); f.Outcome != evidence.Pass {
					t.Errorf("%s: %v (%s) %v", check, f.Outcome, f.Reason, f.Facts)
				}
			}
		})
	}
}

// v: the id travels under the name that listo.yaml gives it.
func TestAnotherHeaderForTheID(t *testing.T) {
	const own, twins = "X-Correlation-Id", "X-Request-Id"
	b := fronted(t, func(twin nethttp.Handler) nethttp.Handler {
		return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			r.Header[twins] = r.Header[own]
			twin.ServeHTTP(renaming{w, twins, own}, r)
		})
	})
	settings(b).RequestID = own
	for _, check := range []string{requestID, hostileID, logsID} {
		if f := try(t, b, check); f.Outcome != evidence.Pass {
			t.Errorf("%s: %v (%s) %v", check, f.Outcome, f.Reason, f.Facts)
		}
	}
}

// renaming gives a header of the answer another name.
type renaming struct {
	nethttp.ResponseWriter
	from, to string
}

func (r renaming) WriteHeader(status int) {
	if values := r.Header().Values(r.from); len(values) > 0 {
		r.Header()[r.to] = values
		r.Header().Del(r.from)
	}
	r.ResponseWriter.WriteHeader(status)
}

// besides is what runtimes and libraries expose beside the service's own metrics: a
// summary without observations, an info, a histogram that is native and has no
// buckets in the text format, and whatever Go and Node count.
const besides = `# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0.5"} NaN
go_gc_duration_seconds_sum 0
go_gc_duration_seconds_count 0
# TYPE nodejs_version_info gauge
nodejs_version_info{version="v24.11.0",major="24",minor="11",patch="0"} 1
# TYPE nodejs_eventloop_lag_p99_seconds gauge
nodejs_eventloop_lag_p99_seconds 0.012
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.77260076700e+09
# TYPE db_query_seconds histogram
db_query_seconds_bucket{le="+Inf"} 12
db_query_seconds_sum 0.4
db_query_seconds_count 12
`

// t: what else is exposed changes nothing of what is counted.
func TestMetricsBesideTheOwnAreInnocent(t *testing.T) {
	s := twinSettings()
	const own = "# TYPE http_requests_total counter\n" + `http_requests_total{method="GET",route="/item",status="200"} `
	sent := []exchange{answered(0, "GET", 200), answered(0, "GET", 200)}
	before, after := exposing(t, besides+own+"5\n"), exposing(t, besides+own+"7\n")
	all := rows(s, sent, before, after)
	if len(all) != 1 || float64(all[0].Sent) != all[0].Counted || all[0].Sent != 2 {
		t.Errorf("%+v", all)
	}
	if after.Err != "" || after.Families != 6 {
		t.Errorf("%+v", after.Scrape)
	}
	if h, err := after.histogram("db_query_seconds"); err != nil || h.Count != 12 {
		t.Errorf("a histogram without buckets: %+v, %v", h, err)
	}
}

// u: fields that nobody asked for stand in a line beside those that are.
func TestFieldsBesideTheOwnAreInnocent(t *testing.T) {
	line := read([]byte(`{"request_id":"listo-ab-1","status":503,"method":"GET","route":"/item","duration_ms":3,"pid":7,"hostname":"a","req":{"headers":{"x":["1","2"]}},"tenant":null,"level":30,"time":1772600767008}`))[0]
	f := twinSettings().Log
	if !line.outcome(f, 503) || line.idOf("listo-ab-") != "listo-ab-1" {
		t.Errorf("%+v", line)
	}
	if _, ok := line.when(f.Time); !ok {
		t.Error("its time is not read")
	}
}
