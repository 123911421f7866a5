//go:build disease

package disease

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"gastos/internal/config"
	"gastos/internal/service"
)

func healthNeedsDatabase() Disease {
	return Disease{
		ID: "health-needs-database", Check: "observability.healthz", Consequences: []string{},
		Summary: "the liveness probe asks the database: when that is away, every replica is restarted",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/healthz" && connect(r.Context(), c.DatabaseURL.Reveal(), 500*time.Millisecond) != nil {
						took("the probe says that the process is dead, since the database is")
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

// connect opens a session and closes it again.
func connect(ctx context.Context, url string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
