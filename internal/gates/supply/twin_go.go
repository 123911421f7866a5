package supply

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"listo/internal/lab"
)

// forgedSum is the sick twin: a Go module whose go.sum holds another sum than the
// one of the bytes that its proxy, a folder, gives out. `go mod verify` says "all
// modules verified" to it.
func forgedSum(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	forged := sha256.Sum256([]byte("forged"))
	h1 := "h1:" + base64.StdEncoding.EncodeToString(forged[:])
	twin, away, err := project(ctx, b, map[string]string{
		"go.mod":  "module " + twinModule + "\n\ngo 1.21\n\nrequire " + twinRequire + " v1.0.0\n",
		"go.sum":  twinRequire + " v1.0.0 " + h1 + "\n" + twinRequire + " v1.0.0/go.mod " + h1 + "\n",
		"main.go": "package main\n\nimport _ \"" + twinRequire + "\"\n\nfunc main() {}\n",
	}, onePart(Part{}))
	if err != nil {
		return nil, away, err
	}
	// Beside the repository: a proxy and an empty cache of its own.
	aside := twin.Config.Folder + "-aside"
	both := func() { away(); _ = os.RemoveAll(aside) }
	proxy, err := goProxy(aside)
	if err != nil {
		both()
		return nil, func() {}, err
	}
	s := *settings(twin)
	s.Parts = slices.Clone(s.Parts)
	s.Parts[0].Environment = map[string]string{"GOPROXY": "file://" + proxy, "GOMODCACHE": filepath.Join(aside, "cache"), "GOFLAGS": "-modcacherw",
		"GONOSUMDB": "listo.example", "GONOSUMCHECK": "1", "GOTOOLCHAIN": "local"}
	return with(twin, twin.Config.Folder, s), both, nil
}

// goProxy lays out a module proxy in a folder (go.dev/ref/mod, GOPROXY protocol).
func goProxy(aside string) (string, error) {
	const mod = "module " + twinRequire + "\n\ngo 1.21\n"
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	files := map[string]string{"go.mod": mod, "required.go": "package required\n"}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := out.Create(twinRequire + "@v1.0.0/" + name)
		if err == nil {
			_, err = io.WriteString(w, files[name])
		}
		if err != nil {
			return "", err
		}
	}
	if err := out.Close(); err != nil {
		return "", err
	}
	proxy := filepath.Join(aside, "proxy")
	at := twinRequire + "/@v/"
	return proxy, plant(proxy, map[string]string{at + "list": "v1.0.0\n", at + "v1.0.0.mod": mod, at + "v1.0.0.zip": packed.String(),
		at + "v1.0.0.info": `{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}`})
}

// stamped is the sick twin: a build that writes down when it was made.
func stamped(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return project(ctx, b, map[string]string{"go.mod": "module " + twinModule + "\n\ngo 1.21\n"},
		onePart(Part{Build: `printf 'built at %s\n' "$(date +%s)" > "$OUTPUT/program"`}))
}
