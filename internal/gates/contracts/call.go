package contracts

import (
	"bytes"
	"encoding/json"
	"maps"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/openapi"
	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
)

// call is a request to an operation, its values apart so that one of them can be
// changed.
type call struct {
	op     *openapi.Operation
	method string // of the operation when empty
	path   map[string]string
	query  url.Values
	header nethttp.Header
	media  openapi.Media // of the body
	body   any           // nil: none, unless raw
	raw    []byte        // a body that is no JSON value of ours
	piped  string        // how a long raw body is made, for the record
	token  http.Token
	// patience is how long an answer may take; 0: as long as usual.
	patience time.Duration
}

// clone shares nothing that a change could reach; bodies are replaced, not changed.
func (c call) clone() call {
	c.path, c.header = maps.Clone(c.path), c.header.Clone()
	query := url.Values{}
	for name, values := range c.query {
		query[name] = slices.Clone(values)
	}
	c.query = query
	return c
}

// target gives the path and query as they are sent.
func (c call) target() string {
	return harvest.Values{Path: c.path, Query: c.query}.Target(c.op)
}

// request is the call as the instrument sends it.
func (c call) request(b *lab.Bench) http.Request {
	r := http.Request{Method: c.method, Path: c.target(), Header: c.header.Clone(), Token: c.token, Printed: c.piped, Body: c.raw, Timeout: c.patience, Secretive: isLogin(b, c.op)}
	if r.Method == "" {
		r.Method = c.op.Method
	}
	if r.Header == nil {
		r.Header = nethttp.Header{}
	}
	if c.body != nil && c.raw == nil {
		r.Body = encode(c.body)
	}
	if len(r.Body) > 0 && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", cmpOr(c.media.Type, "application/json"))
	}
	if r.Header.Get("Content-Type") == "none" {
		r.Header.Del("Content-Type")
	}
	r.Shown = withoutPassword(b, string(r.Body))
	return r
}

// null is the JSON value that a nil body cannot say.
type null struct{}

// MarshalJSON writes null.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // what was read as JSON, or made of the same types
	return bytes.TrimSpace(out.Bytes())
}

// isLogin tells that an operation is the login that listo.yaml names.
func isLogin(b *lab.Bench, o *openapi.Operation) bool {
	return o != nil && o.Name() == b.Config.Login.Request
}

// withoutPassword is how a body stands on the record when the test users'
// password is in it; nil when it is not.
func withoutPassword(b *lab.Bench, body string) *shell.Word {
	secret := strings.Trim(string(encode(b.Config.Login.Password)), `"`)
	if secret == "" || !strings.Contains(body, secret) {
		return nil
	}
	var parts []any
	for i, piece := range strings.Split(body, secret) {
		if i > 0 {
			parts = append(parts, shell.Var("PASSWORD"))
		}
		parts = append(parts, piece)
	}
	shown := shell.Text(parts...)
	return &shown
}

// stand-in for the test users' password where values are made out of it: half a
// password on the record would be one that no redactor knows.
const standIn = "listo-Passw0rd"

// bodyCells breaks each constraint of a call's body.
func (s *scout) bodyCells(c call) []openapi.Cell {
	secret := s.b.Config.Login.Password
	if secret == "" || !isLogin(s.b, c.op) {
		return c.op.Body.BodyCells(c.media, c.body)
	}
	cells := c.op.Body.BodyCells(c.media, swapped(c.body, secret, standIn))
	for i := range cells {
		cells[i].Body = swapped(cells[i].Body, standIn, secret)
	}
	return cells
}

// swapped gives a value with one text in place of another, wherever it stands alone.
func swapped(v any, text, other string) any {
	switch v := v.(type) {
	case string:
		if v == text {
			return other
		}
	case map[string]any:
		changed := map[string]any{}
		for name, member := range v {
			changed[name] = swapped(member, text, other)
		}
		return changed
	}
	return v
}

// loginBody is what listo.yaml says a user logs in with, as a value.
func loginBody(b *lab.Bench) any {
	if len(b.Config.Login.Users) == 0 {
		return nil
	}
	inside := func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(string(encode(s)), `"`), `"`) }
	text := strings.NewReplacer("{user}", inside(b.Config.Login.Users[0]), "{password}", inside(b.Config.Login.Password)).Replace(b.Config.Login.Body)
	tree, err := openapi.ReadJSON([]byte(text))
	if err != nil {
		return nil
	}
	return tree.Value
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
