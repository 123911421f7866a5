//go:build disease

package disease

import (
	"net/http"
	"strings"
)

func errorHTML() Disease {
	return Disease{
		ID: "error-html", Check: "contracts.errors.shape", Consequences: []string{},
		Summary: "an unknown path is answered with a page",
		infect: reshaped("404 is HTML", func(r *http.Request, a *held) bool {
			if a.status != http.StatusNotFound || !strings.Contains(a.body.String(), "no such path") {
				return false
			}
			a.say("text/html; charset=utf-8", "<!doctype html><title>404</title><h1>Not Found</h1>")
			return true
		}),
	}
}
