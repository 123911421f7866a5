package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/report"
	"listo/internal/run"
	"listo/internal/seal"
	"listo/internal/term"
)

func (a *App) audit() *cobra.Command {
	var resume bool
	cmd := a.configFlags(&cobra.Command{
		Use:   "audit",
		Short: "Measure, prove and decide: run every gate and write the reports",
		Long: `Run every gate against the service of listo.yaml, keep all raw evidence, and
write the reports, ending in go_no_go.md.

Exit codes: 0 GO, 1 NO-GO (something failed), 2 NO-GO (something unproven, or a
reduced scope), 3 waiting for a person, 64 usage, 70 defect in listo,
78 configuration, 130 interrupted (take it up again with --resume).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAudit(cmd.Context(), resume) },
	})
	cmd.Flags().BoolVar(&resume, "resume", false, "take up an interrupted or waiting audit")
	a.auditFlags(cmd)
	return cmd
}

// auditFlags adds the flags of the verbs that run checks.
func (a *App) auditFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.flags.key, "key", "", "private key of the seal (default: made on first use in the user's config folder)")
	cmd.Flags().IntVar(&a.flags.blobCap, "blob-cap", lab.BlobCap, "most bytes of a raw answer that is kept, whole; of a longer one true size and digest are kept, and with the default head and tail")
	cmd.Flags().StringVar(&a.flags.own, "i-own-this-target", "", "the name of an attached target: allows load, locks and writes there")
}

func (a *App) runAudit(ctx context.Context, resume bool) error {
	s, err := a.read(ctx)
	if err != nil {
		return err
	}
	return a.perform(ctx, s, func(o run.Options) (*run.Session, error) {
		if resume {
			return a.resume(s, o)
		}
		plan, err := a.planOf(s)
		if err != nil {
			return nil, err
		}
		if last, err := a.openBundle([]string{s.bundle}); err == nil { // what it published will be written over
			if err := report.Regather(s.bundle, last.ledger); err != nil {
				return nil, err
			}
		}
		return run.Begin(o, plan)
	})
}

// resume takes up the audit in the bundle, if it is still about the same and
// this is the listo that began it: one verdict has one set of judges.
func (a *App) resume(s *subject, o run.Options) (*run.Session, error) {
	plan, err := a.planOf(s)
	if err != nil {
		return nil, err
	}
	begun, err := a.openBundle([]string{s.bundle})
	if tool := begun.tool(); err == nil && tool != a.Tool { // before anything is written
		return nil, fmt.Errorf("audit: listo %s %s began it, this is %s %s: go on with that one, or start anew with listo audit",
			tool.Version, tool.Revision, a.Tool.Version, a.Tool.Revision)
	}
	return run.Resume(o, plan.Subject)
}

func (a *App) planOf(s *subject) (evidence.Plan, error) {
	about, err := a.about(s)
	if err != nil {
		return evidence.Plan{}, err
	}
	return s.cfg.Plan(a.Gates, about), nil
}

// perform opens an audit, runs it to its end or to a stop, and publishes
// whatever state it is in.
func (a *App) perform(ctx context.Context, s *subject, open func(run.Options) (*run.Session, error)) error {
	key, err := a.key()
	if err != nil {
		return coded(exitConfig, err)
	}
	screen := term.New(a.Err, a.Lookup, s.lang, a.Gates)
	defer screen.Close()
	options, err := a.options(s, screen.Show)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.bundle, 0o755); err != nil {
		return coded(exitConfig, fmt.Errorf("reports: %w: choose a folder that can be written", err))
	}
	session, err := open(options)
	if err != nil {
		return coded(exitConfig, err)
	}
	defer session.Close()
	if err := a.publish(s, session, key); err != nil {
		return err
	}
	ctx, stop, done := interrupts(ctx, screen.Stopping)
	defer done()
	failed := session.Audit(ctx, stop)
	screen.Close()
	if err := a.publish(s, session, key); err != nil {
		return errors.Join(coded(exitDefect, err), failed)
	}
	return a.conclude(s, session, failed)
}

// conclude prints where things stand and gives the exit code.
func (a *App) conclude(s *subject, session *run.Session, failed error) error {
	page := filepath.Join(s.bundle, report.ClosingFile)
	if errors.Is(failed, run.ErrStopped) || errors.Is(failed, context.Canceled) {
		fmt.Fprintf(a.Err, "listo: interrupted; nothing is lost: go on with listo audit --resume%s\n", a.sameFlags())
		fmt.Fprintln(a.Out, page)
		return verdictExit(exitInterrupted)
	}
	if failed != nil {
		return coded(exitDefect, fmt.Errorf("audit: %w", failed))
	}
	view, err := report.NewView(a.Gates, session.Ledger(), s.lang)
	if err != nil {
		return coded(exitDefect, err)
	}
	term.Conclude(a.Out, a.Err, a.Lookup, view, s.bundle)
	if view.Verdict.Exit == evidence.ExitGo {
		return nil
	}
	return verdictExit(view.Verdict.Exit)
}

// sameFlags repeats the flags that lead back to the same audit.
func (a *App) sameFlags() string {
	text := ""
	if a.flags.config != "listo.yaml" {
		text += " --config " + a.flags.config
	}
	if a.flags.reports != "" {
		text += " --reports " + a.flags.reports
	}
	return text
}

func (a *App) publish(s *subject, session *run.Session, key seal.Key) error {
	view, err := report.NewView(a.Gates, session.Ledger(), s.lang)
	if err != nil {
		return coded(exitDefect, err)
	}
	if err := report.Publish(s.bundle, view, key, a.Now(), session.FindSecrets); err != nil {
		return coded(exitDefect, err)
	}
	return nil
}

// key loads the key of the seal, making it on first use.
func (a *App) key() (seal.Key, error) {
	path := a.flags.key
	if path == "" {
		var err error
		if path, err = seal.DefaultKeyPath(); err != nil {
			return seal.Key{}, err
		}
	}
	key, created, err := seal.LoadOrCreateKey(path)
	if created {
		fmt.Fprintf(a.Err, "listo: made a key for seals: %s (%s)\n", path, key.Fingerprint())
	}
	return key, err
}
