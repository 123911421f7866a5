//go:build disease

package disease

import "net/http"

func contractFormatIgnored() Disease {
	return Disease{
		ID: "contract-format-ignored", Check: "contracts.negative", Consequences: []string{},
		Summary: "30 February is taken for a date",
		infect: misread("30 February is accepted", func(r *http.Request) *http.Request {
			if r.URL.Query().Get("desde") != "2024-02-30" {
				return nil
			}
			return withQuery(r, "desde", "2024-03-01")
		}),
	}
}
