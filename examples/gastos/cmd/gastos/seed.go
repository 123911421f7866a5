package main

import (
	"context"
	"log/slog"

	"gastos/internal/config"
	"gastos/internal/seed"
)

func plant(ctx context.Context, env config.Lookup, log *slog.Logger) error {
	c, err := config.ReadSeed(env)
	if err != nil {
		return configError{err}
	}
	return seed.Run(ctx, c.DatabaseURL.Reveal(), func() seed.Hashed { return seed.Hash(c.Password.Reveal()) }, log)
}
