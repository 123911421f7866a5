package harden

import "strings"

// validHost says whether s may stand in Host: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port (RFC 9110,
// section 7.2). The percent-encoded names of RFC 3986 are not used in HTTP and not taken.
func validHost(s string) bool {
	name, port, found := cutPort(s)
	if found && (len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return false
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && peerAddr(inner).Is6()
	}
	for i := range len(name) {
		if c := name[i]; !digit(c) && (c|0x20 < 'a' || 'z' < c|0x20) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 253
}

// plainHost says whether b is a valid host at the first look, as most are.
func plainHost(b []byte) bool {
	for _, c := range b {
		if !digit(c) && (c|0x20 < 'a' || 'z' < c|0x20) && c != '-' && c != '.' {
			return false
		}
	}
	return 0 < len(b) && len(b) <= 253
}

// cutPort cuts the port off.
func cutPort(s string) (name, port string, found bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 || strings.HasSuffix(s, "]") {
		return s, "", false
	}
	return s[:colon], s[colon+1:], true
}

// hostAmong says whether a request for host is one of ours. An entry without port allows every port.
func hostAmong(all []string, host string) bool {
	if len(all) == 0 {
		return true
	}
	name, _, _ := cutPort(host)
	for _, one := range all {
		if strings.EqualFold(one, host) || strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// absolute cuts a request target in absolute form (RFC 9112, section 3.2.2).
func absolute(target string) (scheme, authority, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(target, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return "", "", "", false
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		return scheme, rest, "/", true
	}
	authority, rest = rest[:end], rest[end:]
	if rest[0] == '?' {
		rest = "/" + rest
	}
	return scheme, authority, rest, true
}
