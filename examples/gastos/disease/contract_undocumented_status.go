//go:build disease

package disease

import "net/http"

func contractUndocumentedStatus() Disease {
	return Disease{
		ID: "contract-undocumented-status", Check: "contracts.statuses", Consequences: []string{"contracts.negative"},
		Summary: "an expense that is not there is 410, the document says 404",
		infect: reshaped("a missing expense is 410", func(r *http.Request, a *held) bool {
			if r.Method != http.MethodGet || !anExpense(r) || a.status != http.StatusNotFound {
				return false
			}
			a.becomes(http.StatusGone)
			return true
		}),
	}
}
