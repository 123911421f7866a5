package harden

import (
	"fmt"
	"strings"
	"testing"
)

const hostLine = "Host: app.example\r\nOrigin: " + friend + "\r\n"

// attack is one request that must be refused without the application knowing of it.
type attack struct {
	name   string
	raw    string
	status int
}

func asks(target string) string { return "GET " + target + " HTTP/1.1\r\n" + hostLine + "\r\n" }

func with(fields string) string { return "POST /api/x HTTP/1.1\r\n" + hostLine + fields + "\r\n" }

func chunked(body string) string { return with("Transfer-Encoding: chunked\r\n") + body }

// framingAttacks are W1 to W15 of the abuse list, as far as they are about bytes.
func framingAttacks() []attack {
	all := []attack{
		{"W1 connect authority", "CONNECT app.example:443 HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W1 connect path", "CONNECT /p HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W2 trace", "TRACE /api/x HTTP/1.1\r\n" + hostLine + "Cookie: a=b\r\n\r\n", 405},
		{"W2 track", "TRACK /api/x HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W2 debug", "DEBUG /api/x HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W2 invented", "FOOBAR /api/x HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W2 lower case", "get /api/x HTTP/1.1\r\n" + hostLine + "\r\n", 405},
		{"W3 h2c preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
		{"W5 length and coding", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
		{"W5 coding and length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", 400},
		{"W6 xchunked", with("Transfer-Encoding: xchunked\r\n"), 501},
		{"W6 chunked, identity", with("Transfer-Encoding: chunked, identity\r\n"), 501},
		{"W6 gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n"), 501},
		{"W6 two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
		{"W6 space before colon", with("Transfer-Encoding : chunked\r\n"), 400},
		{"W6 empty", with("Transfer-Encoding:\r\n"), 501},
		{"W7 two lengths", with("Content-Length: 0\r\nContent-Length: 0\r\n"), 400},
		{"W7 different lengths", with("Content-Length: 0\r\nContent-Length: 5\r\n"), 400},
		{"W7 list of lengths", with("Content-Length: 5, 5\r\n"), 400},
		{"W7 negative", with("Content-Length: -1\r\n"), 400},
		{"W7 plus", with("Content-Length: +5\r\n"), 400},
		{"W7 empty", with("Content-Length:\r\n"), 400},
		{"W7 hexadecimal", with("Content-Length: 0x5\r\n"), 400},
		{"W7 word", with("Content-Length: abc\r\n"), 400},
		{"W7 too long", with("Content-Length: 99999999999999999999\r\n"), 400},
		{"W8 bare LF after size", chunked("5\nhello\r\n0\r\n\r\n"), 400},
		{"W8 bare LF after data", chunked("5\r\nhello\n0\r\n\r\n"), 400},
		{"W8 bare LF at the end", chunked("0\r\n\n"), 400},
		{"W8 bad extension", chunked("5;=x\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 control character in extension", chunked("5;a=\x01\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 white space before extension", chunked("5 ;a\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 long extension", chunked("5;" + strings.Repeat("a", 4096) + "\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 oversize size", chunked("fffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 no size", chunked("\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 negative size", chunked("-5\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 prefixed size", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 more data than said", chunked("3\r\nhello\r\n0\r\n\r\n"), 400},
		{"W8 forbidden trailer", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
		{"W8 folded trailer", chunked("0\r\n a: b\r\n\r\n"), 400},
		{"W9 folded field", asks("/api/x")[:len(asks("/api/x"))-2] + "A: b\r\n c\r\n\r\n", 400},
		{"W9 folded first field", "GET /api/x HTTP/1.1\r\n x\r\n" + hostLine + "\r\n", 400},
		{"W9 NUL in value", with("A: b\x00c\r\n"), 400},
		{"W9 NUL in name", with("A\x00: b\r\n"), 400},
		{"W9 CR in value", with("A: b\rc\r\n"), 400},
		{"W9 bare LF", "GET /api/x HTTP/1.1\n" + hostLine + "\r\n", 400},
		{"W9 bare LF between fields", with("A: b\nB: c\r\n"), 400},
		{"W9 no name", with(": b\r\n"), 400},
		{"W9 no colon", with("nonsense\r\n"), 400},
		{"W9 space in name", with("A b: c\r\n"), 400},
		{"W9 DEL in value", with("A: \x7f\r\n"), 400},
		{"W10 no host", "GET /api/x HTTP/1.1\r\nOrigin: " + friend + "\r\n\r\n", 400},
		{"W10 two hosts", asks("/api/x")[:len(asks("/api/x"))-2] + "Host: other.example\r\n\r\n", 400},
		{"W10 two equal hosts", asks("/api/x")[:len(asks("/api/x"))-2] + "Host: app.example\r\n\r\n", 400},
		{"W11 0.9", "GET /\r\n", 400},
		{"W11 1.0 with coding", "POST /api/x HTTP/1.0\r\n" + hostLine + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"W11 2.5", "GET /api/x HTTP/2.5\r\n" + hostLine + "\r\n", 505},
		{"W11 3.0", "GET /api/x HTTP/3.0\r\n" + hostLine + "\r\n", 505},
		{"W11 1.2", "GET /api/x HTTP/1.2\r\n" + hostLine + "\r\n", 505},
		{"W11 lower case", "GET /api/x http/1.1\r\n" + hostLine + "\r\n", 400},
		{"W11 two digits", "GET /api/x HTTP/1.10\r\n" + hostLine + "\r\n", 400},
		{"W12 header of 40 KB", with("A: " + strings.Repeat("b", 40<<10) + "\r\n"), 431},
		{"W12 many fields", with(strings.Repeat("A: b\r\n", 101)), 431},
		{"W14 target of 20 KB", asks("/api/" + strings.Repeat("a", 20<<10)), 414},
		{"W14 query of 9 KB", asks("/api/x?" + strings.Repeat("a", 9<<10)), 414},
		{"W15 expect", with("Expect: x\r\n"), 417},
		{"W15 expect 999", with("Expect: 999\r\n"), 417},
		{"W15 expect list", with("Expect: 100-continue, x\r\n"), 417},
		{"HEAD of no path", "HEAD /%zz HTTP/1.1\r\n" + hostLine + "\r\n", 400},
		{"garbage", "\x00\x01\x02garbage\r\n\r\n", 400},
		{"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
		{"two spaces", "GET  /api/x HTTP/1.1\r\n" + hostLine + "\r\n", 400},
		{"tab", "GET\t/api/x HTTP/1.1\r\n" + hostLine + "\r\n", 400},
		{"space in target", asks("/api/x y"), 400},
		{"byte above ASCII", asks("/api/\xe9"), 400},
		{"no slash", asks("api/x"), 400},
		{"star", asks("*"), 400},
		{"empty line first", "\r\n" + asks("/api/x"), 400},
	}
	for _, host := range []string{"a b", "app.example:99999x", "app.example/x", "a@b", "[::1", "", "a,b", "app.example:-1"} {
		all = append(all, attack{"W10 host " + host, "GET /api/x HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + friend + "\r\n\r\n", 400})
	}
	return append(all, codingMutations()...)
}

// codingMutations hides Transfer-Encoding from one of two servers with a byte that some of them skip.
func codingMutations() []attack {
	var all []attack
	for _, b := range []byte{0x01, 0x04, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x7f, 0xa0, 0xff} {
		for place, field := range map[string]string{
			"prefix": "%cTransfer-Encoding: chunked", "mid": "Transfer%cEncoding: chunked", "post": "Transfer-Encoding%c: chunked",
			"value": "Transfer-Encoding: %cchunked", "end": "Transfer-Encoding: chunked%c",
		} {
			field = strings.ReplaceAll(field, "%c", string([]byte{b}))
			status := 400
			switch {
			case (b == ' ' || b == '\t') && (place == "value" || place == "end"):
				continue // white space around a value is none of it
			case (b >= 0x80) && (place == "value" || place == "end"):
				status = 400
			}
			all = append(all, attack{fmt.Sprintf("W6 %02x %s", b, place), with(field+"\r\n") + "0\r\n\r\n", status})
		}
	}
	return all
}

func TestFramingIsRefused(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, closed(), secure, nil)
		for _, a := range framingAttacks() {
			t.Run(a.name, func(t *testing.T) {
				got := r.say(t, a.raw)
				got.problem(t, a.status)
				if got.Header.Get("Strict-Transport-Security") != "" != secure {
					t.Errorf("HSTS %q", got.Header.Get("Strict-Transport-Security"))
				}
				got.readable(t, strings.Contains(a.raw, "Origin: "+friend))
				if (a.status == 405) != (got.Header.Get("Allow") != "") {
					t.Errorf("Allow %q", got.Header.Get("Allow"))
				}
				if n := r.hits.Load(); n != 0 {
					t.Fatalf("the application saw %d requests", n)
				}
			})
		}
		if got := r.say(t, asks("/api/x")); got.StatusCode != 200 || r.hits.Load() != 1 {
			t.Errorf("an honest request is %d, with %d hits", got.StatusCode, r.hits.Load())
		}
	})
}
