//go:build disease

package disease

import "net/http"

func errorStatusLies() Disease {
	return Disease{
		ID: "error-status-lies", Check: "contracts.errors.shape", Consequences: []string{"contracts.errors.server"},
		Summary: "the body of every 401 says 403",
		infect: reshaped("the body says another status", func(r *http.Request, a *held) bool {
			return a.status == http.StatusUnauthorized && a.replace(`"status":401`, `"status":403`)
		}),
	}
}
