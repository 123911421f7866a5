package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/load"
	"listo/internal/engine/redact"
)

// read takes the requests of a scenario file, and from it what no flag says.
func (w *loadWish) read(want *wanted, path string, lookup func(string) (string, bool)) error {
	for _, flag := range []string{"method", "header", "body"} {
		if w.changed(flag) {
			return coded(exitUsage, fmt.Errorf("load: --%s is for a URL: write it into %s", flag, path))
		}
	}
	s, err := config.LoadScenario(path, lookup)
	if err != nil {
		return coded(exitConfig, fmt.Errorf("load: the scenario was refused:\n%w", err))
	}
	w.leave(s)
	want.scenario = load.Scenario{Target: strings.TrimRight(s.Target, "/")}
	for _, r := range s.Requests {
		want.scenario.Requests = append(want.scenario.Requests, requestOf(r, s.Headers))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		want.secrets = append(want.secrets, redact.Secret{Name: name, Value: s.Secrets[name]})
	}
	return nil
}

// leave leaves to the file what no flag says. A flag of one model puts the
// other one out of the file.
func (w *loadWish) leave(s *config.Scenario) {
	if !w.changed("users") && !w.changed("rate") {
		w.users, w.rate = cmp.Or(s.Users, w.users), s.Rate
	}
	if w.rate > 0 && !w.changed("connections") {
		w.connections = s.Connections
	}
	take(w, "duration", &w.duration, s.Duration)
	take(w, "warm-up", &w.warmUp, s.WarmUp)
	take(w, "timeout", &w.timeout, s.Timeout)
	take(w, "requests", &w.requests, int64(s.Most))
	take(w, "budget", &w.budget, s.Budget)
	take(w, "errors", &w.errors, s.Errors)
	if w.rate == 0 {
		take(w, "think", &w.think, s.Think)
		take(w, "ramp", &w.ramp, s.Ramp)
	}
}

// take gives a value that the file has and no flag says.
func take[T comparable](w *loadWish, flag string, into *T, value T) {
	var none T
	if value != none && !w.changed(flag) {
		*into = value
	}
}

// requestOf is a request with the fields of all requests that it does not bring
// itself, in an order that is always the same.
func requestOf(r config.Requested, all map[string]string) load.Request {
	method, path, _ := strings.Cut(r.Request, " ")
	plain, _, _ := strings.Cut(path, "?")
	q := load.Request{Name: cmp.Or(r.Name, method+" "+plain), Method: method, Path: path, Body: []byte(r.Body), Weight: r.Weight,
		Expect: load.Expect{Status: r.Expect.Status, MediaType: r.Expect.MediaType, JSON: r.Expect.JSON, NonEmpty: r.Expect.NonEmpty, At: r.Expect.At}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		own := func(other string) bool { return strings.EqualFold(other, name) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(r.Headers)), own) {
			q.Header = append(q.Header, load.Field{Name: name, Value: all[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		q.Header = append(q.Header, load.Field{Name: name, Value: r.Headers[name]})
	}
	return q
}
