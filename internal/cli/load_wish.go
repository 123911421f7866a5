package cli

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"listo/internal/config"
	"listo/internal/engine/load"
	"listo/internal/engine/redact"
)

const (
	// fewestConnections and mostConnections bound how many connections a fixed
	// schedule may use; between them it gets one per request and second, so that
	// answers of a second still find one free (Little's law).
	fewestConnections = 64
	mostConnections   = 1024
	// mostUsers and longestRun keep a slip of the finger from becoming an attack.
	mostUsers  = 10_000
	longestRun = time.Hour
	// loadSeed makes the order of requests and the pauses the same in every run.
	loadSeed = 1
)

// loadWish is what a person asks of a run by flags. A flag that was not given
// leaves the word to the scenario file, or to its default.
type loadWish struct {
	users, connections                     int
	rate                                   float64
	duration, warmUp, think, ramp, timeout time.Duration
	requests                               int64
	budget, errors                         string
	method, body                           string
	headers                                []string

	changed func(flag string) bool
}

func (w *loadWish) flags(f *pflag.FlagSet) {
	f.IntVarP(&w.users, "users", "u", 10, "concurrent users, each waiting for its answer")
	f.Float64VarP(&w.rate, "rate", "r", 0, "requests per second on a fixed schedule, instead of users")
	f.IntVar(&w.connections, "connections", 0, "the most connections of a fixed schedule (default: by the rate, 64 to 1024)")
	f.DurationVarP(&w.duration, "duration", "d", 10*time.Second, "how long is measured")
	f.DurationVar(&w.warmUp, "warm-up", 0, "how long is discarded at most before it (default: a quarter of the duration, 0.5s to 2s)")
	f.DurationVar(&w.think, "think", 0, "mean pause of a user between an answer and its next request")
	f.DurationVar(&w.ramp, "ramp", 0, "time over which the users arrive")
	f.DurationVar(&w.timeout, "timeout", 10*time.Second, "the longest an answer may take; a later one is a failure")
	f.Int64Var(&w.requests, "requests", 10_000_000, "the most requests that are measured")
	f.StringVar(&w.budget, "budget", "", "latency to keep, as p95=200ms")
	f.StringVar(&w.errors, "errors", "1%", "the largest share of failed requests")
	f.StringVarP(&w.method, "method", "X", "GET", "method, for a URL")
	f.StringArrayVarP(&w.headers, "header", "H", nil, "header, for a URL, as \"Name: value\"; its value is not shown")
	f.StringVar(&w.body, "body", "", "body, for a URL")
}

// wanted is what will be sent, and what is held against it.
type wanted struct {
	scenario load.Scenario
	profile  load.Profile
	promise  load.Promise
	secrets  []redact.Secret
}

// wanted reads what is to be sent: a URL, or a scenario file.
func (w *loadWish) wanted(what string, lookup func(string) (string, bool)) (want wanted, err error) {
	if strings.HasPrefix(what, "http://") || strings.HasPrefix(what, "https://") {
		err = coded(exitUsage, w.aim(&want, what))
	} else {
		err = w.read(&want, what, lookup)
	}
	if err == nil {
		err = coded(exitUsage, w.profile(&want))
	}
	return want, err
}

// profile says how hard and how long, and what is held against it.
func (w *loadWish) profile(want *wanted) (err error) {
	p := load.Profile{Users: w.users, Rate: w.rate, Duration: w.duration, WarmUp: w.warmUp, Think: w.think, Ramp: w.ramp,
		Timeout: w.timeout, Requests: w.requests, Seed: loadSeed}
	switch {
	case w.changed("users") && w.changed("rate"):
		return errors.New("load: --users and --rate are two models: give one of them")
	case w.connections != 0 && w.rate == 0:
		return errors.New("load: --connections belongs to --rate: waiting users have one connection each")
	}
	if w.rate > 0 {
		p.Users = scheduled(w.rate, w.connections)
	}
	if p.WarmUp == 0 && !w.changed("warm-up") {
		p.WarmUp = min(max(w.duration/4, 500*time.Millisecond), 2*time.Second)
	}
	switch {
	case p.Duration <= 0 || p.Duration > longestRun:
		return fmt.Errorf("load: a duration of %v is not measured: give up to %v", p.Duration, longestRun)
	case p.WarmUp > longestRun:
		return fmt.Errorf("load: a warm-up of %v is no warm-up: give up to %v", p.WarmUp, longestRun)
	case p.Users > mostUsers:
		return fmt.Errorf("load: %d users are more than one machine plays: give up to %d", p.Users, mostUsers)
	case p.Requests < 1:
		return errors.New("load: --requests is the most that is measured: give at least 1")
	}
	if w.budget != "" {
		if want.promise.Percentile, p.Budget, err = config.ParseBudget(w.budget); err != nil {
			return fmt.Errorf("load: --budget: %w", err)
		}
	}
	if want.promise.Errors, err = config.ParsePercent(w.errors); err != nil {
		return fmt.Errorf("load: --errors: %w", err)
	}
	want.profile = p
	return nil
}

// scheduled is how many connections a fixed schedule gets.
func scheduled(rate float64, asked int) int {
	if asked != 0 {
		return asked
	}
	return int(min(max(math.Ceil(rate), fewestConnections), mostConnections))
}

// aim makes the one request of a URL.
func (w *loadWish) aim(want *wanted, what string) error {
	u, err := url.Parse(what)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return errors.New("load: the target is no URL: write one such as http://127.0.0.1:3000/path")
	}
	if u.User != nil {
		return errors.New("load: the URL holds a user: say who is asking with --header") // it may be a password: it is not repeated
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	r := load.Request{Name: w.method + " " + path, Method: w.method, Path: path, Body: []byte(w.body), Weight: 1}
	if u.RawQuery != "" {
		r.Path += "?" + u.RawQuery
	}
	for _, h := range w.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return errors.New("load: --header: a header has a colon: write \"Name: value\"")
		}
		f := load.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		r.Header = append(r.Header, f)
		want.secrets = append(want.secrets, redact.Secret{Name: f.Name, Value: f.Value})
	}
	want.scenario = load.Scenario{Target: u.Scheme + "://" + u.Host, Requests: []load.Request{r}}
	return nil
}
