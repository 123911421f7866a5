//go:build disease

package disease

import "net/http"

func errorMethodUnknown() Disease {
	return Disease{
		ID: "error-method-unknown", Check: "contracts.errors.method", Consequences: []string{},
		Summary: "a wrong method is answered as if the path did not exist",
		infect: reshaped("405 became 404", func(r *http.Request, a *held) bool {
			if a.status != http.StatusMethodNotAllowed {
				return false
			}
			a.header.Del("Allow")
			a.becomes(http.StatusNotFound)
			return true
		}),
	}
}
