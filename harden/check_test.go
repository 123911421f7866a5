package harden

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// TestConfigsAreRefused: each row is one thing wrong, found under its own name.
func TestConfigsAreRefused(t *testing.T) {
	origin := func(s string) func(*Config) { return func(c *Config) { c.Origins.Allow = []string{friend, s} } }
	network := func(s string) func(*Config) {
		return func(c *Config) { c.Proxies.Trusted = []netip.Prefix{netip.MustParsePrefix(s)} }
	}
	class := func(r RateClass) func(*Config) { return func(c *Config) { c.Rate.Classes = []RateClass{r} } }
	minute := Quota{Requests: 1, Window: time.Minute}
	for _, row := range []struct {
		name, field string
		change      func(*Config)
	}{
		{"C11 empty origin", "Origins.Allow[1]", origin("")},
		{"C11 blank origin", "Origins.Allow[1]", origin(" ")},
		{"star", "Origins.Allow[1]", origin("*")},
		{"null", "Origins.Allow[1]", origin("null")},
		{"pattern", "Origins.Allow[1]", origin("https://*.example")},
		{"expression", "Origins.Allow[1]", origin(`^https://.+\.example$`)},
		{"path", "Origins.Allow[1]", origin("https://a.example/")},
		{"query", "Origins.Allow[1]", origin("https://a.example?")},
		{"user", "Origins.Allow[1]", origin("https://a@b.example")},
		{"upper case", "Origins.Allow[1]", origin("https://A.example")},
		{"own port", "Origins.Allow[1]", origin("https://a.example:443")},
		{"no scheme", "Origins.Allow[1]", origin("a.example")},
		{"other scheme", "Origins.Allow[1]", origin("ftp://a.example")},
		{"http", "Origins.Allow[1]", origin("http://a.example")},
		{"trailing dot", "Origins.Allow[1]", origin("https://a.example.")},
		{"unicode", "Origins.Allow[1]", origin("https://ñ.example")},
		{"list in one", "Origins.Allow[1]", origin("https://a.example, https://b.example")},
		{"star method", "Origins.Methods[0]", func(c *Config) { c.Origins.Methods = []string{"*"} }},
		{"star header", "Origins.Headers[0]", func(c *Config) { c.Origins.Headers = []string{"*"} }},
		{"star exposed", "Origins.Expose[0]", func(c *Config) { c.Origins.Expose = []string{"*"} }},
		{"header name", "Origins.Headers[0]", func(c *Config) { c.Origins.Headers = []string{"A b"} }},
		{"negative age", "Origins.MaxAge", func(c *Config) { c.Origins.MaxAge = -1 }},
		{"everybody", "Proxies.Trusted[0]", network("0.0.0.0/0")},
		{"everybody in IPv6", "Proxies.Trusted[0]", network("::/0")},
		{"mapped network", "Proxies.Trusted[0]", network("::ffff:10.0.0.0/104")},
		{"no network", "Proxies.Trusted[0]", func(c *Config) { c.Proxies.Trusted = []netip.Prefix{{}} }},
		{"prefix without slash", "API[1]", func(c *Config) { c.API = append(c.API, "api/") }},
		{"prefix with escape", "API[1]", func(c *Config) { c.API = append(c.API, "/%61pi/") }},
		{"prefix with dots", "API[1]", func(c *Config) { c.API = append(c.API, "/a/../api/") }},
		{"host", "Hosts[0]", func(c *Config) { c.Hosts = []string{"https://a.example"} }},
		{"host in upper case", "Hosts[0]", func(c *Config) { c.Hosts = []string{"A.example"} }},
		{"empty host", "Hosts[0]", func(c *Config) { c.Hosts = []string{""} }},
		{"policy with line", "Headers.Pages", func(c *Config) { c.Headers.Pages = "default-src 'none'\r\nX: y" }},
		{"policy beyond ASCII", "Headers.API", func(c *Config) { c.Headers.API = "default-src ‘none’" }},
		{"two policies", "Headers.Pages", func(c *Config) { c.Headers.Pages = "default-src 'none', script-src 'self'" }},
		{"directive twice", "Headers.Pages", func(c *Config) { c.Headers.Pages = "default-src 'none'; default-src *" }},
		{"no directive", "Headers.ReportOnly", func(c *Config) { c.Headers.ReportOnly = "'none'" }},
		{"empty directives", "Headers.Pages", func(c *Config) { c.Headers.Pages = ";" }},
		{"permissions with line", "Headers.Permissions", func(c *Config) { c.Headers.Permissions = "usb=()\n" }},
		{"referrer", "Headers.Referrer", func(c *Config) { c.Headers.Referrer = "unsafe-url" }},
		{"resource policy", "Headers.CrossOrigin", func(c *Config) { c.Headers.CrossOrigin = "any" }},
		{"negative HSTS", "Headers.HSTS", func(c *Config) { c.Headers.HSTS = -1 }},
		{"HSTS below a second", "Headers.HSTS", func(c *Config) { c.Headers.HSTS = 31536000 }},
		{"preload alone", "Headers.Preload", func(c *Config) { c.Headers.Preload = true }},
		{"method", "Requests.Methods[0]", func(c *Config) { c.Requests.Methods = []string{"get"} }},
		{"connect", "Requests.Methods[0]", func(c *Config) { c.Requests.Methods = []string{"CONNECT"} }},
		{"trace", "Requests.Methods[0]", func(c *Config) { c.Requests.Methods = []string{"TRACE"} }},
		{"negative fields", "Requests.MostHeaders", func(c *Config) { c.Requests.MostHeaders = -1 }},
		{"negative header bytes", "Requests.HeaderBytes", func(c *Config) { c.Requests.HeaderBytes = -1 }},
		{"negative target", "Requests.TargetBytes", func(c *Config) { c.Requests.TargetBytes = -1 }},
		{"socket path", "Requests.WebSockets[0]", func(c *Config) { c.Requests.WebSockets = []string{"events"} }},
		{"negative body", "Bodies.Most", func(c *Config) { c.Bodies.Most = -1 }},
		{"negative time", "Bodies.Within", func(c *Config) { c.Bodies.Within = -1 }},
		{"negative memory", "Bodies.Memory", func(c *Config) { c.Bodies.Memory = -1 }},
		{"memory below a body", "Bodies.Memory", func(c *Config) { c.Bodies.Memory = 1 << 20 }},
		{"route", `Bodies.Routes["up"]`, func(c *Config) { c.Bodies.Routes = map[string]int64{"up": 1} }},
		{"negative route", `Bodies.Routes["/up"]`, func(c *Config) { c.Bodies.Routes = map[string]int64{"/up": -1} }},
		{"stream", "Bodies.Streams[0]", func(c *Config) { c.Bodies.Streams = []string{"up"} }},
		{"negative header time", "Timeouts.Header", func(c *Config) { c.Timeouts.Header = -1 }},
		{"negative write time", "Timeouts.Write", func(c *Config) { c.Timeouts.Write = -1 }},
		{"negative idle time", "Timeouts.Idle", func(c *Config) { c.Timeouts.Idle = -1 }},
		{"negative stop", "Timeouts.Stop", func(c *Config) { c.Timeouts.Stop = -1 }},
		{"negative connections", "Conns.Most", func(c *Config) { c.Conns.Most = -1 }},
		{"negative connections of one", "Conns.PerClient", func(c *Config) { c.Conns.PerClient = -1 }},
		{"class without name", "Rate.Classes[0].Name", class(RateClass{Client: minute})},
		{"class of nobody", "Rate.Classes[0]", class(RateClass{Name: "a"})},
		{"class prefix", "Rate.Classes[0].Prefixes[0]", class(RateClass{Name: "a", Prefixes: []string{"x"}, Client: minute})},
		{"class method", "Rate.Classes[0].Methods[0]", class(RateClass{Name: "a", Methods: []string{"a b"}, Client: minute})},
		{"quota of none", "Rate.Classes[0].Client.Requests", class(RateClass{Name: "a", Client: Quota{Window: time.Minute}})},
		{"quota without window", "Rate.Classes[0].User.Window", class(RateClass{Name: "a", User: Quota{Requests: 1}})},
		{"same class twice", "Rate.Classes[1].Name", func(c *Config) {
			c.Rate.Classes = []RateClass{{Name: "a", Client: minute}, {Name: "a", User: minute}}
		}},
		{"preflight quota", "Rate.Preflight.Requests", func(c *Config) { c.Rate.Preflight = Quota{Requests: -1, Window: time.Minute} }},
		{"failure", "Rate.OnFailure", func(c *Config) { c.Rate.OnFailure = "panic" }},
		{"negative shed", "Shed.InFlight", func(c *Config) { c.Shed.InFlight = -1 }},
		{"negative wait", "Shed.Wait", func(c *Config) { c.Shed.Wait = -1 }},
		{"negative compression", "Compress.Least", func(c *Config) { c.Compress.Least = -1 }},
		{"secret prefix", "Compress.Secrets[0]", func(c *Config) { c.Compress.Secrets = []string{"x"} }},
		{"nothing to ask", `Health.Ready["db"]`, func(c *Config) {
			c.Health.Ready = map[string]func(context.Context) error{"db": nil}
		}},
		{"negative health", "Health.Timeout", func(c *Config) { c.Health.Timeout = -1 }},
		{"negative budget", "Metrics.Budget", func(c *Config) { c.Metrics.Budget = -1 }},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := closed()
			row.change(&c)
			if h, err := New(c); h != nil || err == nil {
				t.Fatal("it is accepted")
			}
			all := c.faults()
			var is *ConfigError
			if len(all) != 1 || !errors.As(all[0], &is) || is.Field != row.field || is.Problem == "" {
				t.Errorf("found %v, want one about %s", all, row.field)
			}
		})
	}
}

func TestConfigsAreAccepted(t *testing.T) {
	for name, c := range map[string]Config{
		"zero": {},
		"full": {
			API: []string{"/api/", "/v2"}, Hosts: []string{"app.example", "localhost:8080", "[::1]:8080"},
			Origins: Origins{
				Allow:   []string{friend, "http://localhost:5173", "http://127.0.0.1:3000", "https://xn--n-5ga.example:8443", "http://[::1]:3000"},
				Methods: []string{"PUT"}, Headers: []string{"X-Own"}, Credentials: true,
			},
			Headers: Headers{Pages: "default-src 'self' https://cdn.example/x.js; upgrade-insecure-requests;", IncludeSubDomains: true, Preload: true},
			Proxies: Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}},
			Bodies:  Bodies{Routes: map[string]int64{"/api/files": 8 << 20}, Streams: []string{"/api/stream/"}},
			Rate:    Rate{Classes: []RateClass{{Name: "all", Client: Quota{Requests: 10, Window: time.Second}}}, OnFailure: "closed"},
		},
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
