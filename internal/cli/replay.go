package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/report"
)

func (a *App) replay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay FOLDER CHECK",
		Short: "Print the lines that repeat what a check did, to be pasted into a shell",
		Long: `Print every touch of a check's deciding experiment as a shell line, with what it
answered then. Secrets and addresses stand as $NAMES; the first lines say which
to set.`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.printReplay(args[0], args[1]) },
	}
	return cmd
}

func (a *App) printReplay(folder, check string) error {
	b, err := a.openBundle([]string{folder})
	if err != nil {
		return err
	}
	attempts := b.ledger.Attempts(check)
	if len(attempts) == 0 {
		return coded(exitUsage, fmt.Errorf("replay: the ledger has no experiment of %q: listo explain lists the checks", check))
	}
	e := attempts[len(attempts)-1]
	fmt.Fprintf(a.Out, "# %s, attempt %d, %s\n", check, e.Attempt, e.Began.Format("2006-01-02 15:04:05 UTC"))
	fmt.Fprintln(a.Out, `# listo shell starts the service and sets what these lines need; for one that runs already set:
#   BASE                 its origin, e.g. http://127.0.0.1:8080
#   TOKEN                a bearer token: what the login line answers
#   PASSWORD             the test users' password (login.password), as it stands in a JSON string
#   DATABASE_ADMIN_URL   its database, as listo reached it (database.admin_url)`)
	for _, s := range e.Steps {
		if err := a.printStep(b.view, s); err != nil {
			return err
		}
	}
	a.printObserved(e)
	return nil
}

// printObserved prints the lines that stand in the observation alone, because what they
// repeat is recorded in one transcript.
func (a *App) printObserved(e evidence.Experiment) {
	check, ok := evidence.Find(a.Gates, e.Check)
	if !ok || e.Errored() {
		return
	}
	observed, err := check.Decode(e.Observed)
	if err != nil {
		return // of another listo; verify says so
	}
	if o, ok := observed.(interface{ Replays() []string }); ok {
		fmt.Fprint(a.Out, "\n# what was recorded in one transcript:\n")
		for _, line := range o.Replays() {
			fmt.Fprintf(a.Out, "\n%s\n", line)
		}
	}
}

func (a *App) printStep(view *report.View, s evidence.Step) error {
	a.printTouch(s)
	for _, blob := range s.Raw {
		switch {
		case blob.Left():
			fmt.Fprintf(a.Out, "#   %s: %d bytes, not kept here, %s\n", blob.Name, blob.TrueSize, blob.TrueDigest)
		case blob.TrueSize > 0:
			fmt.Fprintf(a.Out, "#   %s: %s (head and tail of %d bytes)\n", blob.Name, view.Where(blob.Digest), blob.TrueSize)
		default:
			fmt.Fprintf(a.Out, "#   %s: %s (%d bytes)\n", blob.Name, view.Where(blob.Digest), blob.Size)
		}
	}
	for _, blob := range s.Raw {
		if blob.Name != evidence.FoldedLines || blob.FromPatient {
			continue
		}
		text, err := view.Blob(blob.Digest)
		if err != nil {
			return fmt.Errorf("replay: %w: it is not in the bundle: take a whole one", err)
		}
		steps, err := lab.Unfold(s, text)
		if err != nil {
			return coded(1, fmt.Errorf("replay: %w", err))
		}
		for _, one := range steps {
			a.printTouch(one)
		}
	}
	return nil
}

func (a *App) printTouch(s evidence.Step) {
	fmt.Fprintf(a.Out, "\n%s\n", s.Replay)
	fmt.Fprintf(a.Out, "#   then: %.1f ms", s.TookMS)
	if s.Status != 0 {
		fmt.Fprintf(a.Out, ", status %d", s.Status)
	}
	if s.Err != "" {
		fmt.Fprintf(a.Out, ", %q", s.Err)
	}
	fmt.Fprintln(a.Out)
}
