package harden

import (
	"bytes"
	"net/http"
)

// fault is what is wrong with the bytes of a request. What follows on its connection cannot be trusted.
type fault struct {
	status int
	detail string
}

func (f *fault) Error() string { return f.detail }

func malformed(detail string) *fault { return &fault{http.StatusBadRequest, detail} }

// span is a part of the bytes of a head.
type span struct{ from, to int }

func (s span) of(b []byte) string { return string(b[s.from:min(s.to, len(b))]) }

// headLimits bounds the head of a request, in bytes and in fields.
type headLimits struct{ target, bytes, fields int }

// The request line has, beside its target, a method of at most mostMethod bytes, a version and two spaces.
const (
	mostMethod   = 32
	besideTarget = mostMethod + len("HTTP/1.1") + len("  \r\n")
)

// head checks the head of one HTTP/1.1 request (RFC 9112) more strictly than net/http, which mends some of what it reads:
// whatever two parsers could read in two ways is a fault. It is fed all bytes that have come so far, as often as bytes come;
// how they were cut does not change what it says.
type head struct {
	limits headLimits
	line   int // where the line begins that is not yet complete
	seen   int // up to here no line ends after line
	fields int // where the field lines begin; 0: the request line is not yet complete
	count  int // of field lines
	hosts  int

	method, target, host, origin span
	origins                      int

	minor   byte  // of the version: '0' or '1'
	length  int64 // of the body as announced; -1: not announced
	coded   bool  // a Transfer-Encoding stands there
	chunked bool
	expects bool
}

// feed takes b, the head from its first byte. It gives the length of the whole head once that is complete, 0 before.
func (h *head) feed(b []byte) (int, *fault) {
	if h.line == 0 && len(b) > 0 && !token[b[0]] {
		return 0, malformed("the request does not begin with a method")
	}
	for {
		end := bytes.IndexByte(b[h.seen:], '\n')
		if end >= 0 {
			end += h.seen + 1
		}
		if f := h.tooLong(len(b), end); f != nil {
			return 0, f
		}
		if end < 0 {
			h.seen = len(b)
			return 0, nil
		}
		from := h.line
		h.line, h.seen = end, end
		if end-from < 2 || b[end-2] != '\r' {
			return 0, malformed("a line of the request's head does not end with CR LF")
		}
		done, f := h.take(b, from, end-2)
		if f != nil || done {
			return end, f
		}
	}
}

// tooLong says whether a limit is passed before the line that ends at end (-1: it has not ended within the size bytes that came).
func (h *head) tooLong(size, end int) *fault {
	if end < 0 {
		end = size
	}
	if h.fields == 0 {
		if end > h.limits.target+besideTarget {
			return &fault{http.StatusRequestURITooLong, "the request target is too long"}
		}
		return nil
	}
	if end-h.fields > h.limits.bytes {
		return &fault{http.StatusRequestHeaderFieldsTooLarge, "the header fields are too large"}
	}
	return nil
}

// take takes one line; done is whether it was the last.
func (h *head) take(b []byte, from, to int) (done bool, f *fault) {
	if h.fields == 0 {
		h.length, h.fields = -1, h.line
		return false, h.requestLine(b, from, to)
	}
	if from == to {
		return true, h.whole()
	}
	if h.count++; h.count > h.limits.fields {
		return false, &fault{http.StatusRequestHeaderFieldsTooLarge, "there are too many header fields"}
	}
	return false, h.field(b, from, to)
}

func (h *head) requestLine(b []byte, from, to int) *fault {
	line := b[from:to]
	method := bytes.IndexByte(line, ' ')
	if method < 1 || method > mostMethod || !allToken(line[:method]) {
		return malformed("the request line does not begin with a method")
	}
	version := bytes.LastIndexByte(line, ' ')
	h.method = span{from, from + method}
	if version == method {
		return malformed("the request line has no version")
	}
	h.target = span{from + method + 1, from + version}
	if f := h.version(line[version+1:]); f != nil {
		return f
	}
	return h.targetForm(line[:method], line[method+1:version])
}

func (h *head) version(v []byte) *fault {
	if len(v) != len("HTTP/1.1") || string(v[:5]) != "HTTP/" || v[6] != '.' || !digit(v[5]) || !digit(v[7]) {
		return malformed("the request line has no version")
	}
	if v[5] != '1' || v[7] > '1' {
		return &fault{http.StatusHTTPVersionNotSupported, "this version of HTTP is not spoken here"}
	}
	h.minor = v[7]
	return nil
}

// targetForm checks the target's form (RFC 9112, section 3.2); the path itself is read by the handler.
func (h *head) targetForm(method, target []byte) *fault {
	if len(target) > h.limits.target {
		return &fault{http.StatusRequestURITooLong, "the request target is too long"}
	}
	query := false
	for i, c := range target {
		switch {
		case c <= ' ' || c >= 0x7f:
			return malformed("the request target holds a byte that must be percent-encoded")
		case c == '?':
			query = true
		case c == '%' && !query && (i+2 >= len(target) || unhex(target[i+1]) < 0 || unhex(target[i+2]) < 0):
			return malformed("the path holds a percent sign that is no escape")
		}
	}
	switch {
	case string(method) == http.MethodConnect:
		return &fault{http.StatusMethodNotAllowed, "this is not a proxy"}
	case len(target) == 0:
		return malformed("the request line has no target")
	case target[0] == '/':
		return nil
	case len(target) == 1 && target[0] == '*' && string(method) == http.MethodOptions:
		return nil
	}
	if _, authority, _, ok := absolute(string(target)); ok && validHost(authority) {
		return nil
	}
	return malformed("the request target is neither a path nor an address")
}

// whole checks what only the complete head shows.
func (h *head) whole() *fault {
	switch {
	case h.hosts == 0 && h.minor == '1':
		return malformed("the Host header is missing")
	case h.coded && h.minor == '0':
		return malformed("HTTP/1.0 has no Transfer-Encoding")
	case h.coded && h.length >= 0:
		return malformed("Content-Length and Transfer-Encoding contradict each other")
	case h.coded && !h.chunked:
		return &fault{http.StatusNotImplemented, "the transfer coding is not supported"}
	}
	return nil
}
