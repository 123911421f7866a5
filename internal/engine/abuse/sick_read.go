package abuse

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// head is the head of a request, as the sick server reads it.
type head struct {
	method, target, version string
	fields                  []Field
}

func (h *head) all(name string) []string {
	var values []string
	for _, f := range h.fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

func (h *head) get(name string) string { return strings.Join(h.all(name), ", ") }

const methods = "GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE"

// head reads one. Errors are refusals, or those of the connection.
func (s *Sick) head(in *bufio.Reader) (*head, error) {
	most := mostHead
	if s.Endless {
		most = 64 << 20
	}
	raw, err := until(in, []byte("\r\n\r\n"), most)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\r\n\r\n"), "\r\n")
	h := new(head)
	first := strings.Split(lines[0], " ")
	if len(first) != 3 || first[1] == "" || !strings.HasPrefix(first[2], "HTTP/") {
		return nil, refusal(http.StatusBadRequest)
	}
	h.method, h.target, h.version = first[0], first[1], first[2]
	switch {
	case h.version != "HTTP/1.1" && h.version != "HTTP/1.0":
		return nil, refusal(http.StatusHTTPVersionNotSupported)
	case !slices.Contains(strings.Fields(methods), h.method):
		return nil, refusal(http.StatusMethodNotAllowed)
	}
	if h.fields, err = s.fieldsOf(lines[1:]); err != nil {
		return nil, err
	}
	switch hosts := h.all("Host"); {
	case len(hosts) != 1 && h.version == "HTTP/1.1", len(hosts) == 1 && strings.ContainsAny(hosts[0], " @/"):
		return nil, refusal(http.StatusBadRequest)
	case len(h.fields) > mostFields && !s.Endless:
		return nil, refusal(http.StatusRequestHeaderFieldsTooLarge)
	}
	return h, nil
}

// until reads up to the end of a head. Empty lines before it are skipped (RFC 9112,
// section 2.2).
func until(in *bufio.Reader, end []byte, most int) ([]byte, error) {
	var all []byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return nil, err
		}
		if len(all) == 0 && (c == '\r' || c == '\n') {
			continue
		}
		if all = append(all, c); bytes.HasSuffix(all, end) {
			return all, nil
		}
		if c == '\n' && !bytes.HasSuffix(all, []byte("\r\n")) {
			return nil, refusal(http.StatusBadRequest)
		}
		if len(all) > most {
			return nil, refusal(http.StatusRequestHeaderFieldsTooLarge)
		}
	}
}

func (s *Sick) fieldsOf(lines []string) ([]Field, error) {
	if s.Fields {
		lines = strings.Split(strings.ReplaceAll(strings.Join(lines, "\r"), "\r ", "\r"), "\r")
	}
	var fields []Field
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if s.Fields {
			name, value, _ = strings.Cut(line, ":")
			name, ok = strings.TrimSpace(name), true
			value, _, _ = strings.Cut(value, "\x00")
		}
		if s.Codings {
			name = strings.TrimSpace(name)
		}
		if !ok || name == "" || strings.ContainsAny(name, " \t\x00") || strings.ContainsAny(value, "\x00\r\n") {
			return nil, refusal(http.StatusBadRequest)
		}
		fields = append(fields, Field{name, strings.Trim(value, " \t")})
	}
	return fields, nil
}

// body reads the body; both tells that its end was told twice.
func (s *Sick) body(in *bufio.Reader, h *head) (body []byte, both bool, err error) {
	codings, lengths := h.all("Transfer-Encoding"), h.all("Content-Length")
	codings = slices.DeleteFunc(codings, func(c string) bool { return c == "" })
	both = len(codings) > 0 && len(lengths) > 0
	switch {
	case len(codings) > 0 && s.Codings && strings.Contains(h.get("Transfer-Encoding"), "chunked"):
		body, err = s.chunks(in)
		return body, false, err
	case both && !s.BothEnds:
		return nil, both, refusal(http.StatusBadRequest)
	case len(codings) > 0 && (len(codings) != 1 || !strings.EqualFold(codings[0], "chunked") || h.version != "HTTP/1.1"):
		return nil, both, refusal(http.StatusNotImplemented)
	case len(codings) > 0:
		body, err = s.chunks(in)
		return body, both, err
	case len(lengths) == 0:
		return nil, false, nil
	}
	n, ok := s.number(lengths[0], 10)
	if !ok || len(lengths) != 1 && !s.Lengths || n > 8<<20 {
		return nil, both, refusal(http.StatusBadRequest)
	}
	body = make([]byte, n)
	_, err = io.ReadFull(in, body)
	return body, both, err
}

// number reads digits only; a sick one reads what it can of them.
func (s *Sick) number(text string, base int) (int, bool) {
	lax := base == 10 && s.Lengths || base == 16 && s.Chunks
	if lax {
		text = strings.TrimLeft(text, " \t+-")
		if base == 16 {
			text = strings.TrimPrefix(text, "0x")
		}
		end := strings.IndexFunc(text, func(r rune) bool { _, err := strconv.ParseUint(string(r), base, 8); return err != nil })
		if end >= 0 {
			text = text[:end]
		}
		text = text[max(0, len(text)-8):] // as a counter of 32 bits overflows
		if text == "" {
			return 0, true
		}
	}
	if strings.ContainsAny(text, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseInt(text, base, 32)
	return int(n), err == nil
}

func (s *Sick) chunks(in *bufio.Reader) ([]byte, error) {
	var body []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		text, ended := strings.CutSuffix(line, "\r\n")
		digits, _, _ := strings.Cut(strings.TrimRight(text, "\n"), ";")
		n, ok := s.number(digits, 16)
		if !ok || !ended && !s.Chunks || len(body)+n > 8<<20 || len(line) > 4<<10 {
			return nil, refusal(http.StatusBadRequest)
		}
		if n == 0 {
			return body, trailers(in)
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(in, piece); err != nil {
			return nil, err
		}
		body = append(body, piece...)
		if end, err := in.Peek(2); err != nil || string(end) != "\r\n" {
			if s.Chunks && err == nil {
				continue
			}
			return nil, errors.Join(err, refusal(http.StatusBadRequest))
		}
		_, _ = in.Discard(2) // they were just seen
	}
}

// trailers skips the lines behind the last chunk.
func trailers(in *bufio.Reader) error {
	for {
		line, err := in.ReadString('\n')
		if err != nil || strings.TrimRight(line, "\r\n") == "" {
			return err
		}
	}
}

// request gives the head as net/http knows requests.
func (h *head) request(body []byte, from net.Addr) (*http.Request, error) {
	u, err := url.ParseRequestURI(h.target)
	if err != nil {
		return nil, refusal(http.StatusBadRequest)
	}
	r := &http.Request{Method: h.method, URL: u, Proto: h.version, ProtoMajor: 1, Header: http.Header{}, Host: h.get("Host"), RequestURI: h.target,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: from.String()}
	if h.version == "HTTP/1.1" {
		r.ProtoMinor = 1
	}
	for _, f := range h.fields {
		r.Header.Add(f.Name, f.Value)
	}
	r.Close = strings.EqualFold(h.get("Connection"), "close")
	return r, nil
}
