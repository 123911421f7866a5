package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
	"listo/internal/report"
	"listo/internal/words"
)

//go:embed gateway.words.yaml
var gatewayWords []byte

// gatewayInit are the flags of listo gateway init.
type gatewayInit struct {
	from, out, upstream string
	force               bool
}

func (a *App) gatewayInit() *cobra.Command {
	var f gatewayInit
	cmd := &cobra.Command{
		Use:   "init --from FOLDER",
		Short: "Write a gateway configuration with the cure for each check that failed",
		Long: `Read the evidence of an audit and write a configuration for listo gateway: for each
failed check that a gateway can cure, the cure, with the check and what was seen of it
as a comment. The others are named at the end: only the service's code can cure those.

Exit codes: 0 written, 64 usage, 78 it cannot be written.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.runGatewayInit(f) },
	}
	cmd.Flags().StringVar(&f.from, "from", "", "folder of an audit's reports (default: reports/dev_audit)")
	cmd.Flags().StringVar(&f.out, "out", "", "file to write (default: standard output)")
	cmd.Flags().StringVar(&f.upstream, "upstream", "http://127.0.0.1:3000", "where the service is")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace the file if it is there")
	cmd.Flags().StringVar(&a.flags.language, "language", "", "of the comments: es or en (default: that of the audit)")
	return cmd
}

func (a *App) runGatewayInit(f gatewayInit) error {
	var from []string
	if f.from != "" {
		from = []string{f.from}
	}
	b, err := a.openBundle(from)
	if err != nil {
		return err
	}
	book, err := words.Read("cli/gateway.words.yaml", gatewayWords)
	if err != nil {
		return coded(exitDefect, err)
	}
	var failures []failure
	for _, g := range b.view.Verdict.Gates {
		for _, c := range g.Checks {
			if c.Outcome == evidence.Fail {
				failures = append(failures, failure{c.Check, c.Finding.Reason, b.view.GotPlain(g.Gate, c)})
			}
		}
	}
	text, err := prescribe(book, b.view.Lang, f.upstream, failures)
	if err != nil {
		return coded(exitDefect, err)
	}
	if f.out == "" {
		_, err := fmt.Fprint(a.Out, text)
		return err
	}
	return writeGateway(f, text)
}

// writeGateway writes the file, and nothing over another unless that was asked for.
func writeGateway(f gatewayInit, text string) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if f.force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(f.out, flags, 0o644)
	if errors.Is(err, os.ErrExist) {
		return coded(exitConfig, fmt.Errorf("gateway init: %s is there already: choose another --out, or add --force", f.out))
	}
	if err != nil {
		return coded(exitConfig, fmt.Errorf("gateway init: %w", err))
	}
	_, err = file.WriteString(text)
	return coded(exitConfig, errors.Join(err, file.Close()))
}

// failure is a check that failed, for what reason, and what was seen of it.
type failure struct{ check, reason, got string }

// prescription is a gateway configuration in the making.
type prescription struct {
	strings.Builder
	book words.Book
	lang words.Lang
	err  error
}

// prescribe writes the cure for each failure that has one.
func prescribe(book words.Book, lang words.Lang, upstream string, failures []failure) (string, error) {
	p := &prescription{book: book, lang: lang}
	p.comment("heading", nil)
	p.WriteString("version: 1\n\n")
	p.comment("place", nil)
	fmt.Fprintf(p, "listen: 127.0.0.1:8080\nupstream:\n  url: %q\n", upstream)
	p.comment("admin", nil)
	p.WriteString("admin: 127.0.0.1:9090\n")
	p.comment("hosts", nil) // without them --prove would not say READY
	p.WriteString("hosts: [127.0.0.1, localhost]\n")
	cured := 0
	for _, r := range remedies() {
		cured += p.remedy(r, failures)
	}
	if cured == 0 {
		p.WriteString("\n")
		p.comment("nothing", nil)
	}
	p.rest(failures)
	return p.String(), p.err
}

// remedy writes one cure under the checks that ask for it.
func (p *prescription) remedy(r remedy, failures []failure) (cured int) {
	for _, f := range failures {
		if report.Cure(f.check, f.reason) != r.name {
			continue
		}
		if cured++; cured == 1 {
			p.WriteString("\n")
		}
		p.comment("failed", map[string]any{"check": f.check, "got": f.got})
	}
	if cured == 0 {
		return 0
	}
	p.comment("why."+r.name, nil)
	if r.lines == "" {
		p.comment("always", nil)
		return cured
	}
	p.WriteString(r.lines + "\n")
	return cured
}

// rest names what no gateway can cure.
func (p *prescription) rest(failures []failure) {
	first := true
	for _, f := range failures {
		if report.Cure(f.check, f.reason) != "" {
			continue
		}
		if first {
			p.WriteString("\n")
			p.comment("code", nil)
			first = false
		}
		p.comment("failed", map[string]any{"check": f.check, "got": f.got})
	}
}

// mostOfAComment keeps a line readable, in characters.
const mostOfAComment = 240

// comment writes a phrase as one line that is no YAML, whatever a service said.
func (p *prescription) comment(key string, facts map[string]any) {
	text, err := p.book.Say(p.lang, "gateway."+key, facts)
	if err != nil {
		p.err = errors.Join(p.err, err)
		return
	}
	if r := []rune(text); len(r) > mostOfAComment {
		text = string(r[:mostOfAComment]) + "…"
	}
	p.WriteString("# " + comment(text) + "\n")
}
