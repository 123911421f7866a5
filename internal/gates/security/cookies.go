package security

import (
	nethttp "net/http"
	"regexp"
)

// Cookie is a cookie that an answer sets, without its value.
type Cookie struct {
	Name     string `json:"name"`
	Secure   bool   `json:"secure,omitempty"`
	HTTPOnly bool   `json:"http_only,omitempty"`
	// CrossSite tells that it asks to be sent from everywhere (SameSite=None).
	CrossSite bool `json:"cross_site,omitempty"`
	// Ends tells that it takes a cookie away.
	Ends bool `json:"ends,omitempty"`
}

func cookiesOf(h nethttp.Header) []Cookie {
	var all []Cookie
	for _, line := range h.Values("Set-Cookie") {
		c, err := nethttp.ParseSetCookie(line)
		if err != nil {
			continue // a browser does not keep it either
		}
		all = append(all, Cookie{c.Name, c.Secure, c.HttpOnly, c.SameSite == nethttp.SameSiteNoneMode, c.MaxAge < 0})
	}
	return all
}

// loose tells a cookie that gives its user away: one of a session that scripts can read,
// or any that is sent from everywhere and over plain http. Without SameSite browsers take
// Lax, and whether Secure is due hangs on how the answer came; both are choices.
func (c Cookie) loose() bool {
	return !c.Ends && (session().MatchString(c.Name) && !c.HTTPOnly || c.CrossSite && !c.Secure)
}

// session tells the names of cookies that open a session: those of common frameworks,
// and what people call their own. A token against forged requests is to be read by scripts.
func session() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(__(host|secure)-)?(connect\.sid|sid|(.*[-_.])?sess(ion)?(id)?|phpsessid|jsessionid|asp\.net_sessionid|(access|auth|id|refresh)[-_]?token|jwt|auth)$`)
}
