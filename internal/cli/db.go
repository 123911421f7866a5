package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"listo/internal/engine/advisory"
	"listo/internal/evidence"
)

// db keeps the store of advisories that the check supply.advisories reads.
func (a *App) db() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Keep the store of known vulnerabilities: update, import, status",
		Long: `Keep the local store of OSV advisories that supply.advisories reads. An audit
never fetches anything: what is not in the store is not known, and a store that is
not whole or not fresh proves nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&folder, "store", "", "folder of the store, as in supply.advisory_store (default: in the user's cache)")
	where := func() (string, error) {
		if folder != "" {
			return folder, nil
		}
		path, err := advisory.DefaultFolder()
		return path, coded(exitConfig, err)
	}
	cmd.AddCommand(a.dbUpdate(where), a.dbImport(where), a.dbStatus(where))
	return cmd
}

// ecosystems are those that a whole store has.
func ecosystems() []string { return []string{advisory.NPM, advisory.Go} }

// maxAge is how old the newest record may be: the limit of the check, so that
// status says beforehand what the audit will say.
func (a *App) maxAge() time.Duration {
	check, _ := evidence.Find(a.Gates, "supply.advisories")
	for _, l := range check.Limits {
		if l.Name == "age" {
			return time.Duration(l.Default * 24 * float64(time.Hour))
		}
	}
	return 0
}

// imported tells what an import brought.
func (a *App) imported(p advisory.EcosystemProof) {
	fmt.Fprintf(a.Out, "%s: %d records of %d files, %d withdrawn, %d unreadable, newest %s\n",
		p.Ecosystem, p.Loaded, p.Seen, p.Withdrawn, p.Rejected, dated(p.Newest))
}

func dated(at time.Time) string {
	if at.IsZero() {
		return "without a date"
	}
	return at.UTC().Format(time.RFC3339)
}

// tellStore prints what the store is worth and gives the exit code that an
// absence of findings would be worth: 0, or 2 for unproven.
func (a *App) tellStore(folder string) error {
	store, err := advisory.Open(folder)
	if err != nil {
		fmt.Fprintln(a.Err, "listo:", err)
		return verdictExit(evidence.ExitUnproven)
	}
	defer store.Close()
	proof, err := store.Prove()
	if err := errors.Join(err, store.Verify()); err != nil {
		fmt.Fprintln(a.Err, "listo:", err)
		return verdictExit(evidence.ExitUnproven)
	}
	fmt.Fprintln(a.Out, folder)
	for _, e := range proof.Ecosystems {
		a.imported(e)
	}
	if proof.Test {
		fmt.Fprintln(a.Out, "TEST: a part of this store was made for a test")
	}
	problems := proof.Problems(a.Now(), a.maxAge(), ecosystems()...)
	for _, p := range problems {
		fmt.Fprintf(a.Out, "%s %s: %s\n", p.Doubt, p.Ecosystem, p.Detail)
	}
	if len(problems) > 0 {
		return verdictExit(evidence.ExitUnproven)
	}
	fmt.Fprintf(a.Out, "whole and fresh: %d canaries sing\n", len(proof.Canaries))
	return nil
}
