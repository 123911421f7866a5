package frontend

import (
	"bytes"
	"context"

	"listo/internal/engine/manifest"
	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// mostNames is how many paths an observation lists; it counts all.
const mostNames = 20

// Names is a list of paths: all are counted, the first are named.
type Names struct {
	Count int      `json:"count"`
	First []string `json:"first,omitempty"`
}

func namesOf(all []string) Names {
	return Names{len(all), all[:min(len(all), mostNames)]}
}

// recorded reads the recorded manifest.
func recorded(b *lab.Bench) (manifest.Manifest, error) {
	file := settings(b).Manifest
	touch := b.Touch("file", shell.Join("cat", file))
	m, err := manifest.Load(path(b, file))
	if err == nil {
		touch.Capture("recorded manifest", "text/plain", text(m), true)
	} else {
		err = says("manifest", file, err, "record the frontend with sha256sum and commit the file")
	}
	touch.End(0, err)
	return m, err
}

// found lists the folder as it lies on the disk now.
func found(ctx context.Context, b *lab.Bench) (manifest.Manifest, error) {
	folder := settings(b).Directory
	touch := b.Touch("file", "(cd "+shell.Join(folder)+" && find . -type f -exec sha256sum {} +)")
	m, err := manifest.Walk(ctx, path(b, folder), manifest.DefaultBounds())
	if err == nil {
		touch.Capture("tree", "text/plain", text(m), true)
	} else {
		err = says("directory", folder, err, "build the frontend or point to its folder")
	}
	touch.End(0, err)
	return m, err
}

// text gives a manifest as it stands in its file.
func text(m manifest.Manifest) []byte {
	var out bytes.Buffer
	_ = manifest.Write(&out, m) // a buffer takes everything
	return out.Bytes()
}
