package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"listo/internal/gates/secrets"
)

func (a *App) fingerprint() *cobra.Command {
	return &cobra.Command{
		Use:   "fingerprint NAME",
		Short: "Print the fingerprint of a production secret read from standard input",
		Long: `Run this where production's secret is, and record what it prints under
secrets.production_fingerprints in listo.yaml: it lets listo prove that the
development secret is another one, without ever seeing production's.

  printenv JWT_SECRET | listo fingerprint JWT_SECRET`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			value, err := io.ReadAll(io.LimitReader(a.In, 1<<20))
			if err != nil {
				return coded(exitUsage, fmt.Errorf("fingerprint: %w", err))
			}
			text := strings.TrimRight(string(value), "\r\n")
			if text == "" {
				return coded(exitUsage, errors.New("fingerprint: standard input is empty: pipe the secret's value into it"))
			}
			_, err = fmt.Fprintln(a.Out, secrets.Fingerprint(args[0], text))
			return err
		},
	}
}
