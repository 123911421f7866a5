package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	xterm "golang.org/x/term"

	"listo/internal/evidence"
	"listo/internal/gates/secrets"
	"listo/internal/run"
)

func (a *App) confirm() *cobra.Command {
	var by, token string
	cmd := a.configFlags(&cobra.Command{
		Use:   "confirm secrets",
		Short: "Tell a waiting audit that a person has provisioned the secrets, and go on",
		Long: `An audit that finds a required secret missing writes secrets_provisioning.md and
sends no load until a person confirms. confirm looks again: what is present is
proved; what is still missing stays unproven, but load may run. Confirm again
once it is there.

It wants a terminal, or the token printed in secrets_provisioning.md.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "secrets" {
				return coded(exitUsage, fmt.Errorf("confirm: %q is no pre-gate: write listo confirm secrets --by NAME", args[0]))
			}
			s, err := a.read(cmd.Context())
			if err != nil {
				return err
			}
			c, err := a.confirmation(s.bundle, by, token) // before anything is written: a refusal changes nothing
			if err != nil {
				return coded(exitUsage, err)
			}
			return a.perform(cmd.Context(), s, func(o run.Options) (*run.Session, error) {
				session, err := a.resume(s, o)
				if err != nil {
					return nil, err
				}
				return session, session.Confirm(c)
			})
		},
	})
	cmd.Flags().StringVar(&by, "by", "", "who confirms")
	cmd.Flags().StringVar(&token, "token", "", "the token in secrets_provisioning.md, when there is no terminal")
	a.auditFlags(cmd)
	_ = cmd.MarkFlagRequired("by") // it fails for an unknown flag only
	return cmd
}

// pregate is the check that a confirmation is about.
const pregate = "secrets.present"

// missing gives what the last look at the variables found; ok is false when
// nothing was missing, so that there is nothing to confirm.
func (a *App) missing(l evidence.Ledger) (seen secrets.Present, ok bool) {
	attempts := l.Attempts(pregate)
	check, known := evidence.Find(a.Gates, pregate)
	if !known || len(attempts) == 0 {
		return seen, false
	}
	observed, err := check.Decode(attempts[len(attempts)-1].Observed)
	if err != nil {
		return seen, false
	}
	seen, ok = observed.(secrets.Present)
	return seen, ok && len(seen.Missing()) > 0
}

// confirmation makes sure that a person stands behind it: the token of the very
// page that listo wrote, or an answer typed at a terminal.
func (a *App) confirmation(bundle, by, token string) (evidence.Confirmation, error) {
	c := evidence.Confirmation{Check: pregate, By: strings.TrimSpace(by)}
	if c.By == "" {
		return c, fmt.Errorf("confirm: --by is empty: say who confirms")
	}
	src, err := os.ReadFile(filepath.Join(bundle, run.EvidenceFolder, run.LedgerFile))
	if err != nil {
		return c, fmt.Errorf("confirm: there is no audit to confirm: %w: run listo audit", err)
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		return c, fmt.Errorf("confirm: %w: start anew with listo audit", err)
	}
	seen, waits := a.missing(ledger)
	if !waits {
		return c, fmt.Errorf("confirm: this audit misses no variable: nothing to confirm")
	}
	if token != "" {
		if token != seen.Token {
			return c, fmt.Errorf("confirm: the token is not the one in secrets_provisioning.md: copy it from the page of this audit")
		}
		c.Via = "token"
		return c, nil
	}
	c.Via = "terminal"
	return c, a.ask()
}

// ask wants a yes typed at a terminal.
func (a *App) ask() error {
	in, ok := a.In.(*os.File)
	if !ok || !xterm.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("confirm: there is no terminal: give --token from secrets_provisioning.md")
	}
	fmt.Fprintf(a.Err, "Have the secrets been provisioned, and may load run now? [yes/no] ")
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "yes" && a != "sí" && a != "si" {
		return fmt.Errorf("confirm: not confirmed: nothing was changed")
	}
	return nil
}
