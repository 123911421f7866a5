package contracts

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// The bounds of the experiment with tables.
const (
	mostTables = 12
	asideName  = "_listo_aside"
)

// errorsServer asks how the service answers when its own ground gives way: a
// table that it reads is gone.
func errorsServer() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: serverID, Class: classServer,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.NeedDatabase, evidence.Setting("document")},
		Reasons: []string{"conform", "differs", "leaks", "silent", "unprovoked", "unrestored", "formless", "empty"},
	}, runServer, judgeServer)
}

// Server is what came while tables were away, one after the other.
type Server struct {
	Tables   int `json:"tables"`   // of the service's database
	Aside    int `json:"aside"`    // put aside, one at a time, and put back
	Requests int `json:"requests"` // good ones, sent meanwhile
	Errors   int `json:"errors"`   // answers of 500 or more
	Conform  int `json:"conform"`  // of these, of the house's form
	Silent   int `json:"silent"`   // no answer: the connection was cut
	Leaking  int `json:"leaking"`
	// Restored tells that the good requests succeed again afterwards.
	Restored bool        `json:"restored"`
	Media    string      `json:"media"` // of the form that the other errors have
	Rows     []ServerRow `json:"rows,omitempty"`
	Found    []Leak      `json:"found,omitempty"`
	// Formless tells that nothing says what an error looks like: neither the
	// document nor another error.
	Formless bool `json:"formless,omitempty"`
}

// ServerRow is one answer while a table was away.
type ServerRow struct {
	Table     string `json:"table"`
	Operation string `json:"operation"`
	Shape
	Verdict string `json:"verdict"`
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
	o := Server{Tables: len(tables)}
	h := houseIn(s.doc, s.references(ctx))
	o.Media, o.Formless = h.media, h.formless()
	for _, table := range tables[:min(len(tables), mostTables)] {
		if err := s.without(ctx, db, table, reads, h, &o); err != nil {
			return o, err
		}
	}
	o.Restored = len(reads) > 0
	for _, t := range reads {
		if a := s.send(ctx, t.call); !good(t.op, a) {
			o.Restored = false
		}
	}
	return o, ctx.Err()
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
			all = append(all, shapeOf(a, s.line(c)))
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

// without puts a table aside, sends every good reading request, and puts it back.
func (s *scout) without(ctx context.Context, db *sql.Session, t table, reads []*twin, h house, o *Server) error {
	away := aside(t.name)
	rename := func(ctx context.Context, from, to string) error {
		return db.Exec(ctx, fmt.Sprintf("alter table %s rename to %s", t.quoted(from), pgx.Identifier{to}.Sanitize()))
	}
	if err := rename(ctx, t.name, away); err != nil {
		return fmt.Errorf("contracts: putting the table %s aside: %w: give database.admin_url a role that owns the tables", t.name, err)
	}
	for _, read := range reads {
		o.Requests++
		s.read(ctx, t, read, h, o)
	}
	// Whatever became of the audit, the table comes back.
	if err := rename(context.WithoutCancel(ctx), away, t.name); err != nil {
		return fmt.Errorf("contracts: putting the table %s back: %w: rename %s to it", t.name, err, away)
	}
	o.Aside++
	return nil
}

func (s *scout) read(ctx context.Context, t table, read *twin, h house, o *Server) {
	a := s.send(ctx, read.call)
	switch {
	case a.Err != nil && ctx.Err() == nil:
		o.Silent++
		o.keep(ServerRow{t.name, read.op.Name(), Shape{Excerpt: clean(a.Err.Error(), 160), Line: s.line(read.call)}, "silent"})
	case a.Err == nil && a.Status >= 500:
		if o.Errors < mostQuoted {
			s.shown(read.call, a)
		}
		o.server(t, read, a, h, s.line(read.call))
	}
}

func (o *Server) server(t table, read *twin, a http.Answer, h house, line string) {
	o.Errors++
	row := ServerRow{t.name, read.op.Name(), shapeOf(a, line), ""}
	if row.Verdict = row.against(h); row.Verdict == "" {
		o.Conform++
	}
	if found := leaksIn(a, read.call, line); len(found) > 0 {
		o.Leaking++
		if len(o.Found) < mostWrong {
			o.Found = append(o.Found, found...)
		}
	}
	o.keep(row)
}

func (o *Server) keep(row ServerRow) {
	if len(o.Rows) < mostWrong {
		o.Rows = append(o.Rows, row)
	}
}

// replay gives the lines that show the row: the table goes, the request comes, the
// table comes back.
func (r ServerRow) replay() string {
	from, to := pgx.Identifier{r.Table}.Sanitize(), pgx.Identifier{aside(r.Table)}.Sanitize()
	return sql.Replay("alter table "+from+" rename to "+to) + "\n" + r.Line + "\n" + sql.Replay("alter table "+to+" rename to "+from)
}

// aside is what a table is called while it is away; a name in PostgreSQL has 63 bytes.
func aside(table string) string { return table[:min(len(table), 63-len(asideName))] + asideName }

func judgeServer(o Server, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"tables": o.Tables, "aside": o.Aside, "requests": o.Requests, "errors": o.Errors, "conform": o.Conform, "silent": o.Silent, "leaking": o.Leaking, "media": cmpOr(o.Media, "–")}
	bad := slices.DeleteFunc(slices.Clone(o.Rows), func(r ServerRow) bool { return r.Verdict == "" })
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
