// Package goose knows how goose (github.com/pressly/goose) keeps migrations: how
// files are named and divided, and what the rows of its ledger mean.
//
// It reads names and text. It runs nothing, and it does not know whether a
// migration is any good.
package goose

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Table is where goose keeps its ledger unless told otherwise.
const Table = "goose_db_version"

// File is one migration.
type File struct {
	Version int64
	Name    string // "00004_usuarios_role.sql"
	// Up and Down tell whether the section holds a statement that does something.
	// Of a migration written in Go neither is known.
	Up, Down bool
	Go       bool
}

var fileName = regexp.MustCompile(`^(\d+)_[^/]*\.(sql|go)$`)

// Migration tells whether goose takes a file of this name for a migration, and
// its version. Version 0 is goose's own, for the empty schema.
func Migration(name string) (version int64, ok bool) {
	match := fileName.FindStringSubmatch(name)
	if match == nil || strings.HasSuffix(name, "_test.go") {
		return 0, false
	}
	version, err := strconv.ParseInt(match[1], 10, 64)
	return version, err == nil && version > 0
}

// Read describes the migration of this name and text.
func Read(name, text string) File {
	version, _ := Migration(name)
	f := File{Version: version, Name: name, Go: strings.HasSuffix(name, ".go")}
	if !f.Go {
		up, down := Sections(text)
		f.Up, f.Down = does(up), does(down)
	}
	return f
}

var (
	mark    = regexp.MustCompile(`(?m)^--[ \t]*\+goose[ \t]+(Up|Down)\b.*$`)
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|--[^\n]*`)
	setting = regexp.MustCompile(`(?i)^(set|reset|select\s+set_config|select\s+1|begin|commit)\b`)
)

// Sections gives the text that is run upwards and that which is run downwards.
func Sections(text string) (up, down string) {
	at := mark.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		if text[m[2]:m[3]] == "Up" {
			up += text[m[1]:end]
		} else {
			down += text[m[1]:end]
		}
	}
	return up, down
}

// does tells whether a section holds a statement beyond comments and settings.
// Text between dollar quotes is cut at semicolons too; each part is something.
func does(section string) bool {
	for _, statement := range strings.Split(comment.ReplaceAllString(section, ""), ";") {
		if s := strings.TrimSpace(statement); s != "" && !setting.MatchString(s) {
			return true
		}
	}
	return false
}

// Row is one row of the ledger.
type Row struct {
	ID      int64 `json:"id"`
	Version int64 `json:"version"`
	Applied bool  `json:"applied"`
}

// Ledger is what the ledger says beside the files.
type Ledger struct {
	Applied []int64 // versions in force, sorted
	// Pending are files that were never applied; Holes those of them that are older
	// than the newest applied one, which goose leaves out unless told otherwise.
	Pending, Holes []File
	// Unknown are versions in force that have no file.
	Unknown []int64
	// OutOfOrder are versions that were applied after a newer one.
	OutOfOrder []int64
	// Twice are versions of two or more files.
	Twice []int64
}

// Compare reads the rows as goose does: of the rows of one version the newest
// decides. Version 0 is the empty schema.
func Compare(files []File, rows []Row) Ledger {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	last := map[int64]Row{}
	for _, r := range sorted {
		last[r.Version] = r
	}
	var l Ledger
	var newest int64
	for _, r := range sorted {
		if r.Version == 0 || last[r.Version] != r || !r.Applied {
			continue
		}
		l.Applied = append(l.Applied, r.Version)
		if r.Version < newest {
			l.OutOfOrder = append(l.OutOfOrder, r.Version)
		}
		newest = max(newest, r.Version)
	}
	slices.Sort(l.Applied)
	l.compareFiles(files, newest)
	return l
}

func (l *Ledger) compareFiles(files []File, newest int64) {
	seen := map[int64]int{}
	for _, f := range files {
		if seen[f.Version]++; seen[f.Version] == 2 {
			l.Twice = append(l.Twice, f.Version)
		}
		if slices.Contains(l.Applied, f.Version) {
			continue
		}
		l.Pending = append(l.Pending, f)
		if f.Version < newest {
			l.Holes = append(l.Holes, f)
		}
	}
	for _, v := range l.Applied {
		if seen[v] == 0 {
			l.Unknown = append(l.Unknown, v)
		}
	}
}
