//go:build disease

package disease

import "net/http"

func errorMethodCrashes() Disease {
	return Disease{
		ID: "error-method-crashes", Check: "contracts.errors.protocol", Consequences: []string{},
		Summary: "a method that nobody knows is an error of the server",
		infect: reshaped("FOOBAR is a 500", func(r *http.Request, a *held) bool {
			if r.Method != "FOOBAR" || a.status < 400 {
				return false
			}
			a.becomes(http.StatusInternalServerError)
			return true
		}),
	}
}
