package harden

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

func scrape(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// taking is an application that takes some time by the test's clock.
func taking(c *clock, status int, took time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.pass(took)
		if status >= 400 && r.URL.Path == "/refused" {
			Problem{Status: status, Detail: "no", Cure: "framing"}.Write(w, r)
			return
		}
		w.WriteHeader(status)
	})
}

func TestMetrics(t *testing.T) {
	c := newClock()
	o := newObserver(Config{Now: c.Now, Metrics: Metrics{Budget: 130 * time.Millisecond,
		Route: func(r *http.Request) string { return map[string]string{"/gastos/7": "/gastos/{id}"}[r.URL.Path] }}})
	for _, one := range []struct {
		method, target string
		status         int
		took           time.Duration
	}{
		{"GET", "/gastos/7", 200, 30 * time.Millisecond}, {"GET", "/gastos/7", 200, 130 * time.Millisecond}, {"GET", "/gastos/7", 200, 131 * time.Millisecond},
		{"GET", "/gastos/7", 503, time.Second}, {"BREW", "/pot", 418, 0}, {"GET", "/pot", 299, 0}, {"POST", "/refused", 413, 0},
	} {
		ask(o.wrap(taking(c, one.status, one.took)), request(one.method, one.target, "192.0.2.1"))
	}
	o.refusedBeforeHandler(431, "request-0002")
	failing := request("GET", "/gastos/7", "192.0.2.1")
	Of(failing).limiterFailed = true
	ask(o.wrap(taking(c, 200, 0)), failing)
	text := scrape(t, o.registry())
	const labels = `{http_request_method="GET",http_route="/gastos/{id}",http_response_status_code="200"`
	for _, want := range []string{
		`http_server_request_duration_seconds_bucket` + labels + `,le="0.1"} 2`,
		`http_server_request_duration_seconds_bucket` + labels + `,le="0.13"} 3`,
		`http_server_request_duration_seconds_bucket` + labels + `,le="0.25"} 4`,
		`http_server_request_duration_seconds_count` + labels + `} 4`,
		`http_server_request_duration_seconds_sum` + labels + `} 0.29100000000000004`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="/gastos/{id}",http_response_status_code="503"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="_OTHER",http_route="other",http_response_status_code="418"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_route="other",http_response_status_code="2xx"} 1`,
		`http_server_active_requests{http_request_method="GET"} 0`,
		`harden_refused_requests_total{cure="framing",http_response_status_code="413"} 1`,
		`harden_refused_requests_total{cure="net/http",http_response_status_code="431"} 1`,
		`harden_limiter_failures_total 1`,
	} {
		if !strings.Contains(canonical(text), canonical(want)+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if problems, err := promlint.New(strings.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// canonical puts the labels of each line in one order.
func canonical(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		open, shut := strings.IndexByte(line, '{'), strings.LastIndexByte(line, '}')
		if open < 0 || shut < open || strings.HasPrefix(line, "#") {
			continue
		}
		labels := strings.Split(line[open+1:shut], ",")
		var sorted []string
		for _, name := range []string{"cure=", "http_request_method=", "http_response_status_code=", "http_route=", "le="} {
			for _, label := range labels {
				if strings.HasPrefix(label, name) {
					sorted = append(sorted, label)
				}
			}
		}
		lines[i] = line[:open+1] + strings.Join(sorted, ",") + line[shut:]
	}
	return strings.Join(lines, "\n")
}

func TestDefaultBudgetIsAnEdge(t *testing.T) {
	o := newObserver(Config{})
	ask(o.wrap(taking(newClock(), 200, 0)), request("GET", "/", ""))
	families, err := o.registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "http_server_request_duration_seconds" && hasEdge(f, defaultBudget.Seconds()) {
			return
		}
	}
	t.Error("no edge at the budget")
}

func hasEdge(f *dto.MetricFamily, edge float64) bool {
	for _, b := range f.GetMetric()[0].GetHistogram().GetBucket() {
		if b.GetUpperBound() == edge {
			return true
		}
	}
	return false
}

// What strangers make up makes no series: paths, methods, hosts, queries, and routes of an application that knows no better.
func TestSeriesAreBounded(t *testing.T) {
	c := newClock()
	o := newObserver(Config{Now: c.Now, Metrics: Metrics{Route: func(r *http.Request) string { return r.URL.Path }}})
	plain := newObserver(Config{Now: c.Now})
	for i := range 1000 {
		r := request(fmt.Sprintf("VERB%d", i), fmt.Sprintf("/path/%d?q=%d", i, i), "192.0.2.1")
		r.Host = fmt.Sprintf("host%d.example", i)
		ask(plain.wrap(taking(c, 200, 0)), r)
		ask(o.wrap(taking(c, 200, 0)), r)
	}
	ask(o.wrap(taking(c, 200, 0)), request("GET", "/%ff%fe", ""))
	ask(o.wrap(taking(c, 200, 0)), request("GET", "/"+strings.Repeat("x", 500), ""))
	series := func(o *observer) int {
		return strings.Count(scrape(t, o.registry()), "http_server_request_duration_seconds_count{")
	}
	if n := series(plain); n != 1 {
		t.Errorf("%d series of made-up requests", n)
	}
	if n := series(o); n > mostRoutes+2 {
		t.Errorf("%d series of an application whose routes are paths", n)
	}
}

type line struct {
	Time, Level, Msg, RequestID, Client, Method, Path, Route, RefusedBy, Principal string
	Status                                                                         int
	Bytes                                                                          int64
	DurationMs                                                                     float64
	LimiterFailed, Panicked                                                        bool
}

// logged runs h behind an observer and gives the one line that it leaves.
func logged(t *testing.T, c *clock, h http.Handler, r *http.Request) (one line, raw string) {
	t.Helper()
	var log bytes.Buffer
	o := newObserver(Config{Now: c.Now, AccessLog: slog.New(slog.NewJSONHandler(&log, nil))})
	func() {
		defer func() { _ = recover() }()
		ask(o.wrap(h), r)
	}()
	raw = log.String()
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&one); err != nil || strings.Count(raw, "\n") != 1 || !strings.HasSuffix(raw, "\n") {
		t.Fatalf("%v: not one line of JSON: %q", err, raw)
	}
	return one, raw
}

func TestAccessLog(t *testing.T) {
	c := newClock()
	r := request("POST", "/api/gastos?token=canary-canary&empresaId=1", "::ffff:192.0.2.1")
	r.Header.Set("Authorization", "Bearer canary-canary")
	r.Header.Set("Cookie", "session=canary-canary")
	one, raw := logged(t, c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Of(r).Principal, Of(r).Route = "canary-canary", "/api/gastos"
		c.pass(1234567 * time.Microsecond)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "ten bytes.")
	}), r)
	if _, err := time.Parse(time.RFC3339, one.Time); err != nil {
		t.Error(err)
	}
	one.Time = ""
	if want := (line{Level: "INFO", Msg: "request", RequestID: "request-0001", Client: "192.0.2.1", Method: "POST", Path: "/api/gastos", Route: "/api/gastos",
		Principal: shortHash("canary-canary"), Status: 201, Bytes: 10, DurationMs: 1234.567}); one != want {
		t.Errorf("%+v\nwant %+v", one, want)
	}
	if strings.Contains(raw, "canary") {
		t.Errorf("a secret: %s", raw)
	}
}

func TestAccessLogOfWhatGoesWrong(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		context context.Context
		want    line
	}{
		"refused": {func(w http.ResponseWriter, r *http.Request) {
			Of(r).limiterFailed = true
			Problem{Status: 429, Detail: "no", Cure: rateCure}.Write(w, r)
		}, t.Context(), line{Level: "INFO", Status: 429, Bytes: 105, RefusedBy: "rate-limit", LimiterFailed: true}},
		"says nothing":        {func(http.ResponseWriter, *http.Request) {}, t.Context(), line{Level: "INFO", Status: 200}},
		"client gone":         {func(http.ResponseWriter, *http.Request) {}, gone, line{Level: "INFO", Status: 499}},
		"client gone midway":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, gone, line{Level: "INFO", Status: 200}},
		"panic":               {func(http.ResponseWriter, *http.Request) { panic("canary") }, t.Context(), line{Level: "ERROR", Status: 500, Panicked: true}},
		"panic in the answer": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); panic("x") }, t.Context(), line{Level: "INFO", Status: 202, Panicked: true}},
		"early hints":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(404) }, t.Context(), line{Level: "INFO", Status: 404}},
		"two statuses":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); w.WriteHeader(200) }, t.Context(), line{Level: "ERROR", Status: 503}},
	} {
		r := request("GET", "/x", "192.0.2.1")
		one, _ := logged(t, newClock(), c.answer, r.WithContext(context.WithValue(c.context, exchangeKey{}, Of(r))))
		one.Time = ""
		c.want.Msg, c.want.RequestID, c.want.Client, c.want.Method, c.want.Path, c.want.Route = "request", "request-0001", "192.0.2.1", "GET", "/x", "other"
		if one != c.want {
			t.Errorf("%s: %+v\nwant %+v", name, one, c.want)
		}
	}
}

// T6: one request is one line, and nothing in it moves a cursor or an eye.
func TestNothingForgesALogLine(t *testing.T) {
	for _, hostile := range []string{"/a\nb", "/a\r\n{\"level\":\"ERROR\"}", "/\x1b[2J", "/\u202egpj.exe", "/\u2028x", "/\x85", "/\xff\xfe", "/\"},{\"a\":\"", "/\x00", "/" + strings.Repeat("x", 100_000)} {
		r := request("GET", "/", "192.0.2.1")
		r.URL.Path, r.Method = hostile, "GET"+hostile
		r.Header.Set("User-Agent", hostile)
		one, raw := logged(t, newClock(), counted(new(atomic.Int64)), r)
		if len(raw) > 2000 {
			t.Errorf("%.20q makes a line of %d bytes", hostile, len(raw))
		}
		for _, text := range []string{one.Path, one.Method, raw[:len(raw)-1]} {
			for _, b := range []byte(text) {
				if b < ' ' || b > '~' {
					t.Errorf("%.20q leaves %q in the log", hostile, text)
					break
				}
			}
		}
	}
	var log bytes.Buffer
	newObserver(Config{AccessLog: slog.New(slog.NewJSONHandler(&log, nil))}).refusedBeforeHandler(400, "request-0003")
	var one line
	if err := json.Unmarshal(log.Bytes(), &one); err != nil || one.RequestID != "request-0003" || one.Status != 400 || one.RefusedBy != "net/http" {
		t.Errorf("%v %s", err, log.String())
	}
}

func TestWithoutAccessLog(t *testing.T) {
	if w := ask(newObserver(Config{}).wrap(counted(new(atomic.Int64))), request("GET", "/", "")); w.Code != 200 {
		t.Error(w.Code)
	}
	newObserver(Config{}).refusedBeforeHandler(400, "x")
}

// Requests under way are seen while they are under way.
func TestActiveRequests(t *testing.T) {
	o := newObserver(Config{})
	within := ""
	ask(o.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { within = scrape(t, o.registry()) })), request("GET", "/", ""))
	if !strings.Contains(within, `http_server_active_requests{http_request_method="GET"} 1`) {
		t.Error("not seen")
	}
}

// What the writer of net/http can do, a recorded one can: flush, hijack, and take a file the short way.
func TestRecorderPassesAbilities(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, bytes.Repeat([]byte("0123456789"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := newObserver(Config{AccessLog: slog.New(slog.NewJSONHandler(&log, nil))})
	asserted := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	controlled := func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
	release, done := make(chan struct{}), make(chan struct{}, 3)
	observed := o.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			http.ServeFile(w, r, file)
		case "/hijack":
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello\n")
			_ = rw.Flush()
			_ = conn.Close()
		default:
			for _, flush := range []func(http.ResponseWriter){asserted, controlled} {
				_, _ = io.WriteString(w, "chunk\n")
				flush(w)
				<-release
			}
		}
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		observed.ServeHTTP(w, r)
		done <- struct{}{}
	}))
	defer server.Close()
	response, err := http.Get(server.URL + "/flush")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	chunks := bufio.NewReader(response.Body)
	for range 2 { // each arrives while the handler still waits
		if got, err := chunks.ReadString('\n'); got != "chunk\n" || err != nil {
			t.Fatalf("%q %v", got, err)
		}
		release <- struct{}{}
	}
	whole, err := http.Get(server.URL + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Body.Close()
	if body, err := io.ReadAll(whole.Body); err != nil || len(body) != 100_000 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /hijack HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(answer), "hello\n") {
		t.Errorf("%q %v", answer, err)
	}
	for range 3 {
		<-done
	}
	for _, want := range []string{`"path":"/flush","route":"other","status":200,"bytes":12`, `"path":"/file","route":"other","status":200,"bytes":100000`, `"path":"/hijack","route":"other","status":101`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, log.String())
		}
	}
}
