package database

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"listo/internal/engine/catalog"
	"listo/internal/lab/sql"
)

// ownSchema holds what listo writes into a rehearsal database; no comparison
// looks at it.
const ownSchema = "listo_rehearsal"

// catalogFile is the question for the catalog, as the gate publishes it.
const catalogFile = "catalog.sql"

// tablesAtOnce is how many tables one question fingerprints.
const tablesAtOnce = 20

// State is a whole database: its catalog, the fingerprint of every table and the
// value of every sequence.
type State struct {
	Catalog   catalog.Catalog
	Tables    []catalog.Rows
	Sequences []catalog.Rows
	// Later are the sequences as they stood when the backup was done: they are part
	// of no snapshot, so a copy may hold any value from one to the other.
	Later []catalog.Rows
}

// Extent is how much there was to compare: the denominators of a comparison.
type Extent struct {
	Objects   int    `json:"objects"`
	Catalog   string `json:"catalog"` // digest
	Tables    int    `json:"tables"`
	Rows      int64  `json:"rows"`
	Sequences int    `json:"sequences"`
}

// Extent gives the state's numbers.
func (s State) Extent() Extent {
	return Extent{len(s.Catalog), s.Catalog.Digest(), len(s.Tables), catalog.Total(s.Tables), len(s.Sequences)}
}

func (e Extent) empty() bool { return e.Objects == 0 || e.Tables == 0 }

// readCatalog asks for the catalog alone. The names in definitions depend on the
// search path, so it is settled first.
func readCatalog(ctx context.Context, s *sql.Session) (catalog.Catalog, error) {
	if err := s.Exec(ctx, catalog.Settled); err != nil {
		return nil, fmt.Errorf("database: settling the session: %w", err)
	}
	rows, err := s.QueryFile(ctx, catalogFile, catalog.Question(ownSchema))
	if err != nil {
		return nil, fmt.Errorf("database: reading the catalog: %w", err)
	}
	c := catalog.Catalog{}
	for _, r := range rows {
		c = append(c, catalog.Entry{Kind: text(r, "kind"), Name: text(r, "name"), Definition: text(r, "definition")})
	}
	c.Sort()
	return c, nil
}

// readState asks for all of it.
func readState(ctx context.Context, s *sql.Session) (State, error) {
	var st State
	var err error
	if st.Catalog, err = readCatalog(ctx, s); err != nil {
		return st, err
	}
	tables, err := readTables(ctx, s)
	if err != nil {
		return st, err
	}
	for some := range slices.Chunk(tables, tablesAtOnce) {
		rows, err := s.Query(ctx, catalog.FingerprintQuestion(some))
		if err != nil || len(rows) != len(some) {
			return st, fmt.Errorf("database: fingerprints from %s on: %d of %d: %w", some[0].Display(), len(rows), len(some), err)
		}
		for _, r := range rows {
			n, _ := r["rows"].(int64)
			st.Tables = append(st.Tables, catalog.Rows{Name: text(r, "name"), Count: n, Sum: text(r, "a") + " " + text(r, "b")})
		}
	}
	st.Sequences, err = readSequences(ctx, s)
	return st, err
}

func readSequences(ctx context.Context, s *sql.Session) ([]catalog.Rows, error) {
	rows, err := s.Query(ctx, catalog.SequencesQuestion, []string{ownSchema})
	if err != nil {
		return nil, fmt.Errorf("database: reading the sequences: %w", err)
	}
	var all []catalog.Rows
	for _, r := range rows {
		all = append(all, catalog.Rows{Name: text(r, "name"), Sum: text(r, "last")})
	}
	return all, nil
}

func readTables(ctx context.Context, s *sql.Session) ([]catalog.Table, error) {
	rows, err := s.Query(ctx, catalog.TablesQuestion, []string{ownSchema})
	if err != nil {
		return nil, fmt.Errorf("database: listing the tables: %w", err)
	}
	var tables []catalog.Table
	for _, r := range rows {
		t := catalog.Table{Schema: text(r, "schema"), Name: text(r, "name")}
		columns, _ := r["columns"].([]any)
		for _, c := range columns {
			name, _ := c.(string)
			t.Columns = append(t.Columns, name)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// text reads a column that SQL gave as text; NULL is "".
func text(row map[string]any, name string) string {
	s, _ := row[name].(string)
	return s
}

// Difference is one thing in which two databases differ.
type Difference struct {
	Kind string `json:"kind"` // "rows", "sequence", or the kind of a catalog's object
	Name string `json:"name"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// Differences are all of them; the first stand by name.
type Differences struct {
	Count int          `json:"count"`
	First []Difference `json:"first"`
}

// maxShown bounds what an observation names, maxDefinition what it quotes of one
// definition, in characters.
const (
	maxShown      = 20
	maxDefinition = 200
)

func (d *Differences) add(one Difference) {
	d.Count++
	if len(d.First) < maxShown {
		one.Want, one.Got = clip(one.Want), clip(one.Got)
		d.First = append(d.First, one)
	}
}

// names gives the first differences for a sentence.
func (d Differences) names() []string {
	var all []string
	for i, one := range d.First {
		if i == 4 {
			break
		}
		all = append(all, one.Kind+" "+one.Name)
	}
	return all
}

func clip(s string) string {
	if r := []rune(s); len(r) > maxDefinition {
		return string(r[:maxDefinition]) + "…"
	}
	return s
}

// compareCatalogs lists the objects that differ.
func compareCatalogs(want, got catalog.Catalog) Differences {
	var d Differences
	for _, c := range catalog.Compare(want, got) {
		d.add(Difference{c.Kind, c.Name, c.Want, c.Got})
	}
	return d
}

// compareStates lists all that differs; the rows of excluded tables do not count.
func compareStates(want, got State, excluded []string) Differences {
	d := compareCatalogs(want.Catalog, got.Catalog)
	for _, c := range catalog.CompareRows(want.Tables, got.Tables) {
		if !slices.Contains(excluded, c.Name) {
			d.add(Difference{"rows", c.Name, rowsText(c.Want, c.Added), rowsText(c.Got, c.Missing)})
		}
	}
	for _, c := range catalog.CompareRows(want.Sequences, got.Sequences) {
		if !c.Missing && !c.Added && between(c.Want.Sum, valueOf(want.Later, c.Want), c.Got.Sum) {
			continue
		}
		d.add(Difference{"sequence", c.Name, c.Want.Sum, c.Got.Sum})
	}
	return d
}

// between tells whether a sequence's value lies between two others; "" is that of
// one that never gave any.
func between(from, to, value string) bool {
	f, errFrom := strconv.ParseInt(from, 10, 64)
	t, errTo := strconv.ParseInt(to, 10, 64)
	v, err := strconv.ParseInt(value, 10, 64)
	switch {
	case value == from || value == to:
		return true
	case errTo != nil || err != nil:
		return false
	case errFrom != nil:
		return v <= t // it began meanwhile
	}
	return min(f, t) <= v && v <= max(f, t)
}

// valueOf gives the value of the sequence in a later reading, which may lack it.
func valueOf(later []catalog.Rows, sequence catalog.Rows) string {
	for _, s := range later {
		if s.Name == sequence.Name {
			return s.Sum
		}
	}
	return sequence.Sum
}

func rowsText(r catalog.Rows, absent bool) string {
	if absent {
		return ""
	}
	return fmt.Sprintf("%d rows, fingerprint %s", r.Count, r.Sum)
}
