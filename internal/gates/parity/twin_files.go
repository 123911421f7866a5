package parity

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"listo/internal/lab"
)

// twinFiles are the files of the small, healthy service that listo brings along.
func twinFiles() map[string]string {
	return map[string]string{
		"dev.env":  "TWIN_SECRET=of-development\nTWIN_LIMIT=10\n",
		"prod.env": "TWIN_SECRET=of-production\nTWIN_LIMIT=10\n",
		"main.js":  "module.exports = { secret: process.env.TWIN_SECRET, limit: process.env.TWIN_LIMIT };\n",
	}
}

func twinSettings() Settings {
	return Settings{
		Environments: []Environment{{"dev", []string{"dev.env"}}, {"prod", []string{"prod.env"}}},
		MustDiffer:   []string{"TWIN_SECRET"}, MustEqual: []string{"TWIN_LIMIT"}, Secret: []string{"TWIN_SECRET"},
		Sources: []string{"main.js"},
	}
}

// planted gives a bench in a folder of its own with the twin's files, some of
// them replaced. The function it gives removes the folder.
func planted(b *lab.Bench, sick map[string]string) (*lab.Bench, func(), error) {
	folder, err := os.MkdirTemp(b.Scratch, "parity-twin-")
	if err != nil {
		return nil, func() {}, fmt.Errorf("parity: the twin's folder: %w", err)
	}
	away := func() { _ = os.RemoveAll(folder) }
	files := twinFiles()
	maps.Copy(files, sick)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			away()
			return nil, func() {}, fmt.Errorf("parity: the twin's files: %w", err)
		}
	}
	return with(b, folder, twinSettings()), away, nil
}

// forgottenName lacks a variable in production.
func forgottenName(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return planted(b, map[string]string{"prod.env": "TWIN_SECRET=of-production\n"})
}

// sharedSecret has development's secret in production.
func sharedSecret(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return planted(b, map[string]string{"prod.env": twinFiles()["dev.env"]})
}

// undeclaredName reads a variable that no file sets.
func undeclaredName(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return planted(b, map[string]string{"main.js": twinFiles()["main.js"] + "if (process.env.TWIN_UNDECLARED) throw new Error('surprise');\n"})
}
