// Package problem writes errors as RFC 9457 problem details.
//
// It knows the one shape that every error of the service has. It does not know what
// went wrong: its callers say it, in words that are fit for strangers.
package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"listo/harden"
)

// MediaType is the content type of every error.
const MediaType = "application/problem+json"

// Problem is an error with an HTTP status. Detail is shown to the caller: it never
// holds a cause, a secret or the words of the database.
type Problem struct {
	Status int
	Detail string
	// Errors names the fields that are at fault, if any.
	Errors []Field
	// RetryAfter, if positive, tells the caller how long to wait.
	RetryAfter time.Duration
}

// Field is what is wrong with one field of a body or one parameter of a query.
type Field struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// New returns a Problem.
func New(status int, detail string) *Problem { return &Problem{Status: status, Detail: detail} }

// Invalid returns a Problem that names the fields at fault.
func Invalid(status int, detail string, fields []Field) *Problem {
	return &Problem{Status: status, Detail: detail, Errors: fields}
}

// Error implements error.
func (p *Problem) Error() string { return http.StatusText(p.Status) + ": " + p.Detail }

// document is the body on the wire. Its type is about:blank: the title is the
// status's own (RFC 9457, section 4.2.1).
type document struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	RequestID string  `json:"requestId"`
	Errors    []Field `json:"errors,omitempty"`
}

// Write answers r with p.
func Write(w http.ResponseWriter, r *http.Request, p *Problem) {
	body, err := json.Marshal(document{
		Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: p.Detail,
		RequestID: harden.Of(r).ID, Errors: p.Errors,
	})
	if err != nil {
		panic(err) // strings and an int cannot fail to marshal
	}
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		// Whole seconds, rounded up: an early retry would fail again.
		h.Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="gastos"`)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}
