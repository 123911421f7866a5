//go:build disease

package disease

import (
	"net/http"
	"regexp"
)

func contractMissingField() Disease {
	return Disease{
		ID: "contract-missing-field", Check: "contracts.positive", Consequences: []string{"contracts.statuses"},
		Summary: "companies lack their required nif",
		infect: reshaped("a company has no nif", func(r *http.Request, a *held) bool {
			if !is(r, "GET", "/api/empresas") || a.status != http.StatusOK {
				return false
			}
			before := a.body.String()
			a.say("application/json", regexp.MustCompile(`,"nif":"[^"]*"`).ReplaceAllString(before, ""))
			return a.body.String() != before
		}),
	}
}
