package config

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A deck of more cards than this is refused by the engine; a status is a number
// of three digits (RFC 9110, section 15).
const (
	mostWeight              = 10_000
	leastStatus, mostStatus = 100, 599
)

// validateScenario looks for what has the right form and makes no sense.
func (d *decoder) validateScenario(s *Scenario) {
	if s.Version != 1 {
		d.lacking("version", "this listo reads version 1: write 1")
	}
	d.validateTarget(s.Target)
	d.validateModel(s)
	if _, _, err := ParseBudget(s.Budget); err != nil && s.Budget != "" {
		d.lacking("budget", "%v", err)
	}
	if _, err := ParsePercent(s.Errors); err != nil && s.Errors != "" {
		d.lacking("errors", "%v", err)
	}
	d.validateHeaders("headers", s.Headers)
	if len(s.Requests) == 0 {
		d.lacking("requests", "nothing is requested: write at least one, as - request: GET /")
	}
	deck := 0
	for i := range s.Requests {
		d.validateRequested(fmt.Sprintf("requests[%d]", i), &s.Requests[i])
		deck += s.Requests[i].Weight
	}
	if deck > mostWeight {
		d.lacking("requests", "the weights add up to more than %d: divide them by a common factor", mostWeight)
	}
}

// validateTarget never shows the text: a variable may have filled it.
func (d *decoder) validateTarget(text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		d.lacking("target", "wants scheme and host, such as http://127.0.0.1:3000")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		d.lacking("target", "wants scheme, host and port only: move the path to the requests, and a user to the headers")
	}
}

func (d *decoder) validateModel(s *Scenario) {
	if s.Users > 0 && s.Rate > 0 {
		d.lacking("rate", "users and rate are two models: write one of them")
	}
	if s.Connections > 0 && s.Rate == 0 {
		d.lacking("connections", "they belong to a rate: waiting users have one each")
	}
	if s.Rate > 0 && s.Think > 0 {
		d.lacking("think", "pauses belong to users: delete them, or the rate")
	}
	if s.Rate > 0 && s.Ramp > 0 {
		d.lacking("ramp", "arriving belongs to users: delete it, or the rate")
	}
	for key, n := range map[string]float64{"users": float64(s.Users), "rate": s.Rate, "connections": float64(s.Connections), "most_requests": float64(s.Most)} {
		if _, written := d.places[key]; written && n <= 0 {
			d.lacking(key, "wants a number above 0: write one or delete the line")
		}
	}
}

func (d *decoder) validateHeaders(path string, headers map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		switch at, value := join(path, name), headers[name]; {
		case !isToken(name):
			d.lacking(at, "is no name of a header field: write letters, digits and hyphens")
		case strings.EqualFold(name, "content-length") || strings.EqualFold(name, "transfer-encoding"):
			d.lacking(at, "is written by listo: delete it")
		case strings.ContainsAny(value, "\r\n\x00"):
			d.lacking(at, "holds a line end or a null byte: remove it")
		}
	}
}

func (d *decoder) validateRequested(path string, r *Requested) {
	method, target, _ := strings.Cut(r.Request, " ")
	if !isToken(method) || method == "CONNECT" || !strings.HasPrefix(target, "/") || strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c > '~' }) {
		d.lacking(path+".request", "wants a method and a path, such as GET /api/expenses, with what is not ASCII percent-encoded")
	}
	if _, written := d.places[path+".weight"]; !written {
		r.Weight = 1
	}
	if r.Weight < 1 || r.Weight > mostWeight {
		d.lacking(path+".weight", "wants 1 to %d", mostWeight)
	}
	d.validateHeaders(path+".headers", r.Headers)
	if i := slices.IndexFunc(r.Expect.Status, func(s int) bool { return s < leastStatus || s > mostStatus }); i >= 0 {
		d.lacking(fmt.Sprintf("%s.expect.status[%d]", path, i), "is no status: write %d to %d", leastStatus, mostStatus)
	}
	e := r.Expect
	switch {
	case method == "HEAD" && (e.JSON || e.NonEmpty):
		d.lacking(path+".expect", "an answer to HEAD has no body: delete json and non_empty")
	case e.At != "" && !strings.HasPrefix(e.At, "/"):
		d.lacking(path+".expect.at", "wants a JSON pointer (RFC 6901), such as /items")
	case e.At != "" && !(e.JSON && e.NonEmpty):
		d.lacking(path+".expect.at", "is about JSON that is not empty: write json: true and non_empty: true")
	}
}

// isToken tells whether s is a token of RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c)) {
			return false
		}
	}
	return s != ""
}

// ParseBudget reads a percentile and its limit, as p95=200ms.
func ParseBudget(text string) (percentile float64, limit time.Duration, err error) {
	name, after, _ := strings.Cut(text, "=")
	percentile, err = strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
	if err != nil || !strings.HasPrefix(name, "p") || !(percentile > 0 && percentile < 100) {
		return 0, 0, errors.New("it names no percentile: write it as p95=200ms")
	}
	if limit, err = time.ParseDuration(after); err != nil || limit <= 0 {
		return 0, 0, errors.New("it names no time: write it as p95=200ms")
	}
	return percentile, limit, nil
}

// ParsePercent reads a share of one hundred, with or without its sign.
func ParsePercent(text string) (float64, error) {
	percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%")), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return 0, errors.New("it is no share of requests: write it as 1%")
	}
	return percent, nil
}
