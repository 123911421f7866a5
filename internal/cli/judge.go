package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
	"listo/internal/report"
)

func (a *App) judge() *cobra.Command {
	var limits []string
	cmd := &cobra.Command{
		Use:   "judge [FOLDER]",
		Short: "Derive the verdict again from a ledger, if wanted under stricter limits",
		Long: `Judge the kept observations again, without touching any service. --limit sets
another limit for this judgement only: the same evidence under your own policy.

Exit codes are those of the verdict.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.judgeAgain(args, limits) },
	}
	cmd.Flags().StringArrayVar(&limits, "limit", nil, "CHECK.NAME=NUMBER, e.g. pool.churn.per_100=1 (may be repeated)")
	cmd.Flags().StringVar(&a.flags.language, "language", "", "es or en")
	return cmd
}

func (a *App) judgeAgain(args, limits []string) error {
	b, err := a.openBundle(args)
	if err != nil {
		return err
	}
	for _, l := range limits {
		if err := setLimit(&b.view.Plan, b.ledger, l); err != nil {
			return coded(exitUsage, err)
		}
	}
	view, err := report.NewView(a.Gates, b.ledger, b.view.Lang)
	if err != nil {
		return coded(exitDefect, err)
	}
	for _, g := range view.Verdict.Gates {
		for _, c := range g.Checks {
			fmt.Fprintf(a.Out, "%s %-8s %-26s %s\n", report.Symbol(c.Outcome), c.Outcome, c.Check, view.GotPlain(g.Gate, c))
		}
		if len(g.Checks) == 0 {
			fmt.Fprintf(a.Out, "%s %-8s %-26s %s\n", report.Symbol(g.Outcome), g.Outcome, g.Gate, view.Plain("", "page.go_no_go.unbuilt_gate", nil))
		}
	}
	fmt.Fprintf(a.Out, "%s, exit %d\n", view.Verdict.Word, view.Verdict.Exit)
	if view.Verdict.Exit == evidence.ExitGo {
		return nil
	}
	return verdictExit(view.Verdict.Exit)
}

// setLimit changes one limit in the plan that the ledger holds in memory.
func setLimit(plan *evidence.Plan, ledger evidence.Ledger, text string) error {
	id, value, ok := strings.Cut(text, "=")
	number, err := strconv.ParseFloat(value, 64)
	if !ok || err != nil {
		return fmt.Errorf("--limit: %q: write it as CHECK.NAME=NUMBER", text)
	}
	for _, g := range plan.Gates {
		for _, c := range g.Checks {
			for i := range c.Limits {
				if c.Check+"."+c.Limits[i].Name == id {
					c.Limits[i].Value = number
					ledger.Entries[0].Plan = plan
					return nil
				}
			}
		}
	}
	return fmt.Errorf("--limit: the plan has no limit %q: listo explain lists them", id)
}
