package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"listo/internal/config"
	"listo/internal/engine/discover"
	"listo/internal/engine/manifest"
)

// The files that listo init writes, and what stands behind the name of one that
// had to make room.
const (
	configFile   = "listo.yaml"
	schemaFile   = "listo.schema.json"
	manifestFile = "frontend.sha256"
	keptSuffix   = ".previous"
)

// place is the folder that listo init works in. No link leads it out of there.
type place struct {
	root   *os.Root
	folder string // absolute
	force  bool
}

func openPlace(folder string, force bool) (*place, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, coded(exitUsage, fmt.Errorf("init: %w", err))
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, coded(exitUsage, fmt.Errorf("init: %w: name the folder of a repository", err))
	}
	return &place{root, absolute, force}, nil
}

func (p *place) close() { p.root.Close() }

// free tells whether listo.yaml may be written: it is not there, or it can make
// room for the new one.
func (p *place) free() error {
	switch {
	case !p.has(configFile):
		return nil
	case !p.force:
		return fmt.Errorf("init: %s exists already: nothing was written; --force writes it anew and keeps it as %s%s", configFile, configFile, keptSuffix)
	case p.has(configFile + keptSuffix):
		return fmt.Errorf("init: %s%s exists already: nothing was written; move it away first", configFile, keptSuffix)
	}
	return nil
}

func (p *place) has(name string) bool {
	_, err := p.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// broken gives the env files that config would refuse, with the reason: named in
// listo.yaml they would keep it from being read.
func (p *place) broken(files []discover.EnvFile) map[string]string {
	reasons := map[string]string{}
	for _, e := range files {
		src, err := p.root.ReadFile(e.File) // a regular file of bounded size: discover has read it
		if err == nil {
			_, err = config.ParseEnv(e.File, src)
		}
		if err != nil {
			reasons[e.File] = err.Error()
		}
	}
	return reasons
}

// frontendRecord gives the manifest of the built frontend; nil when there is none
// to record. A record that is there already is never silently replaced.
func (a *App) frontendRecord(ctx context.Context, p *place, r *discover.Repository) []byte {
	if len(r.Frontends) == 0 {
		return nil
	}
	folder := r.Frontends[0].Value
	found, err := manifest.Walk(ctx, filepath.Join(p.folder, filepath.FromSlash(folder)), manifest.DefaultBounds())
	if err != nil {
		a.warn("%s: %v: its digests were not recorded", folder, err)
		return nil
	}
	var record bytes.Buffer
	_ = manifest.Write(&record, found) // a buffer takes everything
	if recorded, err := manifest.Load(filepath.Join(p.folder, manifestFile)); err == nil && !manifest.Compare(recorded, found).None() {
		if !p.force {
			a.warn("%s differs from what %s recorded earlier: the record was kept; --force records anew", folder, manifestFile)
		} else {
			a.warn("%s differs from what %s recorded earlier: it is recorded anew and the old record kept as %s%s", folder, manifestFile, manifestFile, keptSuffix)
		}
	}
	return record.Bytes()
}

// write writes schema, record and configuration, in this order, so that a
// listo.yaml never stands there without what it names. It gives the files that
// it wrote.
func (p *place) write(schema, record, text []byte) (written []string, err error) {
	if err := p.replace(schemaFile, schema); err != nil {
		return written, err
	}
	written = append(written, filepath.Join(p.folder, schemaFile))
	if fresh, err := p.put(manifestFile, record); err != nil {
		return written, err
	} else if fresh {
		written = append(written, filepath.Join(p.folder, manifestFile))
	}
	if p.has(configFile) && p.force {
		if err := p.setAside(configFile); err != nil {
			return written, err
		}
		written = append(written, filepath.Join(p.folder, configFile+keptSuffix))
	}
	if err := p.create(configFile, text); err != nil {
		return written, err
	}
	return append(written, filepath.Join(p.folder, configFile)), nil
}

// put writes a file that nothing may replace: one that is there stays, unless
// force sets it aside. It tells whether it wrote.
func (p *place) put(name string, content []byte) (bool, error) {
	if content == nil {
		return false, nil
	}
	if p.has(name) {
		old, err := p.root.ReadFile(name)
		if !p.force || (err == nil && bytes.Equal(old, content)) {
			return false, nil
		}
		if err := p.setAside(name); err != nil {
			return false, err
		}
	}
	return true, p.create(name, content)
}

// setAside gives a file its other name. A link fails where a rename would
// replace what stands there.
func (p *place) setAside(name string) error {
	if err := p.root.Link(name, name+keptSuffix); err != nil {
		return fmt.Errorf("%s cannot be kept as %s%s: %w: move it away first", name, name, keptSuffix, err)
	}
	return p.root.Remove(name)
}

// create writes a file that is not there yet.
func (p *place) create(name string, content []byte) error {
	f, err := p.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// replace writes a file that listo itself generates, whole or not at all.
func (p *place) replace(name string, content []byte) error {
	if old, err := p.root.ReadFile(name); err == nil && !bytes.Contains(old, []byte(`"title": "listo.yaml"`)) {
		return fmt.Errorf("%s is there already and is not listo's: move it away first", name)
	}
	draft := name + ".part"
	if err := p.root.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := p.create(draft, content); err != nil {
		return err
	}
	return p.root.Rename(draft, name)
}
