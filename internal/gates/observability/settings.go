package observability

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"listo/internal/lab"
)

// Settings is the section "observability" of listo.yaml.
type Settings struct {
	Health    string    `yaml:"health" default:"/healthz" doc:"path that says that the process lives"`
	Ready     string    `yaml:"ready" default:"/readyz" doc:"path that says that requests can be served now"`
	RequestID string    `yaml:"request_id" default:"X-Request-Id" doc:"header that carries a request's id, both ways"`
	Metrics   string    `yaml:"metrics" doc:"where the metrics are, in the Prometheus text format: a path of the service, or a URL in which {admin_port} stands for the free port that listo fills into service.environment"`
	Alerts    string    `yaml:"alerts" doc:"the service's file of Prometheus alert rules, relative to this file"`
	Job       string    `yaml:"job" doc:"the job label that Prometheus gives to the service; its name when empty"`
	P95MS     float64   `yaml:"p95_ms" doc:"the p95 budget in milliseconds, e.g. ${P95_MS_DEV}"`
	Traffic   []Traffic `yaml:"traffic" doc:"requests that change nothing; the first one reads the database. Successes, refusals and unknown paths, so that all are counted and logged"`
	Series    Series    `yaml:"series" doc:"how the metrics are called"`
	Log       Fields    `yaml:"log" doc:"how the fields of the access log are called"`
}

// Traffic is one kind of request that listo sends.
type Traffic struct {
	Request   string `yaml:"request" doc:"method and path; {n} stands for a number that is another one each time"`
	Route     string `yaml:"route" doc:"the value of the route label under which it must be counted; any when empty"`
	Anonymous bool   `yaml:"anonymous" doc:"sent without a token"`
}

// Series says how the metrics are called.
type Series struct {
	Requests string `yaml:"requests" default:"http_requests_total" doc:"counter of answered requests; the _count of a histogram will do"`
	Duration string `yaml:"duration" default:"http_request_duration_seconds" doc:"histogram of their duration, in seconds"`
	Method   string `yaml:"method" default:"method" doc:"label with the method"`
	Route    string `yaml:"route" default:"route" doc:"label with the route's pattern"`
	Status   string `yaml:"status" default:"status" doc:"label with the status, as a code (503) or a class (5xx)"`
}

// Fields says how the fields of a log line are called.
type Fields struct {
	Time      string `yaml:"time" default:"time" doc:"when: RFC 3339, or milliseconds since 1970"`
	Level     string `yaml:"level" default:"level" doc:"how grave"`
	RequestID string `yaml:"request_id" default:"request_id" doc:"the request's id; a dot leads into an object"`
	Method    string `yaml:"method" default:"method" doc:"the method"`
	Route     string `yaml:"route" default:"route" doc:"the route or the path"`
	Status    string `yaml:"status" default:"status" doc:"the answer's status, a number"`
	Duration  string `yaml:"duration" default:"duration_ms" doc:"how long it took, in milliseconds, a number"`
}

func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }

// split gives method and path of a configured request.
func split(request string) (method, path string, err error) {
	method, path, ok := strings.Cut(strings.TrimSpace(request), " ")
	path = strings.TrimSpace(path)
	if !ok || method == "" || !strings.HasPrefix(path, "/") {
		return "", "", fmt.Errorf("observability: request %q is no method and path: write it as GET /path", request)
	}
	return method, path, nil
}

// numbered fills a fresh number in for {n}.
func numbered(path string, random *rand.Rand) string {
	for strings.Contains(path, "{n}") {
		path = strings.Replace(path, "{n}", strconv.Itoa(1+random.IntN(1<<30)), 1)
	}
	return path
}

// metricsAt gives origin and path of the metrics of a target, and whether it is the
// service's own origin.
func metricsAt(where string, t lab.Target) (base, path string, own bool, err error) {
	if strings.HasPrefix(where, "/") {
		return t.Base, where, true, nil
	}
	u, err := url.Parse(strings.ReplaceAll(where, "{admin_port}", strconv.Itoa(t.AdminPort)))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", "", false, fmt.Errorf("observability: metrics %q is neither a path nor a URL: write it as http://127.0.0.1:{admin_port}/metrics", where)
	}
	return u.Scheme + "://" + u.Host, u.RequestURI(), false, nil
}
