//go:build disease

package disease

import "net/http"

func contractShadowRoute() Disease {
	return Disease{
		ID: "contract-shadow-route", Check: "contracts.undocumented", Consequences: []string{},
		Summary: "a route for debugging was left in and lists the variables' names",
		infect: reshaped("the debugging route answers", func(r *http.Request, a *held) bool {
			if !is(r, "GET", "/api/_dump") {
				return false
			}
			a.status = http.StatusOK
			a.say("application/json", `{"variables":["DATABASE_URL","JWT_SECRET"]}`)
			return true
		}),
	}
}
