//go:build disease

package disease

import (
	"net/http"
	"time"

	"gastos/internal/middleware"
)

func labelPath() Disease {
	return Disease{
		ID: "label-path", Check: "observability.cardinality", Consequences: []string{"observability.metrics"},
		Summary: "requests are counted by their path instead of their route",
		infect: misobserved(func(next middleware.Observer, took func(string)) middleware.Observer {
			return func(r *http.Request, route string, status int, lasted time.Duration) {
				if r.URL.Path != route {
					took("a path that a caller made up became a label")
				}
				next(r, r.URL.Path, status, lasted)
			}
		}),
	}
}
