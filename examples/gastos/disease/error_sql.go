//go:build disease

package disease

import "net/http"

func errorSQL() Disease {
	return Disease{
		ID: "error-sql", Check: "contracts.errors.leak", Consequences: []string{},
		Summary: "a bad query is answered in the database's own words",
		infect: reshaped("a 400 quotes the database", func(r *http.Request, a *held) bool {
			return a.status == http.StatusBadRequest && a.replace(`"the query is not valid"`, `"ERROR: invalid input syntax for type bigint (SQLSTATE 22P02)"`)
		}),
	}
}
