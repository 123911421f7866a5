//go:build disease

package disease

import (
	"net/http"
	"time"

	"gastos/internal/middleware"
)

func histogramMilliseconds() Disease {
	return Disease{
		ID: "histogram-milliseconds", Check: "observability.latency", Consequences: []string{},
		Summary: "milliseconds are observed where seconds are promised",
		infect: misobserved(func(next middleware.Observer, took func(string)) middleware.Observer {
			return func(r *http.Request, route string, status int, lasted time.Duration) {
				took("a duration was observed a thousand times too long")
				next(r, route, status, 1000*lasted)
			}
		}),
	}
}
