//go:build disease

package disease

import "net/http"

func hstsOverHTTP() Disease {
	return Disease{
		ID: "hsts-over-http", Check: "security.hsts", Consequences: []string{},
		Summary: "Strict-Transport-Security is sent over plain http, too",
		infect: rewritten(func(r *http.Request, _ int, h http.Header) string {
			h.Set("Strict-Transport-Security", "max-age=31536000")
			if r.TLS == nil {
				return "the header over plain http"
			}
			return ""
		}),
	}
}

func hstsNotOnErrors() Disease {
	return Disease{
		ID: "hsts-not-on-errors", Check: "security.hsts", Consequences: []string{},
		Summary: "errors over TLS come without Strict-Transport-Security",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status >= 400 && strip(h, "Strict-Transport-Security") {
				return "an error over TLS without the header"
			}
			return ""
		}),
	}
}
