package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// validateServiceURL wants an absolute http(s) URL. A service that listo starts
// answers on this machine; a running one may be elsewhere, which is written down.
func (d *decoder) validateServiceURL(c *Config) {
	const path = "service.url"
	text := c.Service.URL
	if text == "" {
		return
	}
	if c.Service.Mode == Attached && strings.Contains(text, "{port}") {
		d.lacking(path, "in service.mode attached listo picks no port: write the port for {port}")
		return
	}
	u, err := url.Parse(strings.ReplaceAll(text, "{port}", "1"))
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		d.lacking(path, "wants an absolute URL, such as http://127.0.0.1:{port}")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		d.lacking(path, "wants scheme, host, port and path only: delete user, query and fragment")
	case IsLoopback(u.Hostname()):
	case c.Service.Mode == Managed:
		d.lacking(path, "the host is not this machine, but a service that listo starts answers here: write 127.0.0.1, or set service.mode to attached")
	default:
		c.Remote = append(c.Remote, path)
	}
}

// validateDatabaseURL wants a postgres URL. Its text is never shown: it holds a
// password.
func (d *decoder) validateDatabaseURL(c *Config, path, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql"):
		d.lacking(path, "wants a URL such as postgres://user:password@127.0.0.1:5432/name; %%-escape special characters of the password")
	case strings.Trim(u.Path, "/") == "":
		d.lacking(path, "names no database: write it behind the port, as in postgres://user:password@127.0.0.1:5432/name")
	case !IsLoopback(postgresHost(u)):
		c.Remote = append(c.Remote, path)
	}
}

// postgresHost gives the host of a postgres URL; libpq lets it stand in the
// query too, there a path is the folder of a Unix socket.
func postgresHost(u *url.URL) string {
	host := u.Hostname()
	if in := u.Query().Get("host"); in != "" {
		host = in
	}
	if host == "" || strings.HasPrefix(host, "/") {
		return "localhost"
	}
	return host
}

// IsLoopback tells whether a host is this machine by its name alone: a loopback
// address, or localhost and the names below it (RFC 6761, section 6.3).
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
