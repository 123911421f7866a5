//go:build disease

package disease

import (
	"net/http"
	"time"

	"gastos/internal/config"
	"gastos/internal/middleware"
	"gastos/internal/service"
)

// misobserved stands between the middleware and the metrics.
func misobserved(observe func(next middleware.Observer, took func(string)) middleware.Observer) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Observer: func(next middleware.Observer) middleware.Observer { return observe(next, took) }}
	}
}

func countSkipsErrors() Disease {
	return Disease{
		ID: "count-skips-errors", Check: "observability.metrics", Consequences: []string{"observability.alert_names"},
		Summary: "what ends in 5xx is not counted",
		infect: misobserved(func(next middleware.Observer, took func(string)) middleware.Observer {
			return func(r *http.Request, route string, status int, lasted time.Duration) {
				if status >= 500 {
					took("an error was not counted")
					return
				}
				next(r, route, status, lasted)
			}
		}),
	}
}
