package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"listo/internal/engine/advisory"
)

func (a *App) dbImport(where func() (string, error)) *cobra.Command {
	var ecosystem string
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Import OSV exports that were carried here: all.zip, with its modified_id.csv beside it",
		Long: `Import all.zip of one or more ecosystems, as the official exports are laid out:
npm/all.zip with npm/modified_id.csv, Go/all.zip with Go/modified_id.csv (or
npm-all.zip with npm-modified_id.csv, as listo db update names them). Without the
list nobody knows how many records there should be, and the store proves nothing.

Exit codes: as listo db status; 78 when a file cannot be imported.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			folder, err := where()
			if err != nil {
				return err
			}
			zips, err := exportsIn(files, ecosystem)
			if err != nil {
				return coded(exitUsage, err)
			}
			for _, z := range zips {
				if err := a.importFiles(cmd.Context(), z.ecosystem, z.zip, z.listing, filepath.Base(z.zip), folder); err != nil {
					return coded(exitConfig, err)
				}
			}
			return a.tellStore(folder)
		},
	}
	cmd.Flags().StringVar(&ecosystem, "ecosystem", "", "npm or Go, where the file's place does not tell")
	return cmd
}

// carried is an export as files.
type carried struct{ ecosystem, zip, listing string }

// exportsIn finds the exports among the named files, each with its list.
func exportsIn(files []string, ecosystem string) ([]carried, error) {
	var all []carried
	for _, file := range files {
		if !strings.HasSuffix(file, ".zip") {
			continue // a list goes with its zip
		}
		of := ecosystem
		if of == "" {
			of = ecosystemIn(file)
		}
		if of == "" {
			return nil, fmt.Errorf("db: %s: its name does not tell the ecosystem: pass --ecosystem npm or --ecosystem Go", file)
		}
		all = append(all, carried{of, file, listingOf(file)})
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("db: no .zip among the files: pass all.zip of an ecosystem")
	case ecosystem != "" && len(all) > 1:
		return nil, errors.New("db: --ecosystem goes with one file: import one after the other")
	}
	return all, nil
}

var named = regexp.MustCompile(`(?:^|[/\-_.])(npm|Go)(?:[/\-_.]|$)`)

// ecosystemIn reads the ecosystem out of a path: npm/all.zip, Go-all.zip.
func ecosystemIn(file string) string {
	all := named.FindAllStringSubmatch(filepath.ToSlash(file), -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

// listingOf gives the list beside a zip, "" when there is none.
func listingOf(zip string) string {
	beside := filepath.Join(filepath.Dir(zip), strings.TrimSuffix(filepath.Base(zip), "all.zip")+"modified_id.csv")
	if _, err := os.Stat(beside); err != nil || !strings.HasSuffix(zip, "all.zip") {
		return ""
	}
	return beside
}

// importFiles imports one export. listing is "" when there is no list.
func (a *App) importFiles(ctx context.Context, ecosystem, zip, listing, source, store string) error {
	file, err := os.Open(zip)
	if err != nil {
		return fmt.Errorf("db: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("db: %w", err)
	}
	export := advisory.Export{Ecosystem: ecosystem, Zip: file, Size: info.Size(), Source: source}
	if listing != "" {
		list, err := os.Open(listing)
		if err != nil {
			return fmt.Errorf("db: %w", err)
		}
		defer list.Close()
		if export.Listing, err = advisory.ReadListing(list); err != nil {
			return err
		}
	}
	_, err = advisory.Import(ctx, store, export, a.Now())
	return err
}
