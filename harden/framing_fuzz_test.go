package harden

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// verdict is what the checks say of one message: its parts, or its fault.
type verdict struct {
	head, body int
	status     int
	detail     string
}

// judge feeds b in pieces that end at cuts.
func judge(b []byte, limits headLimits, cuts []int) verdict {
	h := head{limits: limits}
	for _, cut := range cuts {
		end, f := h.feed(b[:cut])
		if f != nil {
			return verdict{status: f.status, detail: f.detail}
		}
		if end == 0 {
			continue
		}
		if !h.chunked {
			return verdict{head: end, body: int(max(h.length, 0))}
		}
		return judgeChunks(b, limits, end, cuts)
	}
	return verdict{}
}

func judgeChunks(b []byte, limits headLimits, from int, cuts []int) verdict {
	c := chunks{limits: limits}
	at := from
	for _, cut := range cuts {
		if cut <= at {
			continue
		}
		good, done, f := c.feed(b[at:cut])
		at += good
		if f != nil {
			return verdict{head: from, body: at - from, status: f.status, detail: f.detail}
		}
		if done {
			return verdict{head: from, body: at - from}
		}
	}
	return verdict{head: from, body: at - from, detail: "open"}
}

func everyByte(b []byte) []int {
	cuts := make([]int, len(b))
	for i := range cuts {
		cuts[i] = i + 1
	}
	return cuts
}

// TestControlCharacters: eight bytes at a time and one by one see the same.
func TestControlCharacters(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := bytes.Repeat([]byte{'a'}, 20)
			b[at] = byte(c)
			if got := holdsControl(b); got != anyControl(b) || got != (c < ' ' && c != '\t' || c == 0x7f) {
				t.Fatalf("%02x at %d: %v", c, at, got)
			}
		}
	}
}

// smallLimits are reached by the small messages that a fuzzer makes.
func smallLimits() headLimits { return headLimits{target: 64, bytes: 256, fields: 8} }

func seeds() [][]byte {
	all := [][]byte{[]byte(asks("/api/x?a=b")), []byte(with("Content-Length: 2\r\n") + "hi"), []byte(chunked("5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n"))}
	for _, a := range framingAttacks() {
		all = append(all, []byte(a.raw[:min(len(a.raw), 600)]))
	}
	return all
}

// FuzzCuts: how a message is cut changes nothing.
func FuzzCuts(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		if len(b) == 0 {
			return
		}
		whole := judge(b, smallLimits(), []int{len(b)})
		if bytewise := judge(b, smallLimits(), everyByte(b)); bytewise != whole {
			t.Errorf("whole %+v, byte by byte %+v", whole, bytewise)
		}
		cut := 1 + (at%len(b)+len(b))%len(b)
		if inTwo := judge(b, smallLimits(), []int{cut, len(b)}); inTwo != whole {
			t.Errorf("whole %+v, cut at %d %+v", whole, cut, inTwo)
		}
	})
}

// FuzzAgainstNetHTTP: what the checks accept, net/http reads as the same message.
func FuzzAgainstNetHTTP(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var h head
		h.limits = headLimits{target: 8 << 10, bytes: 16 << 10, fields: 100}
		v := judge(b, h.limits, []int{len(b)})
		if v.head == 0 || v.status != 0 || v.detail != "" || v.head+v.body > len(b) {
			return
		}
		if _, fault := h.feed(b); fault != nil {
			t.Fatal("it changes its mind")
		}
		from := bufio.NewReader(bytes.NewReader(b))
		r, err := http.ReadRequest(from)
		if err != nil {
			t.Fatalf("net/http refuses what is accepted: %v", err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("net/http refuses the body: %v", err)
		}
		rest, _ := io.ReadAll(from)
		if len(rest) != len(b)-v.head-v.body {
			t.Errorf("net/http leaves %d bytes, the checks %d", len(rest), len(b)-v.head-v.body)
		}
		if r.Method != h.method.of(b) || r.RequestURI != h.target.of(b) {
			t.Errorf("net/http reads %q %q, the checks %q %q", r.Method, r.RequestURI, h.method.of(b), h.target.of(b))
		}
		sameFraming(t, r, &h, len(body), v)
	})
}

func sameFraming(t *testing.T, r *http.Request, h *head, read int, v verdict) {
	t.Helper()
	if h.chunked != slices.Equal(r.TransferEncoding, []string{"chunked"}) {
		t.Errorf("net/http reads codings %q, the checks %v", r.TransferEncoding, h.chunked)
	}
	if !h.chunked && (r.ContentLength != max(h.length, 0) || int64(read) != max(h.length, 0)) {
		t.Errorf("net/http reads %d of %d bytes, the checks %d", read, r.ContentLength, h.length)
	}
	if h.chunked && read > v.body {
		t.Errorf("net/http reads %d bytes out of %d", read, v.body)
	}
}

// piecewise gives b in pieces of the sizes that cuts says, as a connection would.
type piecewise struct {
	net.Conn
	b    []byte
	cuts []byte
}

func (p *piecewise) Read(to []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	size := 1
	if len(p.cuts) > 0 {
		size, p.cuts = 1+int(p.cuts[0]), p.cuts[1:]
	}
	n := copy(to[:min(size, len(to))], p.b)
	p.b = p.b[n:]
	return n, nil
}

// FuzzConn: what a checked connection gives out of a pipeline, however it is cut and asked for, are whole good messages and then, if a
// fault comes, the request in its place.
func FuzzConn(f *testing.F) {
	for i, seed := range seeds() {
		f.Add(append([]byte(asks("/first")), seed...), []byte{byte(i), 3, 200, 0, 9}, byte(i))
	}
	h, err := New(closed())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b, cuts []byte, room byte) {
		raw := &piecewise{b: b, cuts: cuts}
		c := newCheckedConn(raw, &link{Conn: raw, gate: h.gate}, h.wire)
		got, err := readAll(c, int(room)+1)
		if marker := strings.Index(got, h.wire.marker); marker >= 0 {
			got = got[:max(marker-c.given, 0)]
		} else if err != nil && !errors.Is(err, io.EOF) {
			var fault *fault
			if !errors.As(err, &fault) {
				t.Errorf("ended by %v", err)
			}
		}
		if !strings.HasPrefix(string(b), got) && !strings.HasPrefix(string(b), got[:len(got)-1]) {
			t.Errorf("%q of %q is given out", got, b)
		}
	})
}

// SetReadDeadline means nothing here: the bytes are there.
func (p *piecewise) SetReadDeadline(time.Time) error { return nil }

func readAll(c io.Reader, room int) (string, error) {
	var all strings.Builder
	b := make([]byte, room)
	for {
		n, err := c.Read(b)
		all.Write(b[:n])
		if err != nil {
			return all.String(), err
		}
	}
}
