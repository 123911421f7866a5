// Package frontend is the gate of the frontend that nobody may touch.
//
// It knows a built frontend as files and as what a client downloads: the bytes
// must be the recorded ones, before and after the audit, and what the service
// hands out, decoded, must be those same bytes. It knows from git whether the
// frontend was changed since a named revision. And it opens the page in a real
// browser and does what a person does to see the list: with the policy and the
// headers that the service sends, that must work without a complaint. It does not
// know what the page should look like: a person looks at the pictures.
package frontend

import (
	_ "embed"

	"listo/internal/evidence"
)

// Report is the file this gate writes.
const Report = "frontend_immutability.md"

// The checks.
const (
	manifestID  = "frontend.manifest"
	servedID    = "frontend.served"
	historyID   = "frontend.history"
	browserID   = "frontend.browser"
	unchangedID = "frontend.unchanged"
)

// The classes of detectors: each is shown a sick twin of its own.
const (
	classManifest = "frontend.manifest"
	classServed   = "frontend.served"
	classHistory  = "frontend.history"
	classBrowser  = "frontend.browser"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed frontend_immutability.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "frontend",
		Reports:  []string{Report},
		Files:    []string{loginPicture, listPicture},
		Settings: func() any { return new(Settings) },
		Checks:   []evidence.Check{recordedTree(), served(), history(), browsed(), unchanged()},
		Controls: []evidence.Control{
			evidence.Against(classManifest, manifestID, []string{"differs"}, flippedByte),
			evidence.Against(classServed, servedID, []string{"differs"}, injectedScript),
			evidence.Against(classHistory, historyID, []string{"changed"}, editedFile),
			evidence.Against(classBrowser, browserID, []string{"all"}, complainingPage),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}
