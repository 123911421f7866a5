//go:build disease

package disease

import (
	"context"
	"log/slog"

	"gastos/internal/config"
	"gastos/internal/service"
)

// logged writes the configuration into the log at the start, with the secret as
// encode shows it.
func logged(encode func(secret string) string) infect {
	return func(c config.Serve, took func(string)) service.Seams {
		return service.Seams{Start: func(ctx context.Context, _ config.Serve, log *slog.Logger) error {
			shown := encode(c.JWTSecret.Reveal())
			log.InfoContext(ctx, "configuration", "PORT", c.Port, "CONNECTION_POOL_SIZE", c.PoolSize, "JWT_SECRET", shown)
			if shown != "" && log.Enabled(ctx, slog.LevelInfo) {
				took("the log has a line with JWT_SECRET")
			}
			return nil
		}}
	}
}
