package cli

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/words"
)

//go:embed words.yaml
var doctorWords []byte

func (a *App) doctor() *cobra.Command {
	var asJSON bool
	cmd := a.configFlags(&cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine and this service can and cannot prove, and what mends it",
		Long: `Look at the machine, the configuration and the service, and say which checks of an
audit can run, which cannot, and the one command that mends each. It sends no load
and changes nothing: an attached service gets one request to its ready path, its
database a few questions in sessions that can only read.

Exit codes: 0 every check could run (a gate that has no check in this version does
not count), 2 some could not, 78 configuration.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context(), asJSON) },
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the diagnosis as JSON")
	a.auditFlags(cmd)
	return cmd
}

func (a *App) runDoctor(ctx context.Context, asJSON bool) error {
	s, err := a.read(ctx)
	if err != nil {
		return err
	}
	if _, err := a.options(s, nil); err != nil {
		return err // the name typed is not this target's
	}
	x, err := a.examination(s)
	if err != nil {
		return coded(exitDefect, err)
	}
	x.machine(ctx)
	x.configuration()
	x.service(ctx)
	x.gates()
	if x.err != nil {
		return coded(exitDefect, x.err)
	}
	show := x.print
	if asJSON {
		show = x.printJSON
	}
	if err := show(); err != nil {
		return coded(exitDefect, err)
	}
	if len(x.blocked()) > 0 {
		return verdictExit(evidence.ExitUnproven)
	}
	return nil
}

// print writes the sections for people.
func (x *examination) print() error {
	var out strings.Builder
	width := 0
	for _, s := range states() {
		width = max(width, len([]rune(x.say("state."+string(s), nil))))
	}
	section := ""
	for _, d := range x.diagnoses {
		if d.Section != section {
			section = d.Section
			fmt.Fprintf(&out, "%s\n", x.say("section."+section, nil))
		}
		fmt.Fprintf(&out, "  %s %-*s  %s\n", d.State.symbol(), width, x.say("state."+string(d.State), nil), d.Says)
		indent := strings.Repeat(" ", width+6)
		if len(d.Blocks) > 0 {
			fmt.Fprintf(&out, "%s%s\n", indent, x.say("blocks", map[string]any{"checks": few(d.Blocks), "n": len(d.Blocks)}))
		}
		if d.Mend != "" {
			fmt.Fprintf(&out, "%s$ %s\n", indent, d.Mend)
		}
	}
	fmt.Fprintln(&out, x.say("summary", map[string]any{"able": x.able(), "checks": x.total(), "empty": len(x.empty())}))
	if x.err != nil {
		return x.err
	}
	_, err := fmt.Fprint(x.app.Out, out.String())
	return err
}

// few keeps a long list readable.
func few(all []string) []string {
	const most = 8
	if len(all) <= most {
		return all
	}
	return append(append([]string{}, all[:most]...), "…")
}

// printJSON writes the same for machines.
func (x *examination) printJSON() error {
	out := struct {
		Name      string      `json:"name"`
		Checks    int         `json:"checks"`
		Able      int         `json:"able"`
		Blocked   []string    `json:"blocked"`
		Empty     []string    `json:"gates_without_checks"`
		Diagnoses []diagnosis `json:"diagnoses"`
	}{x.cfg.Name, x.total(), x.able(), x.blocked(), x.empty(), x.diagnoses}
	enc := json.NewEncoder(x.app.Out)
	enc.SetEscapeHTML(false) // a command is to be copied as it is
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// examination begins an examination of what listo.yaml names.
func (a *App) examination(s *subject) (*examination, error) {
	book, err := words.Read("cli/words.yaml", doctorWords)
	if err != nil {
		return nil, err
	}
	x := &examination{app: a, subject: s, book: book, redact: redact.New(a.secrets(s.cfg)), lacks: map[string]bool{}}
	if len(a.Gates) == 0 {
		return nil, errors.New("doctor: there are no gates")
	}
	return x, nil
}
