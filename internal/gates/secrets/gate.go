// Package secrets is the gate that asks whether the service has its secrets,
// whether they are worth the name, and whether they stay where they belong.
//
// It knows what makes a secret strong, how a token is signed, and every place
// where a secret value must not turn up. It does not know where secrets come
// from in production: of those it only sees fingerprints. No observation here
// holds a value, only lengths, counts and places.
package secrets

import (
	"embed"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// Report is the gate's page.
const Report = "secrets_provisioning.md"

//go:embed words.yaml secrets_provisioning.md.tmpl
var prose embed.FS

// Gate gives the gate's checks, their controls and its prose.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:      "secrets",
		Reports: []string{Report},
		Checks: []evidence.Check{
			present(),
			strength(),
			shape(),
			distinct(),
			effective(),
			leaksInTree(),
			leaksInHistory(),
			leaksInFrontend(),
			leaksInResponses(),
			leaksInLogs(),
			leaksInBundle(),
		},
		Controls: []evidence.Control{
			evidence.Against("secrets.present", "secrets.present", []string{"missing"}, nothingSet),
			evidence.Against("secrets.strength", "secrets.strength", []string{"default"}, knownDefault),
			evidence.Against("secrets.shape", "secrets.shape", []string{"not_integer"}, wordForNumber),
			evidence.Against("secrets.distinct", "secrets.distinct", []string{"same"}, sameAsProduction),
			evidence.Against("secrets.effective", "secrets.effective", []string{"forged"}, believesAnyToken),
			evidence.Against("secrets.leaks.tree", "secrets.leaks.tree", []string{"leaked"}, leakyTree),
			evidence.Against("secrets.leaks.history", "secrets.leaks.history", []string{"leaked"}, leakyHistory),
			evidence.Against("secrets.leaks.frontend", "secrets.leaks.frontend", []string{"leaked"}, leakyFrontend),
			evidence.Against("secrets.leaks.responses", "secrets.leaks.responses", []string{"leaked"}, leakyAnswers),
			evidence.Against("secrets.leaks.logs", "secrets.leaks.logs", []string{"leaked"}, leakyLog),
			evidence.Against("secrets.leaks.bundle", "secrets.leaks.bundle", []string{"leaked"}, leakyBundle),
		},
		Settings: func() any { return new(Settings) },
		Pages:    pages,
	}
}

func pages() (evidence.Pages, error) {
	words, err := prose.ReadFile("words.yaml")
	if err != nil {
		return evidence.Pages{}, err
	}
	page, err := prose.ReadFile(Report + ".tmpl")
	if err != nil {
		return evidence.Pages{}, err
	}
	return evidence.Pages{Words: words, Templates: map[string]string{Report: string(page)}}, nil
}

// settings gives the section secrets of listo.yaml.
func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }
