//go:build disease

package disease

import "net/http"

func contractMinimumIgnored() Disease {
	return Disease{
		ID: "contract-minimum-ignored", Check: "contracts.negative", Consequences: []string{},
		Summary: "page 0 is taken for page 1",
		infect: misread("page 0 is accepted", func(r *http.Request) *http.Request {
			if r.URL.Query().Get("page") != "0" {
				return nil
			}
			return withQuery(r, "page", "1")
		}),
	}
}
