package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Settled are the settings under which a value is written as the same text
// whatever the server, the database or the role prefer.
const Settled = `set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 3; set bytea_output = 'hex'; set row_security = off; set search_path = pg_catalog`

// TablesQuestion lists every table that holds rows of its own, with its columns
// by name, sorted: columns schema, name, columns (text[]). $1 (text[]) are schemas
// to leave out.
const TablesQuestion = `select n.nspname::text as schema, c.relname::text as name,
 array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attname collate "C") as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all ($1::text[])
order by n.nspname collate "C", c.relname collate "C"`

// SequencesQuestion lists every sequence and the last value it gave: columns name,
// last ("" when it gave none). $1 (text[]) are schemas to leave out.
const SequencesQuestion = `select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value::text, '') as last
from pg_sequences where schemaname <> all ($1::text[]) order by 1`

// Table is a table to be read.
type Table struct {
	Schema, Name string
	Columns      []string // sorted
}

// Full is the table's quoted name with its schema.
func (t Table) Full() string { return pgx.Identifier{t.Schema, t.Name}.Sanitize() }

// Display is the table's name as people write it.
func (t Table) Display() string { return t.Schema + "." + t.Name }

// List is the columns, quoted, in the order of their names.
func (t Table) List() string {
	quoted := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}

// FingerprintQuestion asks for the fingerprints of tables: columns name, rows, a,
// b. One is the sum over all rows of two 64-bit hashes of the row's text: the order
// of the rows does not matter, and two equal rows do not cancel each other out. The
// order of columns is that of their names: a copy may have them in another.
func FingerprintQuestion(tables []Table) string {
	parts := make([]string, len(tables))
	for i, t := range tables {
		parts[i] = fmt.Sprintf(`select '%s' as name, count(*) as rows, coalesce(sum(hashtextextended(r, 0)::numeric), 0)::text as a, coalesce(sum(hashtextextended(r, 1)::numeric), 0)::text as b
from (select row(%s)::text as r from %s) t`, strings.ReplaceAll(t.Display(), "'", "''"), t.List(), t.Full())
	}
	return strings.Join(parts, "\nunion all ")
}

// Rows is the fingerprint of one table, or the state of one sequence.
type Rows struct {
	Name  string `json:"name"`
	Count int64  `json:"count"` // rows of a table; 0 for a sequence
	Sum   string `json:"sum"`   // both hashes; a sequence's last value
}

// RowsChange is a table or sequence whose content differs.
type RowsChange struct {
	Name    string `json:"name"`
	Want    Rows   `json:"want"`
	Got     Rows   `json:"got"`
	Missing bool   `json:"missing"` // it is not there at all
	Added   bool   `json:"added"`   // it should not be there
}

// CompareRows lists the tables or sequences whose content differs, by name.
func CompareRows(want, got []Rows) []RowsChange {
	found := map[string]Rows{}
	for _, r := range got {
		found[r.Name] = r
	}
	var changes []RowsChange
	for _, w := range want {
		g, there := found[w.Name]
		if !there || g != w {
			changes = append(changes, RowsChange{Name: w.Name, Want: w, Got: g, Missing: !there})
		}
		delete(found, w.Name)
	}
	for name, g := range found {
		changes = append(changes, RowsChange{Name: name, Got: g, Added: true})
	}
	slices.SortFunc(changes, func(a, b RowsChange) int { return cmp.Compare(a.Name, b.Name) })
	return changes
}

// Total counts the rows of all tables.
func Total(all []Rows) (n int64) {
	for _, r := range all {
		n += r.Count
	}
	return n
}
