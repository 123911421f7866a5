package harden

import (
	"net/http"
	"strings"
	"testing"
)

// typicalHead is the head that a browser sends to an API.
const typicalHead = "POST /api/gastos?empresaId=7&desde=2026-01-01 HTTP/1.1\r\nHost: app.example\r\nConnection: keep-alive\r\nContent-Length: 2\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"156\", \"Not)A;Brand\";v=\"8\"\r\nAuthorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U\r\n" +
	"sec-ch-ua-mobile: ?0\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n" +
	"Content-Type: application/json\r\nAccept: application/json\r\nOrigin: https://app.example\r\nSec-Fetch-Site: same-origin\r\n" +
	"Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: https://app.example/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: es-ES,es;q=0.9\r\n\r\n"

func BenchmarkHead(b *testing.B) {
	raw := []byte(typicalHead)
	limits := headLimits{target: 8 << 10, bytes: 16 << 10, fields: 100}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		h := head{limits: limits}
		if end, f := h.feed(raw); end != len(raw) || f != nil {
			b.Fatal(end, f)
		}
	}
}

func BenchmarkChunks(b *testing.B) {
	raw := []byte(strings.Repeat("400\r\n"+strings.Repeat("x", 1024)+"\r\n", 16) + "0\r\n\r\n")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		c := chunks{limits: headLimits{bytes: 1 << 10, fields: 10}}
		if good, done, f := c.feed(raw); good != len(raw) || !done || f != nil {
			b.Fatal(good, done, f)
		}
	}
}

// nothing takes an answer as net/http does, without writing it.
type nothing struct{ header http.Header }

func (n *nothing) Header() http.Header         { return n.header }
func (n *nothing) WriteHeader(int)             {}
func (n *nothing) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkCures is what all cures of this package cost one request, without its parsing and writing.
func BenchmarkCures(b *testing.B) {
	h, err := New(closed())
	if err != nil {
		b.Fatal(err)
	}
	body := []byte("{}")
	handler := h.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(body)
	}))
	r, err := http.NewRequestWithContext(b.Context(), "GET", "http://app.example/api/gastos?empresaId=7", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.RequestURI, r.RemoteAddr = "/api/gastos?empresaId=7", "127.0.0.1:1234"
	r.URL.Scheme, r.URL.Host = "", ""
	r.Header.Set("Origin", friend)
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(&nothing{http.Header{}}, r)
	}
}

var jsonType = []string{"application/json"}
