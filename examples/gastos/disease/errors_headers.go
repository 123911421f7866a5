//go:build disease

package disease

import "net/http"

func errorNoChallenge() Disease {
	return Disease{
		ID: "error-no-challenge", Check: "contracts.errors.companions", Consequences: []string{"contracts.statuses"},
		Summary: "a 401 does not say which credential is wanted",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusUnauthorized && strip(h, "WWW-Authenticate") {
				return "a 401 without a challenge"
			}
			return ""
		}),
	}
}

func errorKept() Disease {
	return Disease{
		ID: "error-kept", Check: "contracts.errors.companions", Consequences: []string{"security.headers"},
		Summary: "a shared cache may keep a 401 for whoever asks next",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status != http.StatusUnauthorized {
				return ""
			}
			h.Set("Cache-Control", "public, max-age=300")
			return "a 401 that caches may keep"
		}),
	}
}

func errorSniffed() Disease {
	return Disease{
		ID: "error-sniffed", Check: "contracts.errors.companions", Consequences: []string{"security.headers"},
		Summary: "nosniff stands on everything but what a body was refused with",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusUnprocessableEntity && strip(h, "X-Content-Type-Options") {
				return "a 422 without nosniff"
			}
			return ""
		}),
	}
}

func errorUnreadable() Disease {
	return Disease{
		ID: "error-unreadable", Check: "contracts.errors.companions", Consequences: []string{"security.cors"},
		Summary: "the frontend cannot read why its form was refused: its browser sees a network error",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusUnprocessableEntity && strip(h, "Access-Control-Allow-Origin") {
				return "a 422 that the frontend cannot read"
			}
			return ""
		}),
	}
}

func errorIDLost() Disease {
	return Disease{
		ID: "error-id-lost", Check: "contracts.errors.companions", Consequences: []string{"observability.request_id", "observability.hostile_id"},
		Summary: "what is not found has no identifier to ask for in the log",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusNotFound && strip(h, "X-Request-Id") {
				return "a 404 without its identifier"
			}
			return ""
		}),
	}
}

func errorUnreadableDown() Disease {
	return Disease{
		ID: "error-unreadable-down", Check: "contracts.errors.server", Consequences: []string{"security.cors"},
		Summary: "the frontend cannot read that the database is away: its browser sees a network error",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusServiceUnavailable && strip(h, "Access-Control-Allow-Origin") {
				return "a 503 that the frontend cannot read"
			}
			return ""
		}),
	}
}
