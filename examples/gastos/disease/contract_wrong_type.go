//go:build disease

package disease

import (
	"net/http"
	"regexp"
)

func contractWrongType() Disease {
	return Disease{
		ID: "contract-wrong-type", Check: "contracts.positive", Consequences: []string{"contracts.statuses"},
		Summary: "amounts in the list of expenses are numbers, the document says texts",
		infect: reshaped("the amounts are numbers", func(r *http.Request, a *held) bool {
			if !is(r, "GET", "/api/gastos") || a.status != http.StatusOK {
				return false
			}
			before := a.body.String()
			a.say("application/json", regexp.MustCompile(`"importe":"([0-9.]+)"`).ReplaceAllString(before, `"importe":$1`))
			return a.body.String() != before
		}),
	}
}
