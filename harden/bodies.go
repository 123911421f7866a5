package harden

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bodies holds a request's body whole before anything behind sees the request. So a body that is too large, malformed or slow never
// costs the application anything: it is refused with 413, 400 or 408 while the application knows of no request.
//
// A body in a content coding is refused with 415: what it weighs unpacked nobody knows who has not unpacked it.
type bodies struct {
	most     int64
	within   time.Duration
	routes   map[string]int64
	prefixes []string // of routes, the longest first
	streams  []string
	memory   *memory
}

func newBodies(c Bodies) *bodies {
	b := &bodies{
		most: cmp.Or(c.Most, 1<<20), within: cmp.Or(c.Within, 10*time.Second), routes: maps.Clone(c.Routes), streams: slices.Clone(c.Streams),
		memory: newMemory(cmp.Or(c.Memory, 64<<20)),
	}
	b.prefixes = slices.SortedFunc(maps.Keys(c.Routes), func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	return b
}

// limit gives the limit of a path.
func (b *bodies) limit(path string) int64 {
	for _, prefix := range b.prefixes {
		if underPrefix(path, prefix) {
			return b.routes[prefix]
		}
	}
	return b.most
}

func (b *bodies) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := passageOf(r)
		if p.read {
			next.ServeHTTP(w, r)
			return
		}
		most := b.limit(r.URL.Path)
		switch {
		case r.ContentLength > most:
			tooLarge(most).Write(w, r)
			return
		case coded(r.Header["Content-Encoding"]):
			w.Header().Set("Accept-Encoding", "identity") // RFC 9110, section 15.5.16
			Problem{Status: http.StatusUnsupportedMediaType, Detail: "bodies are taken without content coding only", Cure: "bodies", Close: true}.Write(w, r)
			return
		case slices.ContainsFunc(b.streams, func(prefix string) bool { return underPrefix(r.URL.Path, prefix) }):
			r.Body = &stream{ReadCloser: http.MaxBytesReader(w, r.Body, most), p: p, within: b.within}
			next.ServeHTTP(w, r)
			return
		}
		held := &heldBody{memory: b.memory}
		defer held.release()
		if problem := b.hold(held, r, most); problem != nil {
			problem.Write(w, r)
			return
		}
		p.read = true
		p.deadline(0)
		held.become(r)
		next.ServeHTTP(w, r)
	})
}

func coded(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return line != "" && !strings.EqualFold(line, "identity") })
}

func tooLarge(most int64) Problem {
	return Problem{
		Status: http.StatusRequestEntityTooLarge, Detail: "the body is larger than " + strconv.FormatInt(most, 10) + " bytes", Cure: "bodies", Close: true,
	}
}

// hold reads the whole body.
func (b *bodies) hold(held *heldBody, r *http.Request, most int64) *Problem {
	want := r.ContentLength
	if want < 0 {
		want = 0
	}
	for {
		if len(held.data) == cap(held.data) && !held.grow(want, most) {
			return &Problem{
				Status: http.StatusServiceUnavailable, Detail: "there are too many large bodies", Cure: "bodies", RetryAfter: time.Second, Close: true,
			}
		}
		n, err := r.Body.Read(held.data[len(held.data):cap(held.data)])
		held.data = held.data[:len(held.data)+n]
		switch {
		case int64(len(held.data)) > most:
			problem := tooLarge(most)
			return &problem
		case err == io.EOF:
			return nil
		case err != nil:
			return unreadable(err, !Of(r).passage.until.After(time.Now()))
		}
	}
}

// unreadable says why a body could not be read; late is whether its time is over, which net/http's own errors do not always tell.
func unreadable(err error, late bool) *Problem {
	var f *fault
	switch {
	case errors.As(err, &f):
		return &Problem{Status: f.status, Detail: f.detail, Cure: "framing", Close: true}
	case errors.Is(err, os.ErrDeadlineExceeded), late:
		return &Problem{Status: http.StatusRequestTimeout, Detail: "the body took too long", Cure: "bodies", Close: true}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Problem{Status: http.StatusBadRequest, Detail: "the body is shorter than it says", Cure: "framing", Close: true}
	}
	return &Problem{Status: http.StatusBadRequest, Detail: "the body is malformed", Cure: "framing", Close: true}
}

// stream is a body that passes as it comes: counted, and each part within the time of a whole body.
type stream struct {
	io.ReadCloser
	p      *passage
	within time.Duration
}

func (s *stream) Read(b []byte) (int, error) {
	s.p.deadline(s.within)
	n, err := s.ReadCloser.Read(b)
	if err == io.EOF {
		s.p.read = true
		s.p.deadline(0)
	}
	return n, err
}
