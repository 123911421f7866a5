package cli

import (
	"os"
	"path/filepath"
	"strings"

	"listo/internal/evidence"
	"listo/internal/report"
	"listo/internal/run"
	"listo/internal/words"
)

// opened is a bundle that was read back.
type opened struct {
	folder string
	ledger evidence.Ledger
	view   *report.View
}

// tool is the listo that made the bundle's plan.
func (o *opened) tool() evidence.Tool {
	if o == nil {
		return evidence.Tool{}
	}
	return o.view.Plan.Tool
}

// openBundle reads the bundle in folder; "" stands for where listo.yaml says.
func (a *App) openBundle(args []string) (*opened, error) {
	folder, err := a.bundleFolder(args)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(filepath.Join(folder, run.EvidenceFolder, run.LedgerFile))
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		return nil, coded(1, err)
	}
	plan, _ := ledger.Plan()
	lang := words.Lang(plan.Language)
	if a.flags.language != "" {
		if lang, err = words.ParseLang(a.flags.language); err != nil {
			return nil, coded(exitUsage, err)
		}
	}
	view, err := report.NewView(a.Gates, ledger, lang)
	if err != nil {
		return nil, coded(exitDefect, err)
	}
	view.Blob, view.KeyFingerprint = report.BlobsOf(folder), report.KeyOf(folder)
	return &opened{folder, ledger, view}, nil
}

// bundleFolder takes the folder from the command line, from a ledger in the
// working folder, or from the usual place below it.
func (a *App) bundleFolder(args []string) (string, error) {
	if len(args) > 0 {
		return strings.TrimSuffix(args[0], report.ClosingFile), nil
	}
	if a.flags.reports != "" {
		return a.flags.reports, nil
	}
	if _, err := os.Stat(filepath.Join(run.EvidenceFolder, run.LedgerFile)); err == nil {
		return ".", nil
	}
	return filepath.FromSlash("reports/dev_audit"), nil
}
