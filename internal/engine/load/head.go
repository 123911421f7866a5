package load

import (
	"bytes"
	"math"
)

// framing is what a head says about where its body ends (RFC 9112, section 6.3)
// and whether the connection outlives it (section 9.3).
type framing struct {
	length    int64 // -1: not given
	chunked   bool
	minor     byte // of HTTP/1.x
	closing   bool // Connection: close
	keepAlive bool // Connection: keep-alive
}

func (f framing) close() bool { return f.closing || f.minor == 0 && !f.keepAlive }

// head reads a status line and its fields. The head stays in the buffer, because
// the answer points into it.
func (r *reader) head() (answer, framing, error) {
	f := framing{length: -1}
	line, err := r.headLine()
	if err != nil {
		return answer{}, f, err
	}
	status, minor, ok := statusLine(line)
	if !ok {
		return answer{}, f, errMalformed
	}
	a := answer{status: status}
	f.minor = minor
	known := true // a first line that begins with a space belongs to nothing
	for {
		line, err := r.headLine()
		if err != nil {
			return a, f, err
		}
		if len(line) == 0 {
			return a, f, nil
		}
		// A folded line (RFC 9112, section 5.2) is harmless behind a field that we
		// do not read, and ambiguous behind one that we do.
		if line[0] == ' ' || line[0] == '\t' {
			if known {
				return a, f, errMalformed
			}
			continue
		}
		if known, ok = a.field(&f, line); !ok {
			return a, f, errMalformed
		}
	}
}

// headLine takes a line of the head without its end. LF alone ends a line too
// (RFC 9112, section 2.2).
func (r *reader) headLine() ([]byte, error) {
	line, err := r.line(maxHead)
	if err != nil {
		return nil, err
	}
	if r.out = r.r; r.out > maxHead {
		return nil, errTooLarge
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
		return nil, errMalformed
	}
	return line, nil
}

// statusLine reads "HTTP/1.1 200 OK"; the reason may be missing.
func statusLine(line []byte) (status int, minor byte, ok bool) {
	const shortest = len("HTTP/1.1 200")
	if len(line) < shortest || string(line[:7]) != "HTTP/1." || line[7] > '1' || line[7] < '0' || line[8] != ' ' {
		return 0, 0, false
	}
	if len(line) > shortest && line[shortest] != ' ' {
		return 0, 0, false
	}
	for _, c := range line[9:shortest] {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		status = status*10 + int(c-'0')
	}
	return status, line[7] - '0', status >= 100
}

// field reads one field line. known says that it is one that matters here.
func (a *answer) field(f *framing, line []byte) (known, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || !token(line[:colon]) {
		return false, false
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	switch {
	case is(name, "content-length"):
		return true, f.setLength(value)
	case is(name, "transfer-encoding"):
		// Chunked is the only coding a client need know; HTTP/1.0 has none.
		ok = is(value, "chunked") && !f.chunked && f.minor == 1
		f.chunked = true
		return true, ok
	case is(name, "connection"):
		f.closing = f.closing || listed(value, "close")
		f.keepAlive = f.keepAlive || listed(value, "keep-alive")
		return true, true
	case is(name, "content-type"):
		a.media = value
		return true, true
	case is(name, "content-encoding"):
		a.encoding = value
		return true, true
	}
	return false, true
}

// setLength takes a Content-Length; a second one must be the same.
func (f *framing) setLength(value []byte) bool {
	if len(value) == 0 {
		return false
	}
	n := int64(0)
	for _, c := range value {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return false
		}
		n = n*10 + int64(c-'0')
	}
	same := f.length < 0 || f.length == n
	f.length = n
	return same
}

// is compares without regard to case. The lengths come first: they differ nearly
// always.
func is(text []byte, lower string) bool {
	return len(text) == len(lower) && bytes.EqualFold(text, []byte(lower))
}

// listed says whether a comma-separated list holds a token.
func listed(list []byte, lower string) bool {
	for more := true; more; {
		var item []byte
		item, list, more = bytes.Cut(list, []byte(","))
		if is(bytes.Trim(item, " \t"), lower) {
			return true
		}
	}
	return false
}

// token says whether the bytes are a token (RFC 9110, section 5.6.2).
func token[T []byte | string](text T) bool {
	for i := range len(text) {
		if !tokenByte[text[i]] {
			return false
		}
	}
	return len(text) > 0
}

var tokenByte = [256]bool{
	'!': true, '#': true, '$': true, '%': true, '&': true, '\'': true, '*': true, '+': true, '-': true, '.': true,
	'^': true, '_': true, '`': true, '|': true, '~': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true,
	'k': true, 'l': true, 'm': true, 'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true,
	'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true,
	'K': true, 'L': true, 'M': true, 'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true,
	'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
}
