package frontend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"listo/internal/engine/manifest"
	"listo/internal/lab"
)

// Names inside the folder of a twin.
const (
	twinFolder   = "dist"
	twinManifest = "frontend.sha256"
	twinRevision = "recorded"
)

// twinFiles are the small frontend that listo brings along.
func twinFiles() map[string]string {
	return map[string]string{
		"index.html":     "<!doctype html>\n<html lang=\"en\"><head><title>twin</title><script src=\"/assets/app.js\" defer></script></head><body><p>twin</p></body></html>\n",
		"assets/app.js":  "document.body.dataset.ready = 'yes'\n",
		"assets/app.css": "p { margin: 0 }\n",
	}
}

// smallFrontend plants the small frontend, healthy, with its manifest, and gives
// a bench that points at it. The function it gives removes it.
func smallFrontend(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	folder, err := os.MkdirTemp(b.Scratch, "frontend-twin-")
	if err != nil {
		return nil, func() {}, err
	}
	away := func() { _ = os.RemoveAll(folder) } // the audit's scratch folder goes as a whole
	if err := plant(ctx, folder, twinFiles()); err != nil {
		away()
		return nil, func() {}, fmt.Errorf("planting the small frontend: %w", err)
	}
	return with(b, folder, Settings{
		Directory: twinFolder, Manifest: twinManifest, BaseRevision: twinRevision, ServedAt: "/",
	}), away, nil
}

// plant writes the files and then their manifest.
func plant(ctx context.Context, folder string, files map[string]string) error {
	for name, body := range files {
		file := filepath.Join(folder, twinFolder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			return err
		}
	}
	m, err := manifest.Walk(ctx, filepath.Join(folder, twinFolder), manifest.DefaultBounds())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, twinManifest), text(m), 0o644)
}
