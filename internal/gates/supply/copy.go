package supply

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/lab"
	"listo/internal/lab/checkout"
)

// copied is a clean copy of a part.
type copied struct {
	part
	folder  string   // of the part, inside the copy
	root    string   // of the copy
	tracked []string // files of the part that git tracks, relative to its folder
}

// source gives the folder that is copied for a part: that of listo.yaml when the
// part lies in it, since parts of one service may need each other's files, else
// the part's own.
func source(b *lab.Bench, p part) (from, inside string) {
	if rel, err := filepath.Rel(b.Config.Folder, p.folder); err == nil && filepath.IsLocal(rel) {
		return b.Config.Folder, rel
	}
	return p.folder, "."
}

// layOut makes a clean copy of a part in a folder of its own below room. What the
// part takes from elsewhere in its repository lies as far from it as there.
func layOut(ctx context.Context, b *lab.Bench, p part, room string) (copied, error) {
	from, inside := source(b, p)
	c := copied{part: p, root: room}
	top, beside, err := neighbours(ctx, b, p)
	if err != nil {
		return c, err
	}
	if len(beside) > 0 {
		if c.root, err = place(top, from, room); err != nil {
			return c, err
		}
	}
	c.folder = filepath.Join(c.root, inside)
	all, err := checkout.Lay(ctx, b.Recorder, from, c.root)
	if err != nil {
		return c, err
	}
	within, err := filepath.EvalSymlinks(from)
	if err != nil {
		return c, fmt.Errorf("supply: %w", err)
	}
	for _, folder := range beside {
		if rel, err := filepath.Rel(within, folder); err == nil && filepath.IsLocal(rel) {
			continue // it is there already
		}
		to, err := place(top, folder, room)
		if err != nil {
			return c, err
		}
		if _, err := checkout.Lay(ctx, b.Recorder, folder, to); err != nil {
			return c, err
		}
	}
	for _, name := range all {
		if rel, err := filepath.Rel(inside, filepath.FromSlash(name)); err == nil && filepath.IsLocal(rel) {
			c.tracked = append(c.tracked, filepath.ToSlash(rel))
		}
	}
	if len(c.tracked) == 0 {
		return c, fmt.Errorf("supply: git tracks no file of the part %q: add them, or mend its directory", p.Name)
	}
	return c, nil
}

// room gives a folder of this experiment's own and what removes it. Go's module
// cache is read-only, which a plain removal stumbles over.
func room(b *lab.Bench) (string, func(), error) {
	folder, err := os.MkdirTemp(b.Scratch, "supply-")
	if err != nil {
		return "", func() {}, fmt.Errorf("supply: %w", err)
	}
	return folder, func() { _ = os.RemoveAll(folder) }, nil // the audit's scratch folder goes as a whole
}

// Found is what the source holds beside the declared parts.
type Found struct {
	Tracked int `json:"tracked"` // files that git tracks below the folder of listo.yaml
	// Undeclared are manifests or locks that belong to no part.
	Undeclared []string `json:"undeclared,omitempty"`
}

// look lists the manifests of a kind in the source and names those that are no
// part's, so that nothing is left out by not being mentioned.
func look(ctx context.Context, b *lab.Bench, all []part, names ...string) (Found, error) {
	tracked, err := checkout.Tracked(ctx, b.Recorder, b.Config.Folder)
	if err != nil {
		return Found{}, err
	}
	f := Found{Tracked: len(tracked)}
	var taken []string // modules that a part takes from their folder are a part of it
	for _, p := range of(all, kindGo) {
		_, folders, err := neighbours(ctx, b, p)
		if err != nil {
			return f, err
		}
		taken = append(taken, folders...)
	}
	for _, name := range tracked {
		if !slices.Contains(names, filepath.Base(name)) || aside(name) {
			continue
		}
		folder := filepath.Join(b.Config.Folder, filepath.Dir(name))
		if real, err := filepath.EvalSymlinks(folder); err == nil && slices.Contains(taken, real) {
			continue
		}
		if !slices.ContainsFunc(all, func(p part) bool { return p.folder == folder }) {
			f.Undeclared = append(f.Undeclared, name)
		}
	}
	return f, nil
}

// aside tells of files that are no part of a program by convention.
func aside(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool {
		return s == "node_modules" || s == "testdata" || s == "vendor"
	})
}

// read gives a file of a folder, at most maxManifestLen bytes of it.
func read(folder, name string) ([]byte, error) {
	info, err := os.Stat(filepath.Join(folder, name))
	if err != nil {
		return nil, fmt.Errorf("supply: %s: %w", name, bare(err))
	}
	if info.Size() > maxManifestLen && name != "package-lock.json" {
		return nil, fmt.Errorf("supply: %s has more than %d bytes", name, maxManifestLen)
	}
	src, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, fmt.Errorf("supply: %s: %w", name, bare(err))
	}
	return src, nil
}

// bare drops the path from an error: a report does not show where on the machine
// the folder lies.
func bare(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

// readable makes text of the patient fit for JSON and short enough for a line.
func readable(s string) string {
	r := []rune(strings.ToValidUTF8(strings.TrimSpace(s), "�"))
	if len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return string(r)
}

// few keeps the first of a list and tells how many more there are.
func few(all []string) string {
	if len(all) <= maxNamed {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s … (+%d)", strings.Join(all[:maxNamed], ", "), len(all)-maxNamed)
}
