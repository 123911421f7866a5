package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// oracle reads an answer with net/http, interim answers skipped as its own
// client does.
func oracle(data []byte, toHEAD bool) (a answer, left bool, err error) {
	method := "GET"
	if toHEAD {
		method = "HEAD"
	}
	src := bufio.NewReader(bytes.NewReader(data))
	for {
		resp, err := http.ReadResponse(src, &http.Request{Method: method})
		if err != nil {
			return a, false, err
		}
		if resp.StatusCode/100 == 1 && resp.StatusCode != 101 {
			continue
		}
		a.status, a.close = resp.StatusCode, resp.Close || resp.StatusCode == 101
		if a.body, err = io.ReadAll(resp.Body); err != nil {
			return a, false, err
		}
		_, err = src.Peek(1)
		return a, err == nil, nil
	}
}

// Whatever we take, net/http takes too, and reads the same in it. We may refuse
// more: an ambiguous answer under load is a defect.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		f.Add([]byte(c.text), c.toHEAD, uint16(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, toHEAD bool, split uint16) {
		whole := reader{maxBody: DefaultMaxBody}
		got, err := whole.read(bytes.NewReader(data), toHEAD, true)
		inTwo := reader{maxBody: DefaultMaxBody}
		again, errAgain := inTwo.read(&pieces{data: bytes.Clone(data), split: int(split)}, toHEAD, true)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || err == nil && !same(got, again) {
			t.Fatalf("split at %d: %+v %v, whole: %+v %v", split, again, errAgain, got, err)
		}
		if err != nil {
			return
		}
		want, left, err := oracle(data, toHEAD)
		if err != nil {
			// net/http refuses control characters in values; we only NUL and CR,
			// which is what RFC 9110, section 5.5 asks for.
			if strings.Contains(err.Error(), "malformed MIME header line") && bytes.ContainsFunc(data, control) {
				return
			}
			t.Fatalf("taken, but net/http says: %v", err)
		}
		if !same(got, want) || whole.left() != left {
			t.Fatalf("got %d %q close %v left %v, want %d %q close %v left %v",
				got.status, got.body, got.close, whole.left(), want.status, want.body, want.close, left)
		}
	})
}

func same(a, b answer) bool {
	return a.status == b.status && a.close == b.close && bytes.Equal(a.body, b.body)
}

func control(c rune) bool { return c < ' ' && c != '\r' && c != '\n' && c != '\t' || c == 0x7f }

// Whatever net/http writes, we take, and read the same in it.
func FuzzWritten(f *testing.F) {
	f.Add(uint64(1), []byte("hello"))
	f.Add(uint64(2), []byte{})
	f.Add(uint64(3), bytes.Repeat([]byte("abc"), 10_000))
	f.Fuzz(func(t *testing.T, seed uint64, body []byte) {
		random := rand.New(rand.NewPCG(seed, 0))
		toHEAD := random.IntN(8) == 0
		data := written(random, body, toHEAD)
		want, _, err := oracle(data, toHEAD)
		if err != nil {
			t.Fatalf("net/http does not read what it wrote: %v: %q", err, data)
		}
		r := reader{maxBody: DefaultMaxBody}
		got, err := r.read(&pieces{data: bytes.Clone(data), split: random.IntN(len(data))}, toHEAD, true)
		if err != nil || !same(got, want) {
			t.Fatalf("got %+v %v, want %+v: %q", got, err, want, data)
		}
	})
}

// written is a valid answer as net/http writes it, some of them chunked, with
// trailers, behind interim answers or ended by the connection.
func written(random *rand.Rand, body []byte, toHEAD bool) []byte {
	method := "GET"
	if toHEAD {
		method = "HEAD"
	}
	resp := &http.Response{
		StatusCode: []int{200, 201, 204, 304, 404, 500}[random.IntN(6)],
		ProtoMajor: 1, ProtoMinor: 1,
		Request:       &http.Request{Method: method},
		Header:        http.Header{"X-Long": {strings.Repeat("v", random.IntN(5000))}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Close:         random.IntN(4) == 0,
	}
	switch random.IntN(3) {
	case 0:
		resp.TransferEncoding, resp.ContentLength = []string{"chunked"}, -1
		resp.Trailer = http.Header{"X-Trailer": {"t"}}
	case 1:
		resp.ContentLength = -1
	}
	var b bytes.Buffer
	for range random.IntN(3) {
		b.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
	}
	if err := resp.Write(&b); err != nil {
		b.Reset()
		b.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
	return b.Bytes()
}
