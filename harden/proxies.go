package harden

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// mostHops bounds how many entries of X-Forwarded-For are looked at.
const mostHops = 20

// forwarding holds what proxies say of a request. From strangers it is dropped; what a trusted one says is in the Exchange, and whoever
// speaks to an upstream writes it anew.
var forwarding = map[string]bool{
	"Forwarded": true, "X-Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Host": true, "X-Forwarded-Proto": true, "X-Forwarded-Port": true,
	"X-Forwarded-Server": true, "X-Forwarded-Uri": true, "X-Forwarded-Prefix": true, "X-Forwarded-Path": true, "X-Forwarded-Method": true,
	"X-Forwarded-Scheme": true, "X-Forwarded-Ssl": true, "X-Forwarded-By": true, "X-Forwarded-Client-Cert": true, "X-Real-Ip": true,
	"X-Client-Ip": true, "X-Cluster-Client-Ip": true, "X-Originating-Ip": true, "X-Remote-Ip": true, "X-Remote-Addr": true,
	"X-Proxyuser-Ip": true, "Client-Ip": true, "True-Client-Ip": true, "Cf-Connecting-Ip": true, "Cf-Connecting-Ipv6": true,
	"Cf-Visitor": true, "Fastly-Client-Ip": true, "Fly-Client-Ip": true, "X-Azure-Clientip": true, "X-Scheme": true,
	"X-Url-Scheme": true, "Front-End-Https": true, "X-Host": true, "X-Script-Name": true,
}

// identity holds what an authenticating proxy says of a user. It stays only when a trusted proxy says it.
var identity = map[string]bool{
	"Remote-User": true, "Remote-Name": true, "Remote-Email": true, "Remote-Groups": true, "X-Remote-User": true, "X-Remote-Groups": true,
	"X-Forwarded-User": true, "X-Forwarded-Email": true, "X-Forwarded-Groups": true, "X-Forwarded-Preferred-Username": true,
	"X-Forwarded-Access-Token": true, "X-Auth-Request-User": true, "X-Auth-Request-Email": true, "X-Auth-Request-Groups": true,
	"X-Auth-Request-Preferred-Username": true, "X-Auth-Request-Access-Token": true, "X-Authenticated-User": true,
	"X-Webauth-User": true, "X-Ssl-Client-Cert": true, "X-Ssl-Client-Dn": true, "X-Ssl-Client-Verify": true, "Ssl-Client-Cert": true,
	"X-User": true, "X-User-Id": true, "X-User-Email": true, "X-Auth-User": true, "X-Auth-Email": true,
}

// overriding holds what makes a server treat a request as another one, past every check before it. It is dropped from everybody.
var overriding = map[string]bool{
	"X-Original-Url": true, "X-Original-Uri": true, "X-Original-Host": true, "X-Original-Method": true, "X-Rewrite-Url": true,
	"X-Http-Method-Override": true, "X-Http-Method": true, "X-Method-Override": true, "X-Http-Path-Override": true, "Proxy": true,
	"Proxy-Connection": true, "Proxy-Authorization": true,
}

// sensitive holds names that servers must not meet in another spelling.
var sensitive = map[string]bool{
	"Authorization": true, "Cookie": true, "Host": true, "Origin": true, "Content-Length": true, "Content-Type": true, "Content-Encoding": true,
	"Transfer-Encoding": true, "Connection": true, "Upgrade": true, "Expect": true, "X-Request-Id": true,
}

// believe learns the client of r from its peer and from trusted proxies, and drops every word about it that is not to be believed.
func (h *Hardening) believe(r *http.Request, e *Exchange) (trusted bool) {
	peer := peerAddr(r.RemoteAddr)
	trusted = peer.IsValid() && among(h.trusted, peer)
	e.Client, e.TLS = peer, r.TLS != nil
	if trusted {
		e.Client = clientBehind(h.trusted, peer, r.Header["X-Forwarded-For"])
		if lastEntry(r.Header["X-Forwarded-Proto"]) == "https" {
			e.TLS = true
		}
		if e.Client != peer {
			r.RemoteAddr = net.JoinHostPort(e.Client.String(), "0")
		}
	}
	for name := range r.Header {
		if dropped(name, trusted) {
			delete(r.Header, name)
			e.Dropped = append(e.Dropped, name)
		}
	}
	return trusted
}

// dropped says whether a field of this name is taken away. Names are in net/http's canonical form. "_" and "." are the same as "-" to
// servers that hand headers on as variables: such a spelling of a name that matters is never meant well.
func dropped(name string, trusted bool) bool {
	if strings.ContainsAny(name, "_.") {
		name = http.CanonicalHeaderKey(strings.NewReplacer("_", "-", ".", "-").Replace(name))
		return forwarding[name] || identity[name] || overriding[name] || sensitive[name] || strings.HasPrefix(name, "X-Forwarded-")
	}
	switch name[0] {
	case 'X', 'F', 'C', 'P', 'R', 'S', 'T':
	default:
		return false
	}
	if identity[name] {
		return !trusted
	}
	return forwarding[name] || overriding[name] || strings.HasPrefix(name, "X-Forwarded-")
}

// clientBehind walks from the proxy that is our peer towards the client: each proxy adds on the right whom it saw, and a client may
// write anything on the left. It stops at what is no address: the last proxy that spoke sense is then all we know.
func clientBehind(trusted []netip.Prefix, peer netip.Addr, headers []string) netip.Addr {
	client, seen := peer, 0
	for i := len(headers) - 1; i >= 0; i-- {
		for rest := headers[i]; ; {
			comma := strings.LastIndexByte(rest, ',')
			hop := peerAddr(strings.TrimSpace(rest[comma+1:]))
			if seen++; !hop.IsValid() || seen > mostHops {
				return client
			}
			if client = hop; !among(trusted, hop) {
				return client
			}
			if comma < 0 {
				break
			}
			rest = rest[:comma]
		}
	}
	return client
}

// peerAddr reads an address with or without port; IPv4 in IPv6 is IPv4, a zone is nobody's identity.
func peerAddr(s string) netip.Addr {
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") == 1 {
		ap, _ := netip.ParseAddrPort(s)
		return ap.Addr().Unmap().WithZone("")
	}
	a, _ := netip.ParseAddr(s)
	return a.Unmap().WithZone("")
}

func among(all []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(a) })
}

// lastEntry gives, in lower case, the entry that the nearest proxy wrote.
func lastEntry(headers []string) string {
	if len(headers) == 0 {
		return ""
	}
	last := headers[len(headers)-1]
	return strings.ToLower(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
}
