//go:build disease

package disease

import "net/http"

func contractInvalidIs500() Disease {
	return Disease{
		ID: "contract-invalid-is-500", Check: "contracts.negative", Consequences: []string{"contracts.errors.shape"},
		Summary: "a body that does not fit is an error of the server",
		infect: reshaped("422 became 500", func(r *http.Request, a *held) bool {
			if a.status != http.StatusUnprocessableEntity {
				return false
			}
			a.becomes(http.StatusInternalServerError)
			return true
		}),
	}
}
