package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"listo/internal/report"
)

func (a *App) verify() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "verify [FOLDER]",
		Short: "Check a bundle: chain, blobs, sums, seal, verdict and pages",
		Long: `Check that nobody changed a bundle since it was sealed, and that its verdict and
pages follow from its ledger. It needs no network and no service.

Exit codes: 0 it holds, 1 it does not.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder, err := a.bundleFolder(args)
			if err != nil {
				return err
			}
			return a.printVerification(report.Verify(folder, a.Gates, a.Tool), key)
		},
	}
	cmd.Flags().StringVar(&key, "fingerprint", "", "the only key to accept, by the fingerprint that verify prints")
	return cmd
}

func (a *App) printVerification(v report.Verification, key string) error {
	broken := v.Err() != nil
	for _, s := range v.Steps {
		if s.Err != nil {
			fmt.Fprintf(a.Out, "✘ broken  %-8s %v\n", s.Name, s.Err)
			continue
		}
		fmt.Fprintf(a.Out, "✔ holds   %-8s %s\n", s.Name, s.Note)
	}
	if key != "" && v.Seal.Fingerprint != key {
		fmt.Fprintf(a.Out, "✘ broken  key      the seal is by %q, not by %q\n", v.Seal.Fingerprint, key)
		broken = true
	}
	switch {
	case broken:
		return verdictExit(1)
	case v.Open:
		fmt.Fprintf(a.Out, "the audit has not ended: %d whole lines hold, %d bytes of a cut one follow; there is no seal yet\n", v.Entries, v.Torn)
		return nil
	}
	fmt.Fprintf(a.Out, "the bundle holds: %s, exit %d, audit %s, sealed by %s\n", v.Verdict.Word, v.Verdict.Exit, v.Plan.Run, v.Seal.Fingerprint)
	return nil
}
