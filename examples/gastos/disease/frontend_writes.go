//go:build disease

package disease

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"gastos/internal/config"
	"gastos/internal/service"
)

func frontendWrites() Disease {
	return Disease{
		ID: "frontend-writes", Check: "frontend.unchanged", Consequences: []string{"frontend.history", "supply.reproducible"},
		Summary: "the service writes a file into its frontend's folder when it starts",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Start: func(_ context.Context, c config.Serve, _ *slog.Logger) error {
				file := filepath.Join(c.FrontendDir, "assets", "started.txt")
				if err := os.WriteFile(file, []byte("started\n"), 0o644); err != nil {
					return err
				}
				took(file + " was written")
				return nil
			}}
		},
	}
}
