package provoke

import (
	"fmt"
	"slices"
	"strings"
)

// The sizes of what is too long, in bytes: past the 8 KiB to 16 KiB that servers
// take of a request line, and past the 64 KiB that any takes of a head.
const (
	longTarget = 20 << 10
	longField  = 100 << 10
	manyFields = 2000
)

// protocol are the entries that only broken or hostile clients send.
func protocol() []Row {
	bad := []int{400}
	return []Row{
		reading(3, "trace", func(b Base) []Request {
			return []Request{{Method: "TRACE", Bytes: b.head("TRACE", b.Read.Target, "HTTP/1.1"), Lawful: []int{405, 404, 501, 400, 403}}}
		}),
		reading(4, "invented_method", func(b Base) []Request {
			return []Request{{Method: "FOOBAR", Bytes: b.head("FOOBAR", b.Read.Target, "HTTP/1.1"), Lawful: []int{405, 404, 501, 400}}}
		}),
		reading(6, "options_star", func(b Base) []Request {
			return []Request{{Method: "OPTIONS", Bytes: b.head("OPTIONS", "*", "HTTP/1.1"), Lawful: []int{404, 405, 400, 501}, Ignorable: true}}
		}),
		reading(22, "long_target", func(b Base) []Request {
			// RFC 9110, 15.5.15 says 414; servers that count the whole head say 431.
			return []Request{{Method: "GET", Bytes: b.head("GET", nowhere+"?"+strings.Repeat("a", longTarget), "HTTP/1.1"), Lawful: []int{414, 431, 400, 404}}}
		}),
		reading(23, "long_field", func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", nowhere, "HTTP/1.1", "X-Listo: "+strings.Repeat("a", longField)), Lawful: []int{431, 400, 404}}}
		}),
		reading(24, "many_fields", func(b Base) []Request {
			var lines []string
			for i := range manyFields {
				lines = append(lines, fmt.Sprintf("X-L%d: 1", i))
			}
			return []Request{{Method: "GET", Bytes: b.head("GET", nowhere, "HTTP/1.1", lines...), Lawful: []int{431, 400, 404}}}
		}),
		reading(25, "no_host", func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: lines("GET "+b.Read.Target+" HTTP/1.1", b.usual()...), Lawful: bad}}
		}),
		reading(26, "two_hosts", func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/1.1", "Host: listo.invalid"), Lawful: bad, Ignorable: true}}
		}),
		reading(27, "content_length", func(b Base) []Request {
			return []Request{
				{Name: "text", Method: "POST", Bytes: b.head("POST", nowhere, "HTTP/1.1", "Content-Length: abc"), Lawful: bad},
				{Name: "two", Method: "POST", Bytes: append(b.head("POST", nowhere, "HTTP/1.1", "Content-Length: 1", "Content-Length: 2"), "{}"...), Lawful: bad},
				{Name: "negative", Method: "POST", Bytes: b.head("POST", nowhere, "HTTP/1.1", "Content-Length: -1"), Lawful: bad},
			}
		}),
		reading(28, "both_framings", func(b Base) []Request {
			// RFC 9112, 6.1: refused, or Transfer-Encoding wins.
			return []Request{{Method: "POST", Bytes: append(b.head("POST", nowhere, "HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"), "0\r\n\r\n"...),
				Lawful: []int{400, 404, 405}, Ignorable: true}}
		}),
		reading(29, "bad_chunk", func(b Base) []Request {
			return []Request{{Method: "POST", Bytes: append(b.head("POST", nowhere, "HTTP/1.1", jsonType, "Transfer-Encoding: chunked"), "xyz\r\n{}\r\n0\r\n\r\n"...),
				Lawful: []int{400, 404, 405, 502}}} // Caddy finds it while it hands the body on, and says 502
		}),
		reading(30, "unknown_coding", func(b Base) []Request {
			return []Request{{Method: "POST", Bytes: b.head("POST", nowhere, "HTTP/1.1", "Transfer-Encoding: foo"), Lawful: []int{501, 400}}}
		}),
		reading(31, "bad_field", func(b Base) []Request {
			return []Request{
				{Name: "name", Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/1.1", "X Listo: 1"), Lawful: bad},
				{Name: "value", Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/1.1", "X-Listo: a\x01b"), Lawful: bad, Ignorable: true},
			}
		}),
		reading(32, "folded_field", func(b Base) []Request {
			// RFC 9112, 5.2: refused, or the fold is replaced by blanks.
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/1.1", "X-Listo: a", " folded"), Lawful: bad, Ignorable: true}}
		}),
		reading(33, "expectation", func(b Base) []Request {
			// RFC 9110, 10.1.1: a server may ignore what it does not know.
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/1.1", "Expect: 999-listo"), Lawful: []int{417, 400}, Ignorable: true}}
		}),
		reading(34, "version_3", func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Read.Target, "HTTP/3.0"), Lawful: []int{505, 400}}}
		}),
		reading(35, "old_version", func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: lines("GET "+b.Read.Target+" HTTP/1.0", b.usual()...), Lawful: []int{400, 421, 426, 505}, Ignorable: true}}
		}),
		reading(36, "no_http", func(Base) []Request {
			return []Request{
				{Name: "garbage", Method: "GET", Bytes: []byte("\xde\xad listo\r\n\r\n"), Lawful: []int{400, 405, 501, 505}, Mute: true},
				{Name: "tls", Method: "GET", Bytes: clientHello(), Lawful: bad, Mute: true},
			}
		}),
		reading(39, "connect", func(b Base) []Request {
			return []Request{{Method: "CONNECT", Bytes: lines("CONNECT "+b.Host+" HTTP/1.1", slices.Concat([]string{"Host: " + b.Host}, b.usual())...),
				Lawful: []int{405, 400, 403, 404, 501, 502}, Mute: true}} // 502 of a proxy that hands it on
		}),
	}
}

// reading is a row of the protocol's that starts from a good reading request.
func reading(id int, name string, requests func(Base) []Request) Row {
	return Row{ID: id, Name: name, Tier: Protocol, Need: Reading, By: "contracts.errors.protocol", Requests: requests}
}

func lines(first string, fields ...string) []byte {
	return []byte(strings.Join(append([]string{first}, fields...), "\r\n") + "\r\n\r\n")
}

// clientHello is how a connection over TLS begins, with nothing behind it that a
// server could complete: a record of type 22, version 3.1, whose message is cut.
func clientHello() []byte {
	return append([]byte{0x16, 0x03, 0x01, 0x00, 0x2d, 0x01, 0x00, 0x00, 0x29, 0x03, 0x03}, append(make([]byte, 34), "\x00\x02\x13\x01\x01\x00"...)...)
}
