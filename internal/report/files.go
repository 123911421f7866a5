package report

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
)

// filesFolder holds the files of Gate.Files inside a bundle. It is part of the
// evidence, so that a new audit puts the files of the last one aside with it.
const filesFolder = evidenceFolder + "/files"

// dataMark is what every data file of listo holds, and by which it is known again.
const dataMark = `"listo"`

// isPage tells a report that is rendered from one that is data.
func isPage(report string) bool { return strings.HasSuffix(report, ".md") }

// addFiles adds what the gates publish beside their pages: kept blobs under a name
// for people. A data file that the audit has not brought forth says so, since a
// file of an earlier audit would be taken for this one's.
func (v *View) addFiles(pages map[string][]byte) error {
	for _, gate := range v.Gates {
		for _, file := range gate.Files {
			if text, err := v.published(gate, file); err != nil {
				return err
			} else if text != nil {
				pages[path.Join(filesFolder, file)] = text
			}
		}
		for _, file := range gate.Reports {
			if isPage(file) {
				continue
			}
			text, err := v.published(gate, file)
			if err == nil && text == nil {
				text, err = v.absent(gate, file)
			}
			if err != nil {
				return err
			}
			pages[file] = text
		}
	}
	return nil
}

// published gives the bytes of the newest blob of this name that an experiment of
// the gate has kept; nil when there is none.
func (v *View) published(gate evidence.Gate, file string) ([]byte, error) {
	blob, ok := v.newest(gate, file)
	if !ok || v.Blob == nil {
		return nil, nil
	}
	text, err := v.Blob(blob.Digest)
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", file, err)
	}
	return text, nil
}

func (v *View) newest(gate evidence.Gate, file string) (newest evidence.Blob, found bool) {
	for _, check := range gate.Checks {
		for _, e := range v.Ledger.Attempts(check.ID) {
			for _, step := range e.Steps {
				for _, blob := range step.Raw {
					if blob.Name == file && blob.TrueSize == 0 { // a capped one is not the file
						newest, found = blob, true
					}
				}
			}
		}
	}
	return newest, found
}

// absent is what stands in a data file that the audit has not brought forth.
func (v *View) absent(gate evidence.Gate, file string) ([]byte, error) {
	text, err := json.MarshalIndent(map[string]string{"listo": v.Plain("", "files.absent", map[string]any{"gate": gate.ID, "file": file})}, "", "  ")
	return append(text, '\n'), err
}

// publishedLink links to a file that the gate publishes; a file that is not there is only
// named.
func (p *page) publishedLink(file string) markdown.Safe {
	gate, _ := findGate(p.view.Gates, p.gate)
	if _, found := p.view.newest(gate, file); !found {
		return markdown.Code(file)
	}
	return markdown.Safe("[`" + file + "`](" + path.Join(filesFolder, file) + ")")
}

// picture shows a picture that the gate publishes; nothing where there is none.
// alt is a key of the gate's words.
func (p *page) picture(file, alt string) (markdown.Safe, error) {
	gate, _ := findGate(p.view.Gates, p.gate)
	if _, found := p.view.newest(gate, file); !found {
		return "", nil
	}
	text, err := p.say(alt, nil)
	return "![" + text + "](" + markdown.Safe(path.Join(filesFolder, file)) + ")", err
}
