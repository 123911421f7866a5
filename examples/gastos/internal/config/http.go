package config

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const (
	mostBody    = 64 << 20 // bytes
	mostTimeout = 10 * time.Minute
)

func (v *reader) http() HTTP {
	h := DefaultHTTP()
	if value, _ := v.lookup("BODY_LIMIT_BYTES"); value != "" {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 1 || n > mostBody {
			v.fault("BODY_LIMIT_BYTES", "not an integer from 1 to %d: correct it", mostBody)
		}
		h.BodyLimit = n
	}
	h.HeaderTimeout = v.duration("HEADER_TIMEOUT", h.HeaderTimeout)
	h.ReadTimeout = v.duration("READ_TIMEOUT", h.ReadTimeout)
	h.WriteTimeout = v.duration("WRITE_TIMEOUT", h.WriteTimeout)
	h.IdleTimeout = v.duration("IDLE_TIMEOUT", h.IdleTimeout)
	h.Proxies = v.networks("TRUSTED_PROXIES")
	return h
}

// duration reads a time limit. None at all is not to be had: a connection that
// nobody ends is one that a stranger can hold for ever.
func (v *reader) duration(name string, otherwise time.Duration) time.Duration {
	value, _ := v.lookup(name)
	if value == "" {
		return otherwise
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 || d > mostTimeout {
		v.fault(name, "not a duration up to %s, such as 15s: correct it", mostTimeout)
	}
	return d
}

// networks reads addresses and networks, separated by commas. Everybody (/0) is
// refused: that would be to believe anyone.
func (v *reader) networks(name string) []netip.Prefix {
	value, _ := v.lookup(name)
	if value == "" {
		return nil
	}
	var all []netip.Prefix
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if a, notPrefix := netip.ParseAddr(part); notPrefix == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p.Bits() == 0 {
			v.fault(name, "not a list of addresses or networks such as 10.0.0.0/8: correct it; everybody is not to be trusted")
			return nil
		}
		all = append(all, p.Masked())
	}
	return all
}
