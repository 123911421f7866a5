//go:build disease

package disease

import (
	"net/http"
	"slices"
)

func contractEnumIgnored() Disease {
	return Disease{
		ID: "contract-enum-ignored", Check: "contracts.negative", Consequences: []string{},
		Summary: "a category that nobody knows is taken for another",
		infect: misread("an unknown category is accepted", func(r *http.Request) *http.Request {
			if !is(r, "POST", "/api/gastos") {
				return nil
			}
			return withMember(r, "categoria", "otros", func(v any) bool {
				text, ok := v.(string)
				return ok && !slices.Contains([]string{"viaje", "comida", "alojamiento", "material", "otros"}, text)
			})
		}),
	}
}
