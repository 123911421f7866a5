package performance

import (
	"fmt"
	"strings"
	"time"
)

// Settings is the section "performance" of listo.yaml.
type Settings struct {
	Users     int           `yaml:"users" doc:"concurrent users of an ordinary day, e.g. ${USUARIOS_CONC_DEV}"`
	PeakUsers int           `yaml:"peak_users" doc:"concurrent users of the busiest hour, e.g. ${USUARIOS_PICO_DEV}"`
	P95MS     float64       `yaml:"p95_ms" doc:"latency in milliseconds that 95 of 100 answers must keep, e.g. ${P95_MS_DEV}"`
	Think     time.Duration `yaml:"think" doc:"mean pause of a user between an answer and the next request, e.g. 50ms: users, pauses and latency make the requests per second"`
	Timeout   time.Duration `yaml:"timeout" default:"5s" doc:"an answer that takes longer is a failure"`
	Mix       []Mixed       `yaml:"mix" doc:"what the users send; without it listo derives it from document and the seed data"`
	// Document and Values are what a mix is derived from where there is none.
	Document string            `yaml:"document" doc:"the OpenAPI 3.0 or 3.1 document that the mix is derived from where mix is empty, e.g. openapi.json"`
	Values   map[string]string `yaml:"values" doc:"values for parameters and members of a derived mix that listo cannot find out, by name, e.g. {tenant: acme}"`
}

// Mixed is one kind of request of the mix.
type Mixed struct {
	Request string `yaml:"request" required:"true" doc:"method and path, e.g. GET /api/gastos?empresaId=1"`
	Weight  int    `yaml:"weight" default:"1" doc:"its share of the mix, in parts"`
	Body    string `yaml:"body" doc:"JSON body of a request that writes"`
	// Repeatable lets a write be sent to a service that listo did not start.
	Repeatable bool `yaml:"repeatable" doc:"this write leaves nothing behind however often it is sent, so it may go to an attached service"`
}

// parts takes a request apart.
func (m Mixed) parts() (method, path string, err error) {
	method, path, ok := strings.Cut(strings.TrimSpace(m.Request), " ")
	path = strings.TrimSpace(path)
	if !ok || method == "" || !strings.HasPrefix(path, "/") {
		return "", "", fmt.Errorf("performance: mix: %q is not a method and a path: write it as GET /path", m.Request)
	}
	return method, path, nil
}

// endpoint is the name that a request counts under: without its query.
func endpoint(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	return method + " " + path
}

// writes tells that a request is not safe (RFC 9110, section 9.2.1).
func writes(method string) bool { return method != "GET" && method != "HEAD" && method != "OPTIONS" }
