package load

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// pieces gives its bytes in two reads, or one by one.
type pieces struct {
	data  []byte
	split int // the length of the first piece; 0: all of them of one byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := min(len(b), len(p.data))
	if p.split >= 0 {
		n = min(n, max(p.split, 1))
	}
	copy(b, p.data[:n])
	p.data = p.data[n:]
	if p.split > 0 {
		p.split = -1 // the rest at once
	}
	return n, nil
}

var answers = []struct {
	name, text string
	toHEAD     bool
	status     int
	body       string
	close      bool
	left       bool
	err        error
}{
	{name: "length", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
	{name: "no reason", text: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", status: 200},
	{name: "LF alone", text: "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", status: 200, body: "hello"},
	{name: "same length twice", text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nok", status: 200, body: "ok"},
	{name: "chunked", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", status: 200, body: "hello world"},
	{name: "trailers", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: A\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", status: 200, body: "x"},
	{name: "chunked beats length", text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", status: 200, body: "x"},
	{name: "until the end", text: "HTTP/1.1 200 OK\r\n\r\nall of it", status: 200, body: "all of it", close: true},
	{name: "asks to close", text: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", close: true},
	{name: "1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", close: true},
	{name: "1.0 kept", text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok"},
	{name: "interim", text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", status: 201, body: "x"},
	{name: "HEAD", text: "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", toHEAD: true, status: 200},
	{name: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
	{name: "304", text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", status: 304},
	{name: "101", text: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", status: 101, close: true},
	{name: "fold behind another field", text: "HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\nContent-Length: 0\r\n\r\n", status: 200},
	{name: "too much", text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", status: 200, body: "ok", left: true},
	{name: "body of 204", text: "HTTP/1.1 204 No Content\r\n\r\nx", status: 204, left: true},

	{name: "nothing", text: "", err: io.EOF},
	{name: "half a head", text: "HTTP/1.1 200 OK\r\nConten", err: io.ErrUnexpectedEOF},
	{name: "half a body", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", err: io.ErrUnexpectedEOF},
	{name: "no last chunk", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", err: io.ErrUnexpectedEOF},
	{name: "no end of trailers", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", err: io.ErrUnexpectedEOF},
	{name: "interim only", text: "HTTP/1.1 100 Continue\r\n\r\n", err: io.ErrUnexpectedEOF},
	{name: "not HTTP", text: "SSH-2.0-OpenSSH\r\n", err: errMalformed},
	{name: "HTTP/2", text: "HTTP/2.0 200 OK\r\n\r\n", err: errMalformed},
	{name: "status of four", text: "HTTP/1.1 2000 OK\r\n\r\n", err: errMalformed},
	{name: "two lengths", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", err: errMalformed},
	{name: "negative length", text: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", err: errMalformed},
	{name: "length without value", text: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", err: errMalformed},
	{name: "length beyond 63 bits", text: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", err: errMalformed},
	{name: "folded length", text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n", err: errMalformed},
	{name: "space before colon", text: "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", err: errMalformed},
	{name: "unknown coding", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", err: errMalformed},
	{name: "no colon", text: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", err: errMalformed},
	{name: "chunk without size", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", err: errMalformed},
	{name: "chunk line with LF alone", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\n1\nx\n0\n\n", err: errMalformed},
	{name: "chunk too long", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", err: errMalformed},
	{name: "large length", text: "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", err: errTooLarge},
	{name: "large chunk", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", err: errTooLarge},
	{name: "large head", text: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", maxHead) + "\r\n\r\n", err: errTooLarge},
}

// Each answer is read whole, in two pieces split at every byte, and byte by byte.
func TestAnswersAreReadAtEverySplit(t *testing.T) {
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			step := 1 + len(c.text)/300
			for split := 0; split <= len(c.text); split += step {
				r := reader{maxBody: DefaultMaxBody}
				a, err := r.read(&pieces{data: []byte(c.text), split: split}, c.toHEAD, true)
				if !errors.Is(err, c.err) {
					t.Fatalf("split at %d: error %v, want %v", split, err, c.err)
				}
				if err != nil {
					continue
				}
				// What comes in a later piece is not seen yet.
				left := c.left && split == len(c.text)
				if a.status != c.status || string(a.body) != c.body || a.close != c.close || left && !r.left() || r.left() && !c.left {
					t.Fatalf("split at %d: got %d %q close %v left %v", split, a.status, a.body, a.close, r.left())
				}
			}
		})
	}
}

func TestFieldsAreRead(t *testing.T) {
	text := "HTTP/1.1 200 OK\r\ncontent-type:  application/json; charset=utf-8 \r\nX: " + strings.Repeat("y", 3*firstBuffer) +
		"\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"
	r := reader{maxBody: 10}
	a, err := r.read(&pieces{data: []byte(text)}, false, true)
	if err != nil || string(a.media) != "application/json; charset=utf-8" || string(a.encoding) != "gzip" || string(a.body) != "ok" {
		t.Errorf("got %q %q %q, %v", a.media, a.encoding, a.body, err)
	}
}

// endless repeats a text for ever and counts what was taken of it.
type endless struct {
	start, text string
	taken       int64
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.start)
	e.start = e.start[n:]
	for n < len(b) {
		at := int(e.taken+int64(n)) % len(e.text)
		n += copy(b[n:], e.text[at:])
	}
	e.taken += int64(n)
	return n, nil
}

// No server can make a user hold or read without bound.
func TestEndlessAnswersAreBounded(t *testing.T) {
	const maxBody = 100 << 10
	for _, c := range []struct{ name, start, text string }{
		{"head", "HTTP/1.1 200 OK\r\n", "X-A: b\r\n"},
		{"head line", "HTTP/1.1 200 OK\r\nX: ", "x"},
		{"interim", "", "HTTP/1.1 100 Continue\r\n\r\n"},
		{"status line", "", "H"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
		{"chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x"},
		{"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"},
		{"until the end", "HTTP/1.1 200 OK\r\n\r\n", "x"},
	} {
		for _, keep := range []bool{true, false} {
			src := &endless{start: c.start, text: c.text}
			r := reader{maxBody: maxBody}
			_, err := r.read(src, false, keep)
			if err == nil {
				t.Errorf("%s: it was read to its end", c.name)
			}
			if held := len(r.buf); held > maxBody+2*maxHead+maxChunkLine {
				t.Errorf("%s: %d bytes held", c.name, held)
			}
			if src.taken > 8*maxBody+4*maxHead {
				t.Errorf("%s: %d bytes taken", c.name, src.taken)
			}
		}
	}
}

func TestADroppedBodyNeedsNoBuffer(t *testing.T) {
	const size = 10 << 20
	text := "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"
	r := reader{maxBody: size}
	a, err := r.read(io.MultiReader(strings.NewReader(text), bytes.NewReader(make([]byte, size))), false, false)
	if err != nil || a.length != size || a.body != nil || len(r.buf) != firstBuffer {
		t.Errorf("length %d, %d bytes held, %v", a.length, len(r.buf), err)
	}
}

func BenchmarkReadAnswer(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n" +
		"X-Request-Id: 0123456789abcdef\r\nContent-Length: 200\r\n\r\n" + strings.Repeat("x", 200))
	r := reader{maxBody: DefaultMaxBody}
	src := bytes.NewReader(text)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		src.Reset(text)
		if _, err := r.read(src, false, true); err != nil {
			b.Fatal(err)
		}
	}
}
