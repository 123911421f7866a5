//go:build disease

package disease

import "net/http"

// cookieLoose sets a session's cookie that every script of the page can read.
func cookieLoose() Disease {
	return Disease{
		ID: "cookie-loose", Check: "security.headers", Consequences: []string{},
		Summary: "the page sets a session's cookie that scripts can read",
		infect: rewritten(func(r *http.Request, _ int, h http.Header) string {
			if r.URL.Path != "/" {
				return ""
			}
			h.Add("Set-Cookie", "gastos_session=0123456789abcdef; Path=/; SameSite=Lax")
			return "a cookie without HttpOnly"
		}),
	}
}
