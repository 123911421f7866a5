// Package manifest is the list of every file of a folder with its SHA-256, the
// file format in which that list is kept, and the comparison of two lists.
//
// The format is that of sha256sum, sorted by path, so that anyone can check it
// with coreutils alone: (cd folder && sha256sum -c) < manifest. It knows names
// and bytes. Times, modes and owners of files it does not know, nor why a list
// is kept.
package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
)

// Entry is one file, or one symbolic link.
type Entry struct {
	Path   string // relative to the folder, with slashes
	SHA256 string // of the content, 64 lower-case hex digits; "" for a link
	Link   string // what a symbolic link says; "" for a file
	// Size is the content's length in bytes. A manifest that was read from its
	// file has none, since the format has no place for it.
	Size int64
}

// Outside tells of a link that leads out of the folder, so that the manifest
// says nothing of the bytes behind it.
func (e Entry) Outside() bool {
	return e.Link != "" && (path.IsAbs(e.Link) || !local(path.Join(path.Dir(e.Path), e.Link)))
}

// local tells whether a clean relative path stays in its folder.
func local(clean string) bool {
	return clean != ".." && !strings.HasPrefix(clean, "../") && !path.IsAbs(clean)
}

// Manifest is the list of a folder's files and links, sorted by path, bytewise.
type Manifest []Entry

// Bytes gives the size of all files together.
func (m Manifest) Bytes() (total int64) {
	for _, e := range m {
		total += e.Size
	}
	return total
}

// Links gives the paths of the symbolic links for which keep is true.
func (m Manifest) Links(keep func(Entry) bool) []string {
	var paths []string
	for _, e := range m {
		if e.Link != "" && keep(e) {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

// Digest names the whole tree: "sha256:" and the SHA-256 of the manifest as
// Write writes it. Equal trees have equal digests, and no others.
func (m Manifest) Digest() string {
	sum := sha256.New()
	_ = Write(sum, m) // a hash takes everything
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// Find gives the entry of a path.
func (m Manifest) Find(name string) (Entry, bool) {
	i, found := slices.BinarySearchFunc(m, name, func(e Entry, name string) int { return strings.Compare(e.Path, name) })
	if !found {
		return Entry{}, false
	}
	return m[i], true
}

func (m Manifest) sort() {
	slices.SortFunc(m, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
}

// Difference is how a found tree differs from the recorded one, by sorted paths.
type Difference struct {
	Missing []string // recorded and not found
	Added   []string // found and not recorded
	Changed []string // other bytes, or a link in place of a file
}

// None tells that the trees are equal.
func (d Difference) None() bool { return len(d.Missing)+len(d.Added)+len(d.Changed) == 0 }

// Compare gives the difference between two manifests. Sizes are not compared:
// the digest tells more.
func Compare(recorded, found Manifest) Difference {
	var d Difference
	for _, was := range recorded {
		switch is, ok := found.Find(was.Path); {
		case !ok:
			d.Missing = append(d.Missing, was.Path)
		case is.SHA256 != was.SHA256 || is.Link != was.Link:
			d.Changed = append(d.Changed, was.Path)
		}
	}
	for _, is := range found {
		if _, ok := recorded.Find(is.Path); !ok {
			d.Added = append(d.Added, is.Path)
		}
	}
	return d
}
