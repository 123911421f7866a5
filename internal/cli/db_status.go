package cli

import "github.com/spf13/cobra"

func (a *App) dbStatus(where func() (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how many records of what date there are, and whether that proves anything",
		Long: `Say how many records of what date the store has, what is missing, and whether
it finds well-known vulnerabilities.

Exit codes: 0 the store is whole and fresh, 2 it proves nothing.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			folder, err := where()
			if err != nil {
				return err
			}
			return a.tellStore(folder)
		},
	}
}
