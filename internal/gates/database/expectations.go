package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	expectationsID    = "database.expectations"
	classExpectations = "database.expectations"
)

// expectations asks whether the columns that the fixes were about are what they
// should be: those that must be gone, too.
func expectations() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: expectationsID, Class: classExpectations,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("expect")},
		Reasons: []string{"met", "unmet", "none"},
	}, runExpectations, judgeExpectations)
}

// Expectations is what was found of every column that was asked for.
type Expectations struct {
	Columns []Column `json:"columns"`
}

// Column is one expectation and what was found.
type Column struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	// Wrong are the ways in which it is not as expected; none: it is.
	Wrong []Difference `json:"wrong"`
	// Asked is how many things were asked of it.
	Asked int `json:"asked"`
	// Definition is what the catalog says; "" when the column is not there.
	Definition string `json:"definition"`
}

func runExpectations(ctx context.Context, b *lab.Bench) (Expectations, error) {
	var o Expectations
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	for _, e := range settings(b).Expect {
		c, err := found(ctx, s, e)
		if err != nil {
			return o, fmt.Errorf("database: looking at %s.%s: %w", e.Table, e.Column, err)
		}
		o.Columns = append(o.Columns, c)
	}
	return o, nil
}

const columnQuestion = `select format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null, coalesce(pg_get_expr(d.adbin, d.adrelid), '') as default,
 coalesce((select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = a.atttypid), '') as labels,
 coalesce((select string_agg(k.conname || case when k.convalidated then '' else ' (not validated)' end, ',' order by k.conname)
   from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)), '') as checks,
 c.oid::regclass::text as full_name
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.oid = to_regclass($1) and a.attname = $2`

const tableQuestion = `select to_regclass($1) is not null as there`

// found looks at one column.
func found(ctx context.Context, s *sql.Session, e Expectation) (Column, error) {
	c := Column{Table: e.Table, Column: e.Column, Asked: 1}
	table := tableName(e.Table)
	there, err := s.Query(ctx, tableQuestion, table)
	if err != nil {
		return c, err
	}
	if len(there) != 1 || there[0]["there"] != true {
		c.wrong("table", e.Table, "") // absent or not, the column's table must be there: a misspelt one proves nothing
		return c, nil
	}
	rows, err := s.Query(ctx, columnQuestion, table, e.Column)
	if err != nil {
		return c, err
	}
	if len(rows) == 0 {
		if !e.Absent {
			c.wrong("column", e.Column, "")
		}
		return c, nil
	}
	r := rows[0]
	c.Definition = strings.TrimSpace(fmt.Sprintf("%s%s%s", text(r, "type"), map[bool]string{true: " not null"}[r["not_null"] == true], prefixed(" default ", text(r, "default"))))
	if e.Absent {
		c.wrong("column", "", e.Column)
		return c, nil
	}
	c.compare(e, r)
	return c, c.count(ctx, s, e, text(r, "full_name"), text(r, "labels") != "")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// tableName quotes a table's name as written, so that capitals keep theirs.
func tableName(name string) string {
	return pgx.Identifier(strings.Split(name, ".")).Sanitize()
}

func (c *Column) wrong(what, want, got string) {
	c.Wrong = append(c.Wrong, Difference{what, c.Table + "." + c.Column, clip(want), clip(got)})
}

func (c *Column) compare(e Expectation, r map[string]any) {
	ask := func(asked bool, what, want, got string) {
		if !asked {
			return
		}
		if c.Asked++; want != got {
			c.wrong(what, want, got)
		}
	}
	ask(e.Type != "", "type", e.Type, text(r, "type"))
	ask(e.NotNull, "not null", "true", fmt.Sprint(r["not_null"] == true))
	ask(e.Default != "", "default", e.Default, text(r, "default"))
	if labels := text(r, "labels"); len(e.Values) > 0 && labels != "" {
		got := strings.Split(labels, ",")
		slices.Sort(got)
		ask(true, "values", strings.Join(slices.Sorted(slices.Values(e.Values)), ", "), strings.Join(got, ", "))
	}
	if e.Check != "" {
		checks := strings.Split(text(r, "checks"), ",")
		i := slices.IndexFunc(checks, func(name string) bool { return name == e.Check || name == e.Check+" (not validated)" })
		got := ""
		if i >= 0 {
			got = checks[i]
		}
		ask(true, "check", e.Check, got)
	}
}

// count looks for rows that hold another value; an enum cannot.
func (c *Column) count(ctx context.Context, s *sql.Session, e Expectation, table string, enum bool) error {
	if len(e.Values) == 0 || enum {
		return nil
	}
	rows, err := s.Query(ctx, fmt.Sprintf("select count(*) as n from %s where %s::text <> all ($1::text[])", table, pgx.Identifier{e.Column}.Sanitize()), e.Values)
	if err != nil || len(rows) != 1 {
		return fmt.Errorf("counting other values: %d rows: %w", len(rows), err)
	}
	c.Asked++
	if n, _ := rows[0]["n"].(int64); n > 0 {
		c.wrong("rows with other values", "0", fmt.Sprint(n))
	}
	return nil
}

func judgeExpectations(o Expectations, _ evidence.Limits) evidence.Finding {
	asked, wrong := 0, []string{}
	for _, c := range o.Columns {
		asked += c.Asked
		for _, w := range c.Wrong {
			wrong = append(wrong, fmt.Sprintf("%s · %s: %s ≠ %s", w.Name, w.Kind, orNothing(w.Want), orNothing(w.Got)))
		}
	}
	facts := evidence.Facts{"columns": len(o.Columns), "asked": asked, "wrong": len(wrong), "details": wrong[:min(len(wrong), maxShown)]}
	switch {
	case asked == 0:
		return evidence.Undecided("none", facts)
	case len(wrong) > 0:
		return evidence.Failed("unmet", facts)
	}
	return evidence.Passed("met", facts)
}

func orNothing(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
