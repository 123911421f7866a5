package contracts

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// The bounds of the experiment with tables.
const (
	mostTables = 12
	asideName  = "_listo_aside"
)

// errorsServer asks how the service answers when its own ground gives way, by more
// than one path: a table that it reads is gone, its tables are locked, its
// sessions are ended and no new one is let in.
func errorsServer() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: serverID, Class: classServer,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.NeedDatabase, evidence.Setting("document")},
		Reasons: []string{"conform", "differs", "leaks", "silent", "bare", "unprovoked", "unrestored", "formless", "empty"},
	}, runServer, judgeServer)
}

// Server is what came while the ground was away.
type Server struct {
	Tables   int `json:"tables"`   // of the service's database
	Aside    int `json:"aside"`    // put aside, one at a time, and put back
	Requests int `json:"requests"` // good ones, sent meanwhile
	Errors   int `json:"errors"`   // answers of 500 or more
	// Gone, Locked and Refused count errors by their path: a table aside, tables locked,
	// sessions refused.
	Gone    int `json:"gone"`
	Locked  int `json:"locked"`
	Refused int `json:"refused"`
	// Waited counts requests without an answer while tables were locked: a service may
	// wait longer than listo does.
	Waited int `json:"waited"`
	Bare   int `json:"bare"` // errors without a header that is due
	// Unhurried counts answers 503 without Retry-After (RFC 9110, 15.6.4: they may).
	Unhurried int `json:"unhurried"`
	// Unopened tells why a path could not be gone: what the database said.
	Unopened []string `json:"unopened,omitempty"`
	Conform  int      `json:"conform"` // of these, of the house's form
	Silent   int      `json:"silent"`  // no answer: the connection was cut
	Leaking  int      `json:"leaking"`
	// Restored tells that the good requests succeed again afterwards.
	Restored bool        `json:"restored"`
	Media    string      `json:"media"` // of the form that the other errors have
	Rows     []ServerRow `json:"rows,omitempty"`
	Found    []Leak      `json:"found,omitempty"`
	// Formless tells that nothing says what an error looks like: neither the
	// document nor another error.
	Formless bool `json:"formless,omitempty"`
}

// ServerRow is one answer while the ground was away.
type ServerRow struct {
	Path      string `json:"path"`  // gone, locked or refused
	Table     string `json:"table"` // that was away; "" all of them
	Operation string `json:"operation"`
	Layer     string `json:"layer"`
	Shape
	Line    string   `json:"line,omitempty"`
	Verdict string   `json:"verdict"`
	Lost    []string `json:"lost,omitempty"` // headers that are due
}

func runServer(ctx context.Context, b *lab.Bench) (Server, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Server{}, err
	}
	s.quiet(ctx)
	reads := s.readers()
	db, err := sql.Open(ctx, b)
	if err != nil {
		return Server{}, err
	}
	defer db.Close()
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return Server{}, err
	}
	defer s.quietly("good requests while a table is away")()
	g := ground{scout: s, db: db, reads: reads, house: houseIn(s.doc, s.references(ctx)), companions: s.companions(ctx), o: &Server{Tables: len(tables)}}
	g.o.Media, g.o.Formless = g.house.media, g.house.formless()
	for _, table := range tables[:min(len(tables), mostTables)] {
		if err := g.without(ctx, table); err != nil {
			return *g.o, err
		}
	}
	if err := errors.Join(g.locked(ctx, tables), g.refused(ctx)); err != nil {
		return *g.o, err
	}
	g.o.Restored = g.recovers(ctx)
	g.o.spare()
	return *g.o, ctx.Err()
}

// readers are the good requests that only read.
func (s *scout) readers() []*twin {
	var all []*twin
	for _, op := range s.doc.Operations {
		if t := s.found[op]; t != nil && op.Method == nethttp.MethodGet {
			all = append(all, t)
		}
	}
	return all
}

// references are errors that need no broken ground, to know the house's form by.
func (s *scout) references(ctx context.Context) []Shape {
	var all []Shape
	list := []call{strange(nethttp.MethodGet, nowhere, s.tokens[0])}
	if t := s.any(func(t *twin) bool { return t.token.Value != "" }); t != nil {
		list = append(list, anonymous(t.call), badToken(t.call))
	}
	for _, p := range append(s.missing(), s.valueErrors()...) {
		list = append(list, p.call)
	}
	for _, c := range list {
		if a := s.send(ctx, c); isError(a, c.method) {
			all = append(all, shapeOf(a))
		}
	}
	return all
}

// table is one table of the service.
type table struct{ schema, name string }

func (t table) quoted(name string) string { return pgx.Identifier{t.schema, name}.Sanitize() }

func tablesOf(ctx context.Context, db *sql.Session) ([]table, error) {
	rows, err := db.Query(ctx, `select n.nspname::text as schema, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
 order by n.nspname = '`+twinSchema+`' desc, c.reltuples desc, 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("contracts: the service's tables: %w: let listo's role read the catalog", err)
	}
	var all []table
	for _, r := range rows {
		all = append(all, table{fmt.Sprint(r["schema"]), fmt.Sprint(r["name"])})
	}
	return all, nil
}

func (o *Server) keep(row ServerRow) {
	if len(o.Rows) < mostWrong {
		o.Rows = append(o.Rows, row)
	}
}

// replay gives the lines that show the row: the ground goes, the request comes, the
// ground comes back.
func (r ServerRow) replay() string {
	switch r.Path {
	case pathLocked:
		return "# in one session: begin; lock the tables in access exclusive mode; in another:\n" + r.Line + "\n# and in the first: rollback"
	case pathRefused:
		return sql.Replay(denySessions) + "\n" + sql.Replay(endSessions) + "\n" + r.Line + "\n" + sql.Replay(allowSessions)
	}
	from, to := pgx.Identifier{r.Table}.Sanitize(), pgx.Identifier{aside(r.Table)}.Sanitize()
	return sql.Replay("alter table "+from+" rename to "+to) + "\n" + r.Line + "\n" + sql.Replay("alter table "+to+" rename to "+from)
}

// aside is what a table is called while it is away; a name in PostgreSQL has 63 bytes.
func aside(table string) string { return table[:min(len(table), 63-len(asideName))] + asideName }

func (r ServerRow) differs() bool { return r.Verdict != "" }
func (r ServerRow) poor() bool    { return len(r.Lost) > 0 }

// spare drops what nobody needs of rows that are as they should be.
func (o *Server) spare() {
	for i, r := range o.Rows {
		if !r.differs() && !r.poor() {
			o.Rows[i].Shape = r.bare()
		}
	}
}

func judgeServer(o Server, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"tables": o.Tables, "aside": o.Aside, "requests": o.Requests, "errors": o.Errors, "conform": o.Conform, "silent": o.Silent, "leaking": o.Leaking, "media": cmpOr(o.Media, "–"),
		"gone": o.Gone, "locked": o.Locked, "refused": o.Refused, "bare": o.Bare}
	bad := slices.DeleteFunc(slices.Clone(o.Rows), func(r ServerRow) bool { return !r.differs() })
	facts["names"] = some(bad, func(r ServerRow) string {
		return strings.TrimSpace(fmt.Sprintf("%s → %d %s (%s)", r.Operation, r.Status, r.Media, r.Verdict))
	})
	if len(bad) > 0 {
		facts[evidence.Replay] = bad[0].replay()
	}
	switch {
	case o.Leaking > 0:
		facts["names"] = some(o.Found, func(l Leak) string { return l.Kind + ": " + l.Excerpt })
		return evidence.Failed("leaks", facts)
	case o.Conform != o.Errors:
		return evidence.Failed("differs", facts)
	case o.Silent > 0:
		return evidence.Failed("silent", facts)
	case o.Bare > 0:
		poor := slices.DeleteFunc(slices.Clone(o.Rows), func(r ServerRow) bool { return !r.poor() })
		facts["names"] = some(poor, func(r ServerRow) string {
			return fmt.Sprintf("%s → %d (%s)", r.Operation, r.Status, strings.Join(r.Lost, ", "))
		})
		if len(poor) > 0 {
			facts[evidence.Replay] = poor[0].replay()
		}
		return evidence.Failed("bare", facts)
	case o.Tables == 0 || o.Requests == 0:
		return evidence.Undecided("empty", facts)
	case !o.Restored:
		return evidence.Undecided("unrestored", facts)
	case o.Errors == 0:
		return evidence.Undecided("unprovoked", facts)
	case o.Formless:
		return evidence.Undecided("formless", facts)
	}
	return evidence.Passed("conform", facts)
}
