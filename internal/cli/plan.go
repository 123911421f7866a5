package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *App) plan() *cobra.Command {
	return a.configFlags(&cobra.Command{
		Use:   "plan",
		Short: "Print what an audit would promise, as JSON; touch nothing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.read(cmd.Context())
			if err != nil {
				return err
			}
			plan, err := a.planOf(s)
			if err != nil {
				return err
			}
			text, err := json.MarshalIndent(plan, "", "  ")
			if err != nil {
				return coded(exitDefect, err)
			}
			_, err = fmt.Fprintln(a.Out, string(text))
			return err
		},
	})
}
