//go:build disease

package disease

import "net/http"

// hardening are the headers that security.headers looks for.
var hardening = []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"}

func strip(h http.Header, names ...string) (stripped bool) {
	for _, name := range names {
		stripped = stripped || h.Get(name) != ""
		h.Del(name)
	}
	return stripped
}

func headersNotOn404() Disease {
	return Disease{
		ID: "headers-not-on-404", Check: "security.headers", Consequences: []string{},
		Summary: "what is not found is answered without the headers that harden a browser",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusNotFound && strip(h, hardening...) {
				return "a 404 without its headers"
			}
			return ""
		}),
	}
}

func headersNotOn500() Disease {
	return Disease{
		ID: "headers-not-on-500", Check: "security.headers", Consequences: []string{},
		Summary: "a failure of the service is answered without the headers that harden a browser",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status >= 500 && strip(h, hardening...) {
				return "a failure without its headers"
			}
			return ""
		}),
	}
}

func nosniffMissing() Disease {
	return Disease{
		ID: "nosniff-missing", Check: "security.headers", Consequences: []string{},
		Summary: "X-Content-Type-Options is not set",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			if strip(h, "X-Content-Type-Options") {
				return "an answer without nosniff"
			}
			return ""
		}),
	}
}

func referrerUnsafe() Disease {
	return Disease{
		ID: "referrer-unsafe", Check: "security.headers", Consequences: []string{},
		Summary: "the whole address of each page is told to every other site",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			h.Set("Referrer-Policy", "unsafe-url")
			return "the policy is unsafe-url"
		}),
	}
}
