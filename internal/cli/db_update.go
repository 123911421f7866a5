package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"listo/internal/engine/advisory"
)

// updateTime bounds one update; npm's export has some 210 MB.
const updateTime = 30 * time.Minute

func (a *App) dbUpdate(where func() (string, error)) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Fetch the official OSV exports of npm and Go into the store",
		Long: `Fetch the official OSV exports of npm and Go, with the lists of what they hold,
and put them in place of what the store has. What cannot be fetched whole changes
nothing. Behind a wall, carry the files over and run listo db import.

Exit codes: as listo db status; 78 when an export cannot be fetched.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := where()
			if err != nil {
				return err
			}
			ctx, stop, done := interrupts(cmd.Context(), func() {})
			defer done()
			ctx, cancel := context.WithTimeout(ctx, updateTime)
			defer cancel()
			go func() {
				select {
				case <-stop:
					cancel()
				case <-ctx.Done():
				}
			}()
			for _, ecosystem := range ecosystems() {
				if err := a.update(ctx, from, ecosystem, folder); err != nil {
					return coded(exitConfig, err)
				}
			}
			return a.tellStore(folder)
		},
	}
	cmd.Flags().StringVar(&from, "from", advisory.Official, "address of the exports, or of a mirror of them")
	return cmd
}

// update fetches one ecosystem and imports it.
func (a *App) update(ctx context.Context, from, ecosystem, store string) error {
	folder, err := os.MkdirTemp("", "listo-advisories-")
	if err != nil {
		return fmt.Errorf("db: %w: make room for some 300 MB in the temporary folder", err)
	}
	defer os.RemoveAll(folder)
	fmt.Fprintf(a.Err, "listo: fetching the advisories of %s from %s\n", ecosystem, from)
	fetched, err := advisory.Fetch(ctx, &http.Client{}, from, ecosystem, folder)
	if err != nil {
		return err
	}
	return a.importFiles(ctx, ecosystem, fetched.Zip, fetched.Listing, fetched.Source, store)
}
