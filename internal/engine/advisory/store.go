package advisory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// catalogName is the file that says what the store holds.
const catalogName = "store.json"

// formatVersion is the store's format. A store of another one is imported again.
const formatVersion = 1

// catalog is the content of store.json.
type catalog struct {
	Format     int               `json:"format"`
	Licences   map[string]string `json:"licences"`
	Ecosystems []entry           `json:"ecosystems"`
}

// entry is one ecosystem of the store.
type entry struct {
	Proof       EcosystemProof `json:"proof"`
	Index       string         `json:"index"` // file name
	IndexBytes  int64          `json:"indexBytes"`
	IndexSHA256 string         `json:"indexSHA256"`
}

// Import reads an export into the store in folder dir, in place of what the
// store held of this ecosystem. Whoever has the store open keeps what he opened.
// The clock is the caller's.
func Import(ctx context.Context, dir string, export Export, now time.Time) (EcosystemProof, error) {
	if _, err := schemeOf(export.Ecosystem); err != nil {
		return EcosystemProof{}, err
	}
	h, err := export.read(ctx)
	if err != nil {
		return EcosystemProof{}, err
	}
	h.proof.Imported = now.UTC()
	if h.proof.SHA256, err = digest(io.NewSectionReader(export.Zip, 0, export.Size)); err != nil {
		return EcosystemProof{}, fmt.Errorf("advisory: reading %s: %w: fetch it again", export.Source, err)
	}
	byName := h.byName()
	h.proof.Packages = len(byName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return EcosystemProof{}, fmt.Errorf("advisory: %w: choose another folder", err)
	}
	e, err := writeEntry(dir, h.proof, byName)
	if err != nil {
		return EcosystemProof{}, err
	}
	return h.proof, replaceEntry(dir, e)
}

func writeEntry(dir string, proof EcosystemProof, byName map[string][]record) (entry, error) {
	f, err := os.CreateTemp(dir, "import-*.tmp")
	if err != nil {
		return entry{}, fmt.Errorf("advisory: %w: make the folder writable", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	defer f.Close()
	hash := sha256.New()
	if err := errors.Join(writeIndex(io.MultiWriter(f, hash), byName), f.Sync()); err != nil {
		return entry{}, fmt.Errorf("advisory: writing the index: %w: free space on the disk", err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return entry{}, fmt.Errorf("advisory: writing the index: %w: try again", err)
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	e := entry{Proof: proof, Index: proof.Ecosystem + "-" + sum[:16] + ".idx", IndexBytes: size, IndexSHA256: sum}
	if err := os.Rename(f.Name(), filepath.Join(dir, e.Index)); err != nil {
		return entry{}, fmt.Errorf("advisory: %w: make the folder writable", err)
	}
	return e, nil
}

// replaceEntry writes the catalog with a new entry, and removes the index that
// it names no more.
func replaceEntry(dir string, e entry) error {
	c, err := readCatalog(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	old := ""
	c.Ecosystems = slices.DeleteFunc(c.Ecosystems, func(held entry) bool {
		if held.Proof.Ecosystem == e.Proof.Ecosystem {
			old = held.Index
			return true
		}
		return false
	})
	c.Ecosystems = append(c.Ecosystems, e)
	slices.SortFunc(c.Ecosystems, func(a, b entry) int { return cmp.Compare(a.Proof.Ecosystem, b.Proof.Ecosystem) })
	c.Format, c.Licences = formatVersion, Licences()
	out, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, catalogName+".tmp")
	if err := os.WriteFile(temporary, append(out, '\n'), 0o644); err != nil {
		return fmt.Errorf("advisory: %w: make the folder writable", err)
	}
	if err := os.Rename(temporary, filepath.Join(dir, catalogName)); err != nil {
		return fmt.Errorf("advisory: %w: make the folder writable", err)
	}
	if old != "" && old != e.Index {
		return os.Remove(filepath.Join(dir, old))
	}
	return nil
}

func readCatalog(dir string) (catalog, error) {
	var c catalog
	src, err := os.ReadFile(filepath.Join(dir, catalogName))
	if err != nil {
		return c, fmt.Errorf("advisory: no store: %w: run listo db update or listo db import", err)
	}
	if err := json.Unmarshal(src, &c); err != nil {
		return c, fmt.Errorf("advisory: %s: %w: import the exports again", catalogName, err)
	}
	if c.Format != formatVersion {
		return c, fmt.Errorf("advisory: the store has format %d, this listo reads %d: import the exports again", c.Format, formatVersion)
	}
	for _, e := range c.Ecosystems {
		if e.Index != filepath.Base(e.Index) || !strings.HasSuffix(e.Index, ".idx") {
			return c, fmt.Errorf("advisory: %s names the index %q: import the exports again", catalogName, e.Index)
		}
	}
	return c, nil
}

// Store is an open store. Close it.
type Store struct {
	dir     string
	catalog catalog
	files   []*os.File
	indexes map[string]*index
}

// Open opens the store in a folder. It reads the names of the packages, not the
// records.
func Open(dir string) (*Store, error) {
	c, err := readCatalog(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, catalog: c, indexes: map[string]*index{}}
	for _, e := range c.Ecosystems {
		f, err := os.Open(filepath.Join(dir, e.Index))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("advisory: the index of %s: %w: import its export again", e.Proof.Ecosystem, err), s.Close())
		}
		s.files = append(s.files, f)
		info, err := f.Stat()
		if err == nil && info.Size() != e.IndexBytes {
			err = errCorrupt
		}
		if err == nil {
			s.indexes[e.Proof.Ecosystem], err = openIndex(f, info.Size())
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("advisory: %s: %w", e.Proof.Ecosystem, err), s.Close())
		}
	}
	return s, nil
}

// Close closes the store's files.
func (s *Store) Close() error {
	var all []error
	for _, f := range s.files {
		all = append(all, f.Close())
	}
	return errors.Join(all...)
}

// Verify reads every index whole and holds it against the digest in store.json:
// some 0.3 s per 100 MB.
func (s *Store) Verify() error {
	for i, e := range s.catalog.Ecosystems {
		sum, err := digest(io.NewSectionReader(s.files[i], 0, e.IndexBytes))
		if err != nil || sum != e.IndexSHA256 {
			return fmt.Errorf("advisory: %s: %w", e.Proof.Ecosystem, errCorrupt)
		}
	}
	return nil
}

func digest(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// DefaultFolder is where a user's store lies when nobody names another: in the
// cache, since it can be fetched again.
func DefaultFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("advisory: no folder for the store: %w: name one (--store, supply.advisory_store)", err)
	}
	return filepath.Join(cache, "listo", "advisories"), nil
}
