// Package catalog names everything that a PostgreSQL database is made of, and
// fingerprints its rows, so that two databases can be compared object by object
// and row by row.
//
// It holds the questions to ask and compares the answers. It opens no session:
// who asks, and on which server, is the caller's affair. It does not know which
// of two databases is right.
package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
)

// Entry is one fact of a catalog: an object and how it is defined.
type Entry struct {
	Kind       string `json:"kind"` // "column", "index", … as in Question
	Name       string `json:"name"` // with its schema
	Definition string `json:"definition"`
}

// Catalog is the whole of one database, sorted by Sort.
type Catalog []Entry

// Sort puts the entries into the order of their kinds, names and definitions,
// bytewise: servers sort by their own collation.
func (c Catalog) Sort() {
	slices.SortFunc(c, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Definition, b.Definition))
	})
}

// Digest names the whole catalog: "sha256:" and 64 hex digits.
func (c Catalog) Digest() string {
	sum := sha256.New()
	for _, e := range c {
		fmt.Fprintf(sum, "%q %q %q\n", e.Kind, e.Name, canonical(e.Definition))
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// Change is one object in which two catalogs differ. Want is "" when it should
// not be there, Got when it is not.
type Change struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// key names an object.
type key struct{ kind, name string }

// Compare lists the objects in which got differs from want, sorted.
func Compare(want, got Catalog) []Change {
	wanted, found := byName(want), byName(got)
	var changes []Change
	for k, w := range wanted {
		if g, there := found[k]; !there || canonical(g) != canonical(w) {
			changes = append(changes, Change{k.kind, k.name, w, g})
		}
	}
	for k, g := range found {
		if _, there := wanted[k]; !there {
			changes = append(changes, Change{k.kind, k.name, "", g})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return changes
}

// byName gives each object's definition. Two entries of one name (which only
// kinds without a name of their own could have) are joined.
func byName(c Catalog) map[key]string {
	all := map[key]string{}
	for _, e := range c {
		k := key{e.Kind, e.Name}
		if before, twice := all[k]; twice {
			all[k] = before + "; " + e.Definition
			continue
		}
		all[k] = e.Definition
	}
	return all
}

var (
	castElement = regexp.MustCompile(`\(('(?:[^']|'')*'::character varying)\)::text`)
	castArray   = regexp.MustCompile(`\((ARRAY\[[^\]]*\])\)::text\[\]`)
)

// canonical undoes what PostgreSQL itself does to a definition that is dumped
// and read again: the cast of a list of varchar values moves from the list to
// its elements. It means the same.
func canonical(definition string) string {
	return castArray.ReplaceAllString(castElement.ReplaceAllString(definition, "$1"), "$1")
}
