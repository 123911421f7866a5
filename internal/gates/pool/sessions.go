package pool

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/lab/sql"
)

// Caller is who opened a session, as the server sees it.
type Caller struct {
	Name    string `json:"application_name"`
	User    string `json:"user"`
	Address string `json:"address"` // of the client; "local" for a Unix socket
}

// Group counts the sessions of one caller.
type Group struct {
	Caller
	Sessions int `json:"sessions"`
}

func callerOf(row map[string]any) Caller {
	return Caller{text(row, "name"), text(row, "usr"), text(row, "address")}
}

// described names groups for a reader: 10 × "gastos" (app@127.0.0.1).
func described(groups []Group) []string {
	lines := []string{}
	for _, g := range groups {
		lines = append(lines, fmt.Sprintf("%d × %q (%s@%s)", g.Sessions, g.Name, g.User, g.Address))
	}
	return lines
}

// isPool tells whether the caller was seen to wait for our lock because of our
// request. This is cause and effect: no name is needed.
func (p *probe) isPool(c Caller) bool { return slices.Contains(p.reach.Callers, c) }

// isService tells whether the session is the service's: of its pool, or from
// the same place under a name that begins with the pool's ("gastos-readyz").
// On a database that listo cloned for this service alone a session from there
// without any name is the service's too.
func (p *probe) isService(c Caller) bool {
	for _, own := range p.reach.Callers {
		if c.User != own.User || c.Address != own.Address {
			continue
		}
		nameless := c.Name == "" && p.bench.Config.Service.Mode == config.Managed
		if nameless || inFamily(c.Name, own.Name) {
			return true
		}
	}
	return false
}

func inFamily(name, pool string) bool {
	rest, ok := strings.CutPrefix(name, pool)
	if !ok || pool == "" {
		return name == pool
	}
	return rest == "" || strings.ContainsAny(rest[:1], "-_./: ")
}

// Session is one client session in the service's database.
type Session struct {
	Caller
	PID      int    `json:"pid"`
	State    string `json:"state"`
	StateMS  int    `json:"state_ms"` // how long it has been in that state
	AgeMS    int    `json:"age_ms"`
	NeverRan bool   `json:"never_ran"` // no query since it was opened
	Waiting  bool   `json:"waiting"`   // for a lock
}

// Only client backends: parallel workers, autovacuum and walsenders are nobody's
// connection. Our own sessions are left out by their process ID.
const sessionsQuestion = `select coalesce(a.application_name, '') as name, coalesce(a.usename::text, '') as usr,
 coalesce(host(a.client_addr), 'local') as address, a.pid, coalesce(a.state, '') as state,
 coalesce((extract(epoch from clock_timestamp() - a.state_change) * 1000)::int8, 0) as state_ms,
 (extract(epoch from clock_timestamp() - a.backend_start) * 1000)::int8 as age_ms,
 a.query_start is null as never_ran, coalesce(a.wait_event_type = 'Lock', false) as waiting
from pg_stat_activity a
where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid()
order by a.pid limit 2000`

// sessions lists the client sessions in the database, ours excepted.
func (p *probe) sessions(ctx context.Context) ([]Session, error) {
	rows, err := p.watch.Query(ctx, sessionsQuestion)
	if err != nil {
		return nil, fmt.Errorf("pool: reading pg_stat_activity: %w", err)
	}
	return sessionsOf(rows)
}

func sessionsOf(rows sql.Rows) ([]Session, error) {
	all := []Session{}
	for _, row := range rows {
		s := Session{Caller: callerOf(row), State: text(row, "state")}
		s.NeverRan, _ = row["never_ran"].(bool)
		s.Waiting, _ = row["waiting"].(bool)
		for name, into := range map[string]*int{"pid": &s.PID, "state_ms": &s.StateMS, "age_ms": &s.AgeMS} {
			n, err := number(row, name)
			if err != nil {
				return nil, err
			}
			*into = n
		}
		all = append(all, s)
	}
	return all, nil
}

// grouped counts sessions by caller, the most numerous first.
func grouped(sessions []Session) []Group {
	groups := []Group{}
	for _, s := range sessions {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Caller == s.Caller })
		if i < 0 {
			groups = append(groups, Group{Caller: s.Caller})
			i = len(groups) - 1
		}
		groups[i].Sessions++
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return b.Sessions - a.Sessions })
	return groups
}

// of keeps the sessions whose caller is wanted.
func of(sessions []Session, wanted func(Caller) bool) []Session {
	kept := []Session{}
	for _, s := range sessions {
		if wanted(s.Caller) {
			kept = append(kept, s)
		}
	}
	return kept
}
