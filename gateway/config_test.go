package gateway

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const small = "version: 1\nlisten: 127.0.0.1:8080\nadmin: 127.0.0.1:9090\nupstream: {url: \"http://127.0.0.1:3000\"}\n"

func variables(name string) (string, bool) {
	values := map[string]string{"ORIGIN": friend, "EMPTY": "", "DATABASE": "postgres://gastos:sesame-open@127.0.0.1:5432/gastos", "BAD": "://sesame-open"}
	value, ok := values[name]
	return value, ok
}

// TestFaults: each has its place and says what to do.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "g.yaml:1:1: the file is empty: write at least version, listen, admin and upstream"},
		{"version: 1\n", "g.yaml:1:1: listen: write where the gateway listens"},
		{"version: 2\n" + small[11:], "g.yaml:1:10: version: write version: 1"},
		{small + "lisen: x\n", `g.yaml:5:1: "lisen" is no key here: write one of admin, api, bodies, compress, connections`},
		{small + "listen: 127.0.0.1:1\n", `g.yaml:5:1: "listen" stands in line 2 already: delete one`},
		{small + "origins: {allow: ['*']}\n", "g.yaml:5:19: origins.allow[0]: "},
		{small + "origins:\n  allow: [https://a.example, 'null']\n", "g.yaml:6:30: origins.allow[1]: "},
		{small + "origins: {allow: ['${NOBODY}']}\n", "g.yaml:5:19: origins.allow[0]: the variable NOBODY is not set or empty: set it"},
		{small + "origins: {allow: ['${EMPTY}']}\n", "g.yaml:5:19: origins.allow[0]: the variable EMPTY is not set or empty"},
		{small + "origins: {allow: ['${a b}']}\n", "a variable is written ${NAME}"},
		{small + "origins: https://a.example\n", "g.yaml:5:10: origins: write keys with values here, not one value"},
		{small + "origins: {allow: https://a.example}\n", "g.yaml:5:18: origins.allow: write a list"},
		{small + "hosts: [a,\n  ]\napi: [[a]]\n", "g.yaml:7:7: api[0]: write one value, not a list"},
		{small + "api: [api]\n", "g.yaml:5:7: api[0]: write a path that begins with /"},
		{small + "proxies: {trusted: [10.0.0.0/8, 0.0.0.0/0]}\n", "g.yaml:5:33: proxies.trusted[1]: this trusts everybody"},
		{small + "proxies: {trusted: [ten]}\n", "g.yaml:5:21: proxies.trusted[0]: this is no network"},
		{small + "bodies: {most: 1 MB}\n", `g.yaml:5:16: bodies.most: "1 MB" is no number that fits here: write a size, as 65536, 64KiB or 1MiB`},
		{small + "bodies: {most: 9999999999GiB}\n", "is no number that fits here"},
		{small + "bodies: {most: '${SIZE}'}\n", "a variable stands in texts only"},
		{small + "bodies: {within: 10}\n", `g.yaml:5:18: bodies.within: "10" is no duration: write a number with its unit`},
		{small + "bodies: {routes: {x: 1KiB}}\n", `g.yaml:5:22: bodies.routes["x"]: write a path that begins with /`},
		{small + "connections: {most: 10KiB}\n", "write a whole number"},
		{small + "timeouts: {idle: -1s}\n", "g.yaml:5:18: timeouts.idle: a negative number"},
		{small + "headers: {preload: yes}\n", "g.yaml:5:20: headers.preload: write true or false"},
		{small + "headers: {pages: \"default-src 'self', x\"}\n", "g.yaml:5:18: headers.pages: a comma"},
		{small + "rate: {classes: [{name: a}]}\n", "g.yaml:5:18: rate.classes[0]: it limits nobody"},
		{small + "rate: {classes: [{name: a, user: {requests: 1, window: 1d}}]}\n", `rate.classes[0].user.window: "1d" is no duration`},
		{small + "origins: {allow: ['${EMPTY:-}']}\n", "g.yaml:5:19: origins.allow[0]: "},
		{small + "hosts: ['${EMPTY:-}']\n", "g.yaml:5:9: hosts[0]: "},
		{small + "rate: {on_failure: open}\n", `"on_failure" is no key here`},
		{small + "rate: {classes: [{name: a, client: {requests: 1, window: 1ms}}]}\n", "g.yaml:5:58: rate.classes[0].client.window: "},
		{small + "tls: {certificate: no.pem}\n", "g.yaml:5:6: tls.key: a certificate without a key"},
		{small + "tls: {certificate: no.pem, key: no.pem}\n", "g.yaml:5:6: tls: certificate and key cannot be used: open"},
		{small + "log: xml\n", "g.yaml:5:6: log: write json or none"},
		{small + "ready: {database: '${BAD}'}\n", "g.yaml:5:19: ready.database: this is no address of a PostgreSQL database"},
		{small + "ready: {path: healthz}\n", "g.yaml:5:15: ready.path: "},
		{strings.Replace(small, "http://127", "ftp://127", 1), "g.yaml:4:17: upstream.url: this is no address of a service"},
		{strings.Replace(small, "//127", "//a:b@127", 1), "g.yaml:4:17: upstream.url: a user and a password"},
		{strings.Replace(small, "3000", "3000/api", 1), "g.yaml:4:17: upstream.url: write scheme, host and port only"},
		{strings.Replace(small, ":9090", ":8080", 1), "g.yaml:3:8: admin: this is the public address"},
		{strings.Replace(small, "127.0.0.1:8080", "8080", 1), "g.yaml:2:9: listen: this is no address"},
		{small + "hosts: *names\n", "unknown anchor"},
		{small + "hosts: &names [a]\n", "g.yaml:5:8: anchors (&name) are not read"},
		{small + "log: !!str json\n", "g.yaml:5:6: tags (!name) are not read"},
		{small + "---\nversion: 1\n", "a second document begins here"},
		{small + "\tlog: json\n", "this is no YAML"},
		{"\xff", "is not UTF-8 text"},
	} {
		_, err := Parse("g.yaml", []byte(c.text), variables)
		var all *Error
		if !errors.As(err, &all) {
			t.Errorf("%q is taken", c.text)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q\n gives %v\n want  %s", c.text, err, c.want)
		}
		if strings.Contains(err.Error(), "sesame") {
			t.Errorf("a secret stands in %v", err)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Parse("g.yaml", []byte("version: 3\nlisten: nowhere\nadmin: 127.0.0.1:9090\nupstream: {url: x}\norigins: {allow: ['*', 'null']}\nfoo: 1\n"), variables)
	var all *Error
	if !errors.As(err, &all) {
		t.Fatal(err)
	}
	var lines []int
	for _, f := range all.Faults {
		lines = append(lines, f.Line)
	}
	if !slices.Equal(lines, []int{1, 2, 4, 5, 5, 6}) {
		t.Errorf("faults in lines %v:\n%v", lines, err)
	}
}

func TestWhatIsRead(t *testing.T) {
	c, err := Parse("g.yaml", []byte(small+`
hosts: [app.example]
origins: {allow: ["${ORIGIN}"], credentials: true, max_age: 5m}
proxies: {trusted: [10.0.0.0/8, "::1"]}
requests: {most_headers: 50, websockets: [/api/socket]}
bodies: {most: 64KiB, routes: {/api/upload: 8MiB}}
connections: {per_client: 20}
rate:
  classes:
    - {name: login, prefixes: [/api/login], methods: [POST], client: {requests: 10, window: 1m}}
headers: {include_subdomains: true, hsts: 17520h}
ready: {path: /readyz, database: "${DATABASE}"}
timeouts:
tls: {certificate: "${NONE:-}", key: "${NONE:-}"}
log: "${NONE:-none}"
`), variables)
	if err != nil {
		t.Fatal(err)
	}
	h := c.Harden
	for name, good := range map[string]bool{
		"hosts":    slices.Equal(h.Hosts, []string{"app.example"}),
		"origins":  slices.Equal(h.Origins.Allow, []string{friend}) && h.Origins.Credentials && h.Origins.MaxAge == 5*time.Minute,
		"proxies":  slices.Equal(h.Proxies.Trusted, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}),
		"requests": h.Requests.MostHeaders == 50 && slices.Equal(h.Requests.WebSockets, []string{"/api/socket"}),
		"bodies":   h.Bodies.Most == 64<<10 && h.Bodies.Routes["/api/upload"] == 8<<20,
		"conns":    h.Conns.PerClient == 20,
		"rate":     len(h.Rate.Classes) == 1 && h.Rate.Classes[0].Client.Window == time.Minute,
		"headers":  h.Headers.IncludeSubDomains && h.Headers.HSTS == 2*365*24*time.Hour,
		"defaults": c.TLS == TLS{} && c.Log == "none",
		"ready":    c.Ready.Path == "/readyz" && strings.HasPrefix(c.Ready.Database, "postgres://"),
	} {
		if !good {
			t.Errorf("%s is not what was written: %+v", name, c)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	folder := t.TempDir()
	for _, path := range []string{filepath.Join(folder, "none.yaml"), folder} {
		if _, err := Load(path, variables); err == nil || !strings.HasPrefix(err.Error(), path+": cannot be read: ") {
			t.Errorf("%v", err)
		}
	}
	path := filepath.Join(folder, "g.yaml")
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, variables); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add(small + "origins: {allow: ['${ORIGIN}', '*']}\nrate: {classes: [{name: a, client: {requests: 1, window: 1s}}]}\n")
	f.Add("a: &b [*b]")
	f.Add(small + "routes: {/a/{b}: [GET], \"/x\": [PUT, get], \"{\": []}\n")
	f.Add(small + "bodies: {most: 1KiB, routes: {\"/a.b[\\\"\": 2}}\nproxies: {trusted: [1.2.3.4/33]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("g.yaml", []byte(text), variables)
		var all *Error
		switch {
		case err == nil:
			if _, err := New(c, Options{}); err != nil {
				t.Errorf("what was accepted cannot be served: %v", err)
			}
		case !errors.As(err, &all) || len(all.Faults) == 0:
			t.Errorf("an error without faults: %v", err)
		default:
			lines := strings.Count(text, "\n") + 2
			for _, fault := range all.Faults {
				if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || fault.Message == "" {
					t.Errorf("a fault without place: %+v", fault)
				}
			}
		}
	})
}
