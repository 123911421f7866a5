//go:build disease

package disease

import "net/http"

func contractDuplicateKey() Disease {
	return Disease{
		ID: "contract-duplicate-key", Check: "contracts.positive", Consequences: []string{"contracts.statuses"},
		Summary: "the user of the token has a member twice: readers differ in which they take",
		infect: reshaped("a member is there twice", func(r *http.Request, a *held) bool {
			return is(r, "GET", "/api/me") && a.status == http.StatusOK && a.replace(`{"id":`, `{"id":0,"id":`)
		}),
	}
}
