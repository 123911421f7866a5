package cli

import (
	"bufio"
	"fmt"
	"os"
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
proved; what is still missing stays unproven, but load may run.

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
			plan, err := a.planOf(s)
			if err != nil {
				return err
			}
			return a.perform(cmd.Context(), s, func(o run.Options) (*run.Session, error) {
				session, err := run.Resume(o, plan.Subject)
				if err != nil {
					return nil, err
				}
				c, err := a.confirmation(session.Ledger(), by, token)
				if err != nil {
					session.Close()
					return nil, coded(exitUsage, err)
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

// tokenOf gives the token that the page of this audit shows; "" for none.
func (a *App) tokenOf(l evidence.Ledger) string {
	attempts := l.Attempts(pregate)
	check, ok := evidence.Find(a.Gates, pregate)
	if !ok || len(attempts) == 0 {
		return ""
	}
	seen, err := check.Decode(attempts[len(attempts)-1].Observed)
	if err != nil {
		return ""
	}
	present, _ := seen.(secrets.Present)
	return present.Token
}

// confirmation makes sure that a person stands behind it: the token of the very
// page that listo wrote, or an answer typed at a terminal.
func (a *App) confirmation(l evidence.Ledger, by, token string) (evidence.Confirmation, error) {
	c := evidence.Confirmation{Check: pregate, By: strings.TrimSpace(by)}
	if c.By == "" {
		return c, fmt.Errorf("confirm: --by is empty: say who confirms")
	}
	v := evidence.Decide(a.Gates, l)
	if !v.Waiting {
		return c, fmt.Errorf("confirm: this audit waits for nobody: nothing to confirm")
	}
	if token != "" {
		if want := a.tokenOf(l); want == "" || token != want {
			return c, fmt.Errorf("confirm: the token is not the one in secrets_provisioning.md: copy it from the page of this audit")
		}
		c.Via = "token"
		return c, nil
	}
	in, ok := a.In.(*os.File)
	if !ok || !xterm.IsTerminal(int(in.Fd())) {
		return c, fmt.Errorf("confirm: there is no terminal: give --token from secrets_provisioning.md")
	}
	fmt.Fprintf(a.Err, "Have the secrets been provisioned, and may load run now? [yes/no] ")
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "yes" && a != "sí" && a != "si" {
		return c, fmt.Errorf("confirm: not confirmed: nothing was changed")
	}
	c.Via = "terminal"
	return c, nil
}
