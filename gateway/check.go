package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v3"

	"listo/harden"
)

// at gives where the field stands, or the nearest thing around it.
func (d *decoder) at(path string) *yaml.Node {
	for path != "" {
		if n := d.places[path]; n != nil {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return &yaml.Node{Line: 1, Column: 1}
}

func (d *decoder) wrong(path, message string) { d.fault(d.at(path), path, "%s", message) }

// has says whether a key was written; one that must be and was not is an error.
func (d *decoder) has(path, value, message string) bool {
	if value == "" && !d.faulty(path) {
		d.wrong(path, message)
	}
	return value != ""
}

// faulty says whether something was said about a field already: one mistake is told once.
func (d *decoder) faulty(path string) bool {
	n := d.places[path]
	for _, f := range d.faults {
		if n != nil && f.Line == n.Line && f.Column == n.Column {
			return true
		}
	}
	return false
}

// check looks at what the keys mean, and reads the files that they name.
func (d *decoder) check(c *Config, folder string) {
	if c.Version != 1 && !d.faulty("Version") {
		d.wrong("Version", "write version: 1, the format of this file")
	}
	d.address("Listen", c.Listen, "write where the gateway listens, as 0.0.0.0:8443")
	d.address("Admin", c.Admin, "write where metrics and health are served, as 127.0.0.1:9090")
	if c.Listen != "" && c.Listen == c.Admin && !strings.HasSuffix(c.Listen, ":0") {
		d.wrong("Admin", "this is the public address: choose one that strangers cannot reach")
	}
	d.tls(c, folder)
	d.upstream(c, folder)
	d.ready(c)
	d.routes(c.Routes)
	if c.Log != "" && c.Log != "json" && c.Log != "none" {
		d.wrong("Log", "write json or none")
	}
	if strings.ContainsFunc(c.Errors.Authenticate, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		d.wrong("Errors.Authenticate", "a header holds printable ASCII only: write a challenge, as Bearer")
	}
	if c.Drain < 0 {
		d.wrong("Drain", "a time is not negative")
	}
	d.cures(c.Harden)
}

func (d *decoder) address(path, value, message string) {
	if !d.has(path, value, message) {
		return
	}
	host, port, err := net.SplitHostPort(value)
	number, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil || strings.ContainsAny(host, " /") {
		d.wrong(path, "this is no address: write host and port, as 127.0.0.1:"+strconv.FormatUint(max(number, 8080), 10))
	}
}

func (d *decoder) tls(c *Config, folder string) {
	switch t := &c.TLS; {
	case *t == TLS{}:
	case t.Certificate == "":
		d.wrong("TLS.Certificate", "a key without a certificate: name its file")
	case t.Key == "":
		d.wrong("TLS.Key", "a certificate without a key: name its file")
	default:
		t.Certificate, t.Key = beside(folder, t.Certificate), beside(folder, t.Key)
		pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			d.wrong("TLS", "certificate and key cannot be used: "+printable(err.Error())+": mend the files or their names")
			return
		}
		c.pair = &pair
	}
}

func beside(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

func (d *decoder) upstream(c *Config, folder string) {
	u := &c.Upstream
	for path, took := range map[string]int64{
		"Connect": int64(u.Connect), "Answer": int64(u.Answer), "Silence": int64(u.Silence), "Idle": int64(u.Idle), "HeaderBytes": int64(u.HeaderBytes),
		"Breaker.Failures": int64(u.Breaker.Failures), "Breaker.Open": int64(u.Breaker.Open),
	} {
		if took < 0 {
			d.wrong("Upstream."+path, "write a positive number, or leave it out")
		}
	}
	if u.CA != "" {
		u.CA = beside(folder, u.CA)
		var err error
		if c.ca, err = os.ReadFile(u.CA); err != nil || !x509.NewCertPool().AppendCertsFromPEM(c.ca) {
			d.wrong("Upstream.CA", "the file cannot be read or holds no certificate: name a PEM file")
		}
	}
	if u.Host != "" && strings.ContainsAny(u.Host, " /@?#") {
		d.wrong("Upstream.Host", "this is no host: write a name, with a port or without")
	}
	if !d.has("Upstream.URL", u.URL, "write where the service is, as http://127.0.0.1:3000") {
		return
	}
	target, err := url.Parse(u.URL)
	switch {
	case err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Hostname() == "":
		d.wrong("Upstream.URL", "this is no address of a service: write it as http://127.0.0.1:3000")
	case target.User != nil:
		d.wrong("Upstream.URL", "a user and a password do not belong here: every request would carry them")
	case strings.Trim(target.Path, "/") != "" || target.RawQuery != "" || target.Fragment != "":
		d.wrong("Upstream.URL", "write scheme, host and port only: paths are passed on as they are")
	}
}

func (d *decoder) ready(c *Config) {
	if c.Ready.Path != "" && !strings.HasPrefix(c.Ready.Path, "/") {
		d.wrong("Ready.Path", "write the path that the service answers when it is ready, as /readyz")
	}
	if c.Ready.Database != "" {
		// The reason of the library holds parts of the address.
		if _, err := pgx.ParseConfig(c.Ready.Database); err != nil {
			d.wrong("Ready.Database", "this is no address of a PostgreSQL database: write it as postgres://user@host:5432/name")
		}
	}
}

// cures gives what package harden finds wrong a place in the file.
func (d *decoder) cures(c harden.Config) {
	all, ok := c.Check().(interface{ Unwrap() []error })
	if !ok {
		return
	}
	for _, err := range all.Unwrap() {
		if e := (*harden.ConfigError)(nil); errors.As(err, &e) && !d.faulty(e.Field) {
			d.wrong(e.Field, e.Problem)
		}
	}
}
