//go:build disease

package disease

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// reshaped changes answers on their way out: change tells whether it did.
func reshaped(how string, change func(r *http.Request, a *held) bool) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/assets/") || r.URL.Path == "/" {
					next.ServeHTTP(w, r) // the frontend is another matter
					return
				}
				answer := hold(next, r)
				if change(r, answer) {
					took(how)
				}
				for name, values := range answer.header {
					w.Header()[name] = values
				}
				if answer.body.Len() > 0 {
					w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
				}
				w.WriteHeader(answer.status)
				_, _ = w.Write(answer.body.Bytes())
			})
		}}
	}
}

// misread changes requests on their way in: change gives the other request, or
// nil to leave it.
func misread(how string, change func(r *http.Request) *http.Request) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				other := change(r)
				if other == nil {
					next.ServeHTTP(w, r)
					return
				}
				seen := &witness{ResponseWriter: w}
				next.ServeHTTP(seen, other)
				if seen.status/100 == 2 {
					took(how)
				}
			})
		}}
	}
}

// is tells that a request is GET (or another method) of a path.
func is(r *http.Request, method, path string) bool { return r.Method == method && r.URL.Path == path }

// anExpense tells that a request names one expense.
func anExpense(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/gastos/")
	_, err := strconv.ParseInt(rest, 10, 64)
	return ok && err == nil
}

// replace puts one text of the body in place of another.
func (h *held) replace(old, new string) bool {
	before := h.body.String()
	after := strings.ReplaceAll(before, old, new)
	h.body.Reset()
	h.body.WriteString(after)
	return before != after
}

// say puts another body of another type in place.
func (h *held) say(media, body string) {
	h.header.Set("Content-Type", media)
	h.body.Reset()
	h.body.WriteString(body)
}

// becomes turns an answer into a problem of another status.
func (h *held) becomes(status int) {
	var problem map[string]any
	if err := json.Unmarshal(h.body.Bytes(), &problem); err != nil {
		panic(err) // every error of ours is a problem
	}
	problem["status"], problem["title"] = status, http.StatusText(status)
	told, err := json.Marshal(problem)
	if err != nil {
		panic(err)
	}
	h.status = status
	h.say("application/problem+json", string(told))
}

// withQuery gives a request with another value of a parameter.
func withQuery(r *http.Request, name, value string) *http.Request {
	other := r.Clone(r.Context())
	query := other.URL.Query()
	query.Set(name, value)
	other.URL.RawQuery = query.Encode()
	other.RequestURI = other.URL.RequestURI() // the cures read this one
	return other
}

// withMember gives a request whose body has another value of a member where
// wrong holds for the one it has; nil when it does not.
func withMember(r *http.Request, name, value string, wrong func(any) bool) *http.Request {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return nil
	}
	sent := append([]byte(nil), body.Bytes()...)
	*r = *r.Clone(r.Context())
	r.Body = readCloser{bytes.NewReader(sent)}
	var object map[string]any
	if json.Unmarshal(sent, &object) != nil || !wrong(object[name]) {
		return nil
	}
	object[name] = value
	changed, err := json.Marshal(object)
	if err != nil {
		return nil
	}
	other := r.Clone(r.Context())
	other.Body, other.ContentLength = readCloser{bytes.NewReader(changed)}, int64(len(changed))
	return other
}

type readCloser struct{ *bytes.Reader }

// Close does nothing.
func (readCloser) Close() error { return nil }
