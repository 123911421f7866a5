package security

import (
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"regexp"
	"strings"

	"listo/internal/lab/http"
)

// order is a request as it stands in listo.yaml.
type order struct {
	method, path, body string
}

// parseOrder reads METHOD /path, with a JSON body behind it or none.
func parseOrder(line string) (order, error) {
	method, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	path, body, _ := strings.Cut(strings.TrimSpace(rest), " ")
	body = strings.TrimSpace(body)
	switch {
	case !regexp.MustCompile(`^[A-Z]{1,16}$`).MatchString(method) || !regexp.MustCompile(`^/[\x21-\x7e]*$`).MatchString(path):
		return order{}, fmt.Errorf("request %q cannot be read: write it as GET /path", line)
	case body != "" && !json.Valid([]byte(body)):
		return order{}, fmt.Errorf("the body of request %q is no JSON: correct it", line)
	}
	return order{method, path, body}, nil
}

// request gives the order as a request with a token; the zero token is none.
func (o order) request(token http.Token) http.Request {
	r := http.Request{Method: o.method, Path: o.path, Token: token, Header: nethttp.Header{}}
	if o.body != "" {
		r.Body = []byte(o.body)
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// text gives the order as it stands in listo.yaml.
func (o order) text() string { return strings.TrimSpace(o.method + " " + o.path + " " + o.body) }

// reads tells that the order changes nothing.
func (o order) reads() bool { return o.method == nethttp.MethodGet || o.method == nethttp.MethodHead }
