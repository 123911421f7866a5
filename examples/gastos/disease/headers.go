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
		ID: "headers-not-on-404", Check: "security.headers", Consequences: []string{"contracts.errors.companions"},
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
		ID: "headers-not-on-500", Check: "security.headers", Consequences: []string{"contracts.errors.server"},
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

func openerMissing() Disease {
	return Disease{
		ID: "opener-missing", Check: "security.headers", Consequences: []string{},
		Summary: "a page that opens ours keeps a hand on it: Cross-Origin-Opener-Policy is not set",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			if strip(h, "Cross-Origin-Opener-Policy") {
				return "an answer without its opener policy"
			}
			return ""
		}),
	}
}

func frameOptionsTwice() Disease {
	return Disease{
		ID: "frame-options-twice", Check: "security.headers", Consequences: []string{},
		Summary: "two layers set X-Frame-Options, each its own",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			h.Add("X-Frame-Options", "SAMEORIGIN")
			return "two values of X-Frame-Options"
		}),
	}
}

func dataCacheable() Disease {
	return Disease{
		ID: "data-cacheable", Check: "security.headers", Consequences: []string{},
		Summary: "nothing keeps a browser from keeping what a user was shown",
		infect: rewritten(func(r *http.Request, status int, h http.Header) string {
			if r.Header.Get("Authorization") != "" && status == http.StatusOK && strip(h, "Cache-Control") {
				return "data without Cache-Control"
			}
			return ""
		}),
	}
}

func auditorOn() Disease {
	return Disease{
		ID: "xss-auditor-on", Check: "security.headers", Consequences: []string{},
		Summary: "the auditor of old browsers is switched on, which could be turned against pages",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			h.Set("X-XSS-Protection", "1; mode=block")
			return "X-XSS-Protection is on"
		}),
	}
}

func headersNotOnRefusedBodies() Disease {
	return Disease{
		ID: "headers-not-on-400", Check: "security.headers", Consequences: []string{"contracts.errors.companions"},
		Summary: "a body that cannot be read is answered without the headers that harden a browser",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusBadRequest && strip(h, hardening...) {
				return "a 400 without its headers"
			}
			return ""
		}),
	}
}
