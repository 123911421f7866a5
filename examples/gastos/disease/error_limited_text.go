//go:build disease

package disease

import "net/http"

func errorLimitedText() Disease {
	return Disease{
		ID: "error-limited-text", Check: "contracts.errors.limited", Consequences: []string{},
		Summary: "too many requests are refused in plain text",
		infect: reshaped("429 is text", func(r *http.Request, a *held) bool {
			if a.status != http.StatusTooManyRequests {
				return false
			}
			a.say("text/plain; charset=utf-8", "Too many requests, please try again later.")
			return true
		}),
	}
}
