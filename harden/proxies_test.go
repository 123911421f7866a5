package harden

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// spoofed is T1 to T3: what only proxies may say, and what nobody may.
var spoofed = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Forwarded-Anything",
	"Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP",
	"X_Forwarded_For", "X.Forwarded.For", "X_Real_IP", "Remote_User", "X_Original_URL", "x_forwarded-Proto", "X_Request_Id", "Content_Length",
	"Transfer_Encoding", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Method-Override",
	"Remote-User", "X-Forwarded-User", "X-Auth-Request-Email", "Proxy",
}

func TestStrangersSayNothingOfThemselves(t *testing.T) {
	r := raise(t, closed(), false, nil)
	for _, name := range spoofed {
		t.Run(name, func(t *testing.T) {
			if got := r.say(t, "GET /api/x HTTP/1.1\r\nHost: a\r\n"+name+": 203.0.113.9\r\nX-Own: kept\r\napi_key: kept\r\n\r\n"); got.StatusCode != 200 {
				t.Fatalf("status %d", got.StatusCode)
			}
			for is := range r.last.Header {
				if is != "X-Own" && is != "X-Request-Id" && is != "Api_key" {
					t.Errorf("%s reaches the application", is)
				}
			}
			e := Of(r.last)
			if e.Client != netip.MustParseAddr("127.0.0.1") || e.TLS || !strings.HasPrefix(r.last.RemoteAddr, "127.0.0.1:") || len(e.Dropped) != 1 {
				t.Errorf("client %v, TLS %v, RemoteAddr %s, dropped %v", e.Client, e.TLS, r.last.RemoteAddr, e.Dropped)
			}
			if r.last.Header["X-Own"] == nil || r.last.Header["Api_key"] == nil {
				t.Errorf("what means nothing to proxies is lost: %v", r.last.Header)
			}
		})
	}
}

// TestTrustedProxies is T4: read from the right to the first stranger.
func TestTrustedProxies(t *testing.T) {
	c := closed()
	c.Proxies.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	r := raise(t, c, false, nil)
	for _, row := range []struct {
		name, fields, client string
		tls                  bool
	}{
		{"one hop", "X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9", false},
		{"spoofed on the left", "X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n", "203.0.113.9", false},
		{"two lines", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.9, 10.0.0.2\r\n", "203.0.113.9", false},
		{"through ours", "X-Forwarded-For: 203.0.113.9, 10.0.0.2, 10.0.0.3\r\n", "203.0.113.9", false},
		{"all ours", "X-Forwarded-For: 10.0.0.2\r\n", "10.0.0.2", false},
		{"garbage", "X-Forwarded-For: 203.0.113.9, garbage\r\n", "127.0.0.1", false},
		{"garbage behind ours", "X-Forwarded-For: x, 10.0.0.2\r\n", "10.0.0.2", false},
		{"empty", "X-Forwarded-For:\r\n", "127.0.0.1", false},
		{"with port", "X-Forwarded-For: 203.0.113.9:1234\r\n", "203.0.113.9", false},
		{"IPv6", "X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1", false},
		{"IPv6 with port", "X-Forwarded-For: [2001:db8::1]:5\r\n", "2001:db8::1", false},
		{"mapped", "X-Forwarded-For: ::ffff:203.0.113.9\r\n", "203.0.113.9", false},
		{"https", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "203.0.113.9", true},
		{"https on the left", "X-Forwarded-Proto: https, http\r\n", "127.0.0.1", false},
		{"none", "", "127.0.0.1", false},
		{"many hops", "X-Forwarded-For: 203.0.113.9" + strings.Repeat(", 10.0.0.2", 100) + "\r\n", "10.0.0.2", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := r.say(t, "GET /api/x HTTP/1.1\r\nHost: a\r\n"+row.fields+"Remote-User: ana\r\nX-Original-URL: /admin\r\n\r\n")
			if got.StatusCode != 200 {
				t.Fatalf("status %d", got.StatusCode)
			}
			e := Of(r.last)
			if e.Client.String() != row.client || e.TLS != row.tls {
				t.Errorf("client %v, TLS %v", e.Client, e.TLS)
			}
			if (got.Header.Get("Strict-Transport-Security") != "") != row.tls {
				t.Errorf("HSTS %q", got.Header.Get("Strict-Transport-Security"))
			}
			if r.last.Header["X-Forwarded-For"] != nil || r.last.Header["X-Original-Url"] != nil || r.last.Header.Get("Remote-User") != "ana" {
				t.Errorf("the application sees %v", r.last.Header)
			}
		})
	}
}

// TestRequestIDs is T5.
func TestRequestIDs(t *testing.T) {
	trusting := closed()
	trusting.Proxies.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, c := range map[string]Config{"stranger": closed(), "trusted": trusting} {
		r := raise(t, c, false, nil)
		for _, id := range []string{
			"abcdefgh", "A.b_c-0123456789", "short", "with space", `{"a":"b"}`, "quote\"", strings.Repeat("a", 129), strings.Repeat("a", 10_000), "", "tab\tbed-here",
		} {
			got := r.say(t, "GET /api/x HTTP/1.1\r\nHost: a\r\nX-Request-Id: "+id+"\r\n\r\n")
			kept := name == "trusted" && slices.Contains([]string{"abcdefgh", "A.b_c-0123456789"}, id)
			is := got.Header["X-Request-Id"]
			if len(is) != 1 || (is[0] == id) != kept || !plainID(is[0]) || Of(r.last).ID != is[0] {
				t.Errorf("%s: %.20q becomes %q", name, id, is)
			}
		}
		got := r.say(t, "GET /api/x HTTP/1.1\r\nHost: a\r\nX-Request-Id: abcdefgh\r\nX-Request-Id: abcdefgi\r\n\r\n")
		if is := got.Header.Get("X-Request-Id"); strings.HasPrefix(is, "abcdefg") {
			t.Errorf("two ids become %q", is)
		}
	}
}
