package roundtrip

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// mostHeld is the largest body that is written here, bytes. It is written in one piece with its head before anything is read: it must fit
// into what the two systems buffer, or a service that answers before it has read everything would wait for us and we for it.
const mostHeld = 64 << 10

// plain says whether a request is one that this package sends.
func plain(r *http.Request) bool {
	u := r.URL
	none := r.Body == nil || r.Body == http.NoBody
	switch {
	case u == nil || u.Scheme != "http" || u.Opaque != "" || r.Close || r.Method == http.MethodConnect || r.Header == nil:
		return false
	case len(r.TransferEncoding) > 0 || len(r.Trailer) > 0 || none != (r.ContentLength == 0) || r.ContentLength < 0 || r.ContentLength > mostHeld:
		return false
	}
	return r.Header["Upgrade"] == nil && r.Header["Expect"] == nil && r.Header["Trailer"] == nil
}

var errShort = errors.New("roundtrip: the request's body is not as long as it says")

// write appends the whole request to raw, the body too, and closes the body. Nothing is sent of a request that cannot be read to its end.
func write(raw []byte, r *http.Request) ([]byte, error) {
	raw, err := writeHead(raw, r)
	if r.Body == nil || r.Body == http.NoBody {
		return raw, err
	}
	if err == nil {
		raw, err = writeBody(raw, r)
	}
	return raw, errors.Join(err, r.Body.Close())
}

func writeHead(raw []byte, r *http.Request) ([]byte, error) {
	method, path, host := r.Method, r.URL.EscapedPath(), r.Host
	if method == "" {
		method = http.MethodGet
	}
	if path == "" {
		path = "/"
	}
	if host == "" {
		host = r.URL.Host
	}
	if !all(method, isToken) || !all(path, isVisible) || !all(r.URL.RawQuery, isVisible) || host == "" || !all(host, isHost) {
		return raw, errors.New("roundtrip: method, target or host hold what cannot be sent")
	}
	raw = append(append(append(raw, method...), ' '), path...)
	if r.URL.ForceQuery || r.URL.RawQuery != "" {
		raw = append(append(raw, '?'), r.URL.RawQuery...)
	}
	raw = append(append(append(raw, " HTTP/1.1\r\nHost: "...), host...), "\r\n"...)
	for name, values := range r.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding":
			continue // said above and below, by who knows
		}
		if !all(name, isToken) {
			return raw, fmt.Errorf("roundtrip: a header's name %q cannot be sent", name)
		}
		for _, value := range values {
			if !all(value, isValue) {
				return raw, fmt.Errorf("roundtrip: the value of the header %s cannot be sent", name)
			}
			if value == "" && name == "User-Agent" {
				continue // that is how net/http is told to send none
			}
			raw = append(append(append(append(raw, name...), ": "...), value...), "\r\n"...)
		}
	}
	if r.ContentLength > 0 || method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		raw = append(strconv.AppendInt(append(raw, "Content-Length: "...), r.ContentLength, 10), "\r\n"...)
	}
	return append(raw, "\r\n"...), nil
}

// writeBody appends exactly the bytes that were announced.
func writeBody(raw []byte, r *http.Request) ([]byte, error) {
	end := len(raw) + int(r.ContentLength)
	for cap(raw) < end+1 {
		raw = append(raw[:cap(raw)], 0)[:len(raw)]
	}
	for len(raw) <= end {
		n, err := r.Body.Read(raw[len(raw) : end+1])
		raw = raw[:len(raw)+n]
		switch {
		case err == io.EOF && len(raw) == end:
			return raw, nil
		case err == io.EOF:
			return raw, errShort
		case err != nil:
			return raw, err
		}
	}
	return raw, errShort // there is a byte more
}

// all says whether every byte of s is of a kind.
func all(s string, kind func(byte) bool) bool {
	for i := range len(s) {
		if !kind(s[i]) {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// isToken is tchar of RFC 9110, section 5.6.2.
func isToken(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return letterOrDigit(c)
}

// isVisible is what may stand in a target: anything but white space and control characters.
func isVisible(c byte) bool { return c > ' ' && c != 0x7f }

func isHost(c byte) bool {
	switch c {
	case '.', '-', '_', ':', '[', ']', '~', '%':
		return true
	}
	return letterOrDigit(c)
}

// isValue is what may stand in a field's value: no control character but the tab (RFC 9110, section 5.5).
func isValue(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }
