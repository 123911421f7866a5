package database

import (
	"context"
	"fmt"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	soundID    = "database.sound"
	classSound = "database.sound"
)

// sound looks for what is in the catalog but does not hold: constraints never
// validated, indexes that failed, triggers switched off, sequences behind.
func sound() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: soundID, Class: classSound, Needs: []evidence.Need{evidence.NeedDatabase},
		Reasons: []string{"sound", "unsound", "empty"},
	}, runSound, judgeSound)
}

// Sound is what was looked at and what does not hold.
type Sound struct {
	Constraints int         `json:"constraints"`
	Indexes     int         `json:"indexes"`
	Triggers    int         `json:"triggers"`
	Sequences   int         `json:"sequences"` // that feed a column
	Loose       Differences `json:"loose"`
}

const userSchemas = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const soundQuestion = `select 'constraint' as kind, format('%s on %s', c.conname, c.conrelid::regclass) as name, c.convalidated as holds, 'validated' as want
from pg_constraint c join pg_namespace n on n.oid = c.connamespace where ` + userSchemas + ` and c.conrelid <> 0
union all select 'index', x.indexrelid::regclass::text, x.indisvalid and x.indisready and x.indislive, 'valid'
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = i.relnamespace where ` + userSchemas + `
union all select 'trigger', format('%s on %s', t.tgname, t.tgrelid::regclass), t.tgenabled <> 'D', 'enabled'
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where ` + userSchemas + `
order by 3, 1, 2`

// A sequence feeds a column when the column owns it or is made from it.
const feedsQuestion = `select format('%I.%I', n.nspname, t.relname) as tab, quote_ident(a.attname) as col, s.oid::regclass::text as seq, q.seqincrement > 0 as up,
 coalesce(p.last_value::text, (q.seqstart - q.seqincrement)::text) as last
from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_class t on t.oid = d.refobjid join pg_namespace n on n.oid = t.relnamespace
join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid join pg_sequence q on q.seqrelid = s.oid
join pg_namespace sn on sn.oid = s.relnamespace join pg_sequences p on p.schemaname = sn.nspname and p.sequencename = s.relname
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and ` + userSchemas + ` order by 1, 2`

func runSound(ctx context.Context, b *lab.Bench) (Sound, error) {
	var o Sound
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, soundQuestion)
	if err != nil {
		return o, fmt.Errorf("database: looking at constraints, indexes and triggers: %w", err)
	}
	for _, r := range rows {
		switch text(r, "kind") {
		case "constraint":
			o.Constraints++
		case "index":
			o.Indexes++
		case "trigger":
			o.Triggers++
		}
		if r["holds"] != true {
			o.Loose.add(Difference{text(r, "kind"), text(r, "name"), text(r, "want"), "not " + text(r, "want")})
		}
	}
	return o, o.sequences(ctx, s)
}

// sequences compares each sequence with the column that it feeds: one that is
// behind will give an id that is taken.
func (o *Sound) sequences(ctx context.Context, s *sql.Session) error {
	rows, err := s.Query(ctx, feedsQuestion)
	if err != nil {
		return fmt.Errorf("database: looking at the sequences: %w", err)
	}
	for _, r := range rows {
		o.Sequences++
		most, compare := "max", "<="
		if r["up"] != true {
			most, compare = "min", ">="
		}
		column := text(r, "tab") + "." + text(r, "col")
		answer, err := s.Query(ctx, fmt.Sprintf("select coalesce(m::text, '') as most, coalesce(m %s $1::numeric, true) as ahead from (select %s(%s)::numeric as m from %s) x",
			compare, most, text(r, "col"), text(r, "tab")), text(r, "last"))
		if err != nil || len(answer) != 1 {
			return fmt.Errorf("database: comparing %s with %s: %d rows: %w", text(r, "seq"), column, len(answer), err)
		}
		if answer[0]["ahead"] != true {
			o.Loose.add(Difference{"sequence", text(r, "seq"), "at " + text(answer[0], "most") + " or past it", "at " + text(r, "last")})
		}
	}
	return nil
}

func judgeSound(o Sound, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"constraints": o.Constraints, "indexes": o.Indexes, "triggers": o.Triggers, "sequences": o.Sequences,
		"loose": o.Loose.Count, "names": o.Loose.names()}
	switch {
	case o.Constraints+o.Indexes == 0:
		return evidence.Undecided("empty", facts)
	case o.Loose.Count > 0:
		return evidence.Failed("unsound", facts)
	}
	return evidence.Passed("sound", facts)
}
