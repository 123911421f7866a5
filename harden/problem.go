package harden

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// ProblemType is the media type of every error (RFC 9457, section 3).
const ProblemType = "application/problem+json"

// Problem is one error, fit for strangers: it never holds a cause, a path or the words of a database.
type Problem struct {
	// Status is the status of the answer and of the member "status".
	Status int
	// Detail says what is wrong with this request.
	Detail string
	// Cure names the cure that refuses; it is logged and counted, not sent.
	Cure string
	// RetryAfter, if positive, tells how long to wait; sent in whole seconds, rounded up: an early retry would fail again.
	RetryAfter time.Duration
	// Close ends the connection after the answer: what follows on it cannot be trusted.
	Close bool
}

// document is the body. Its type is about:blank, so the title is the status's own (RFC 9457, section 4.2.1).
type document struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId,omitempty"`
}

// body gives the bytes of p for one request-id.
func (p Problem) body(id string) []byte {
	body, err := json.Marshal(document{
		Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: p.Detail, RequestID: id,
	})
	if err != nil {
		panic(err) // strings and an int cannot fail to marshal
	}
	return append(body, '\n')
}

// Write answers r with p. Headers already set (those of the outer cures) stay.
func (p Problem) Write(w http.ResponseWriter, r *http.Request) { p.write(w, r, w.Write) }

// write is Write with another way for the body: what replaces an answer goes past the writer that drops the replaced one.
func (p Problem) write(w http.ResponseWriter, r *http.Request, send func([]byte) (int, error)) {
	e := Of(r)
	e.Refused = p.Cure
	body := p.body(e.ID)
	h := w.Header()
	h.Set("Content-Type", ProblemType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	for _, stale := range []string{"Content-Encoding", "Content-Range", "ETag", "Last-Modified", "Accept-Ranges"} {
		h.Del(stale)
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	if p.Close && r.ProtoMajor < 2 { // over HTTP/2 only the stream ends
		h.Set("Connection", "close")
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = send(body)
	}
}
