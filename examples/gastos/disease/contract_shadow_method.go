//go:build disease

package disease

import "net/http"

func contractShadowMethod() Disease {
	return Disease{
		ID: "contract-shadow-method", Check: "contracts.undocumented", Consequences: []string{},
		Summary: "an expense takes PATCH, of which the document knows nothing",
		infect: reshaped("PATCH is taken", func(r *http.Request, a *held) bool {
			if r.Method != http.MethodPatch || !anExpense(r) {
				return false
			}
			a.header.Del("Allow")
			a.status = http.StatusOK
			a.say("application/json", `{"patched":true}`)
			return true
		}),
	}
}
