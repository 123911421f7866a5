package security

import (
	"context"
	"fmt"

	"listo/internal/config"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// mostRows bounds a table that is read whole, row by row as digests.
const mostRows = 200_000

// Stored is what the strangers left in the database, read there and not through the
// service, which might not show it.
type Stored struct {
	Tables int `json:"tables"`
	Rows   int `json:"rows"`
	// Large counts tables that were left out, for their size.
	Large int `json:"large"`
	// Restless are tables that changed while only their owners read: nothing is said of
	// them. Gone counts the rows of the others that are not what they were, by table.
	Restless []string       `json:"restless"`
	Gone     map[string]int `json:"gone"`
}

// rowsOf is a database as digests of its rows, by table, each with how often it stands
// there.
type rowsOf map[string]map[string]int

// registrar reads the tables of a database that nobody else uses.
type registrar struct {
	session *sql.Session
	o       Stored
}

// register opens a registrar; nil where the database is not listo's.
func register(ctx context.Context, b *lab.Bench) (*registrar, error) {
	if b.Target.AdminURL == "" || b.Config.Service.Mode == config.Attached {
		return nil, nil
	}
	session, err := sql.Open(ctx, b)
	if err != nil {
		return nil, err
	}
	return &registrar{session: session, o: Stored{Restless: []string{}, Gone: map[string]int{}}}, nil
}

// read takes the digests of all rows.
func (r *registrar) read(ctx context.Context) (rowsOf, error) {
	tables, err := r.session.Query(ctx, `select format('%I.%I', n.nspname, c.relname) as name, c.reltuples > $1 as large from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' order by 1`, mostRows)
	if err != nil {
		return nil, fmt.Errorf("security: the tables: %w", err)
	}
	all := rowsOf{}
	r.o.Tables, r.o.Rows, r.o.Large = 0, 0, 0
	for _, t := range tables {
		name, _ := t["name"].(string)
		if large, _ := t["large"].(bool); large {
			r.o.Large++
			continue
		}
		// One row holds the digests of many: an answer has a bound.
		chunks, err := r.session.Query(ctx, `select string_agg(d, ' ') as digests from (select left(md5(t::text), 12) as d, row_number() over () / 20000 as part from only `+name+` t) s group by part`)
		if err != nil {
			return nil, fmt.Errorf("security: the rows of %s: %w", name, err)
		}
		all[name] = map[string]int{}
		for _, c := range chunks {
			digests, _ := c["digests"].(string)
			for i := 0; i+12 <= len(digests); i += 13 {
				all[name][digests[i:i+12]]++
				r.o.Rows++
			}
		}
		r.o.Tables++
	}
	return all, nil
}

// compare adds what is gone between two readings; rest names what is restless.
func (r *registrar) compare(before, after rowsOf, rest bool) {
	for _, table := range sortedKeys(before) {
		gone := 0
		for digest, n := range before[table] {
			gone += max(0, n-after[table][digest])
		}
		switch {
		case gone == 0:
		case rest:
			r.o.Restless = append(r.o.Restless, table)
		default:
			r.o.Gone[table] = gone
		}
	}
	for _, table := range r.o.Restless {
		delete(r.o.Gone, table)
	}
}

// between reads before and after what owners ask and what strangers try; a nil
// registrar only lets them.
func (r *registrar) between(ctx context.Context, owners, strangers func()) error {
	if r == nil {
		owners()
		strangers()
		return nil
	}
	defer r.session.Close()
	first, err := r.read(ctx)
	if err != nil {
		return err
	}
	owners()
	before, err := r.read(ctx)
	if err != nil {
		return err
	}
	strangers()
	after, err := r.read(ctx)
	if err != nil {
		return err
	}
	r.compare(first, before, true)
	r.compare(before, after, false)
	return nil
}
