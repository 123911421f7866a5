//go:build disease

package disease

import "net/http"

func contractGhost() Disease {
	return Disease{
		ID: "contract-ghost", Check: "contracts.unserved", Consequences: []string{},
		Summary: "changing an expense was lost in a refactoring: its path does not take PUT any more",
		infect: reshaped("PUT of an expense is 405", func(r *http.Request, a *held) bool {
			if r.Method != http.MethodPut || !anExpense(r) {
				return false
			}
			a.header.Set("Allow", "DELETE, GET, HEAD")
			a.status = http.StatusMethodNotAllowed
			a.say("application/problem+json", `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"no","requestId":"gone-0001"}`)
			return true
		}),
	}
}
