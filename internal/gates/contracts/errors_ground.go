package contracts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// The paths by which the ground is taken from under the service.
const (
	pathGone    = "gone"
	pathLocked  = "locked"
	pathRefused = "refused"
)

// Bounds of the waiting. A service with a deadline of its own answers a locked
// table within it; many are given ten seconds and some none.
const (
	lockedPatience = 15 * time.Second
	lockedRequests = 2 // each may wait that long
	refusedAtMost  = 6
	// recovery is how long the service may take until it is back on its feet.
	recovery      = 10 * time.Second
	recoveryEvery = 250 * time.Millisecond
)

// The statements by which the database refuses every new session but a superuser's,
// and lets them in again: a database may not be closed from within
// (allow_connections), but it may be full.
const (
	denySessions  = `do $$ begin execute format('alter database %I connection limit 0', current_database()); end $$`
	allowSessions = `do $$ begin execute format('alter database %I connection limit -1', current_database()); end $$`
	endSessions   = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`
	sessionsLimit = `select datconnlimit from pg_database where datname = current_database()`
)

// ground is the service's database in listo's hands.
type ground struct {
	*scout
	db         *sql.Session
	reads      []*twin
	house      house
	companions companions
	o          *Server
}

// without puts a table aside, sends every good reading request, and puts it back.
func (g ground) without(ctx context.Context, t table) error {
	away := aside(t.name)
	rename := func(ctx context.Context, from, to string) error {
		return g.db.Exec(ctx, fmt.Sprintf("alter table %s rename to %s", t.quoted(from), pgx.Identifier{to}.Sanitize()))
	}
	if err := rename(ctx, t.name, away); err != nil {
		return fmt.Errorf("contracts: putting the table %s aside: %w: give database.admin_url a role that owns the tables", t.name, err)
	}
	for _, read := range g.reads {
		g.read(ctx, pathGone, t.name, read, 0)
	}
	// Whatever became of the audit, the table comes back.
	if err := rename(context.WithoutCancel(ctx), away, t.name); err != nil {
		return fmt.Errorf("contracts: putting the table %s back: %w: rename %s to it", t.name, err, away)
	}
	g.o.Aside++
	return nil
}

// locked holds all tables as a migration would, and asks what a caller is told who
// has to wait. A database that does not grant the lock leaves the path ungone.
func (g ground) locked(ctx context.Context, tables []table) error {
	if len(tables) == 0 || len(g.reads) == 0 {
		return nil
	}
	var names []string
	for _, t := range tables[:min(len(tables), mostTables)] {
		names = append(names, t.quoted(t.name))
	}
	err := g.db.Exec(ctx, "begin")
	if err == nil {
		err = g.db.Exec(ctx, "lock table "+strings.Join(names, ", ")+" in access exclusive mode")
	}
	if err == nil {
		for _, read := range g.reads[:min(len(g.reads), lockedRequests)] {
			g.read(ctx, pathLocked, "", read, lockedPatience)
		}
	} else {
		g.o.Unopened = append(g.o.Unopened, pathLocked+": "+clean(err.Error(), 160))
	}
	return g.db.Exec(context.WithoutCancel(ctx), "rollback")
}

// refused ends the service's sessions and lets no new one in. It needs a role that
// may: where it may not, the path is ungone and the page says so.
func (g ground) refused(ctx context.Context) error {
	if len(g.reads) == 0 {
		return nil
	}
	limit := -1
	err := g.db.One(ctx, sessionsLimit, &limit)
	if err == nil {
		err = g.db.Exec(ctx, denySessions)
	}
	denied := err == nil
	if err == nil {
		err = g.db.Exec(ctx, endSessions)
	}
	if err == nil {
		for _, read := range g.reads[:min(len(g.reads), refusedAtMost)] {
			g.read(ctx, pathRefused, "", read, lockedPatience)
		}
	} else {
		g.o.Unopened = append(g.o.Unopened, pathRefused+": "+clean(err.Error(), 160))
	}
	if !denied {
		return nil // nothing has changed
	}
	// Whatever became of the audit, the sessions are let in again.
	if err := g.db.Exec(context.WithoutCancel(ctx), strings.Replace(allowSessions, "limit -1", fmt.Sprintf("limit %d", limit), 1)); err != nil {
		return fmt.Errorf("contracts: letting sessions into the database again: %w: alter database … connection limit %d", err, limit)
	}
	return nil
}

// recovers waits until every good request succeeds again.
func (g ground) recovers(ctx context.Context) bool {
	if len(g.reads) == 0 {
		return false
	}
	for began := time.Now(); ; {
		well := true
		for _, t := range g.reads {
			well = well && good(t.op, g.send(ctx, t.call))
		}
		if well || ctx.Err() != nil || time.Since(began) > recovery {
			return well
		}
		select {
		case <-ctx.Done():
		case <-time.After(recoveryEvery):
		}
	}
}

// read sends one good request and looks at what it is answered with.
func (g ground) read(ctx context.Context, path, table string, read *twin, patience time.Duration) {
	g.o.Requests++
	c := g.from(read.call)
	c.patience = patience
	a, line := g.send(ctx, c), g.line(c)
	switch {
	case a.Err != nil && path == pathLocked && errors.Is(a.Err, context.DeadlineExceeded):
		g.o.Waited++
	case a.Err != nil && ctx.Err() == nil:
		g.o.Silent++
		g.o.keep(ServerRow{Path: path, Table: table, Operation: read.op.Name(), Shape: Shape{Excerpt: clean(a.Err.Error(), 160)}, Line: line, Verdict: "silent"})
	case a.Err == nil && a.Status >= 500:
		if g.o.Errors < mostQuoted {
			g.shown(c, a)
		}
		g.count(ServerRow{Path: path, Table: table, Operation: read.op.Name(), Layer: layerOf(a), Shape: shapeOf(a), Line: line}, c, a)
	}
}

// count holds an error of 500 or more against the form of the others.
func (g ground) count(row ServerRow, c call, a http.Answer) {
	o := g.o
	o.Errors++
	*map[string]*int{pathGone: &o.Gone, pathLocked: &o.Locked, pathRefused: &o.Refused}[row.Path]++
	if row.Verdict = row.against(g.house); row.Verdict == "" {
		o.Conform++
	}
	if row.Lost, _ = g.companions.lacks(a); len(row.Lost) > 0 {
		o.Bare++
	}
	if a.Status == 503 && a.Header.Get("Retry-After") == "" {
		o.Unhurried++
	}
	if found := leaksIn(a, c, row.Line); len(found) > 0 {
		o.Leaking++
		if len(o.Found) < mostWrong {
			o.Found = append(o.Found, found...)
		}
	}
	o.keep(row)
}
