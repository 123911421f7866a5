package middleware

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, peer string
		headers    []string
		want       string
	}{
		{"no header", "127.0.0.1:1", nil, "127.0.0.1"},
		{"one hop", "127.0.0.1:1", []string{"203.0.113.7"}, "203.0.113.7"},
		{"a forged entry on the left", "127.0.0.1:1", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"a chain of our own", "127.0.0.1:1", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
		{"two headers", "127.0.0.1:1", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		{"only proxies", "127.0.0.1:1", []string{"10.0.0.1"}, "10.0.0.1"},
		{"no address", "127.0.0.1:1", []string{"203.0.113.7, unknown"}, "127.0.0.1"},
		{"a mapped peer", "[::ffff:127.0.0.1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"a stranger", "192.0.2.1:1", []string{"203.0.113.7"}, "192.0.2.1"},
	} {
		var got string
		h := Chain(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = ClientAddress(r) }), Proxies(trusted))
		ask(h, func(r *http.Request) {
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.headers
			r.Header.Set("X-Real-IP", "198.51.100.9")
			r.Header.Set("Forwarded", "for=198.51.100.9")
		})
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestHTTPSBehindAProxy(t *testing.T) {
	for _, c := range []struct {
		peer, proto, url string
		want             bool
	}{
		{"127.0.0.1:1", "https", "/", true}, {"127.0.0.1:1", "http", "/", false}, {"127.0.0.1:1", "", "/", false},
		{"127.0.0.1:1", "https, http", "/", false}, {"192.0.2.1:1", "https", "/", false}, {"192.0.2.1:1", "", "https://here/", false},
	} {
		h := Chain(okay, Proxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}), SecurityHeaders())
		w := ask(h, func(r *http.Request) {
			r.RemoteAddr = c.peer
			r.URL, _ = r.URL.Parse(c.url)
			r.Header.Set("X-Forwarded-Proto", c.proto)
		})
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != c.want {
			t.Errorf("%+v: HSTS %v", c, got)
		}
	}
}
