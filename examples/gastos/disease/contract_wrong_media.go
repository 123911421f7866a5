//go:build disease

package disease

import "net/http"

func contractWrongMedia() Disease {
	return Disease{
		ID: "contract-wrong-media", Check: "contracts.positive", Consequences: []string{"contracts.statuses"},
		Summary: "the list of users is JSON that says it is HTML",
		infect: reshaped("JSON is called text/html", func(r *http.Request, a *held) bool {
			if !is(r, "GET", "/api/usuarios") || a.status != http.StatusOK {
				return false
			}
			a.header.Set("Content-Type", "text/html; charset=utf-8")
			return true
		}),
	}
}
