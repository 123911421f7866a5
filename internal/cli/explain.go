package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"listo/internal/report"
	"listo/internal/words"
)

func (a *App) explain() *cobra.Command {
	var language string // not the flag of the others: its default would stand for what listo.yaml says
	cmd := &cobra.Command{
		Use:   "explain [GATE or CHECK]",
		Short: "Say what a check asks, how it measures and what to do when it is red",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			only := ""
			if len(args) > 0 {
				only = args[0]
			}
			lang, err := words.ParseLang(language)
			if err != nil {
				return coded(exitUsage, err)
			}
			text, err := report.Explain(a.Gates, lang, only)
			if err != nil {
				return coded(exitUsage, err)
			}
			_, err = fmt.Fprint(a.Out, text)
			return err
		},
	}
	cmd.Flags().StringVar(&language, "language", "es", "es or en")
	return cmd
}
