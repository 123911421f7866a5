package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

const (
	// pollEvery is the time between two looks at who waits.
	pollEvery = 20 * time.Millisecond
	// quietLooks are taken while the tables are held and nothing was sent yet: who
	// waits then is a stranger.
	quietLooks = 3
	// reachLooks are taken once somebody waits: others may come.
	reachLooks = 2
	// reachLimit bounds the wait for the one request to meet our lock.
	reachLimit = time.Second
)

// Reach is what one request met while every table was held: the table it waits
// for, and as whom.
type Reach struct {
	// Tables counts the tables in the database, Lockable those we may lock.
	Tables   int `json:"tables"`
	Lockable int `json:"lockable"`
	// Table is the one that the request waited for, quoted; "" when it waited for none.
	Table string `json:"table"`
	// Callers are the sessions' owners that waited because of our request.
	Callers []Caller `json:"callers"`
	// Ambiguous tells that sessions began to wait for several tables: something
	// else was at work too, or the request reads them side by side.
	Ambiguous bool `json:"ambiguous"`
	// Strangers waited for that table before anything was sent; they are left out
	// of all counts.
	Strangers []Caller `json:"strangers"`
	// Warm tells how the requests before were answered, with nothing held.
	Warm    Tally    `json:"warm"`
	Refused *Refusal `json:"refused,omitempty"`
}

// unreached gives the finding of a check whose readings could not be taken
// because the table is not known or could not be locked, if so. A leak is the
// matter of pool.effective and pool.leaks; to others the table is occupied.
func (r Reach) unreached() (evidence.Finding, bool) {
	switch {
	case r.Refused != nil:
		return r.Refused.finding(), true
	case r.Tables > 0 && r.Lockable == 0:
		return evidence.Undecided("forbidden", nil), true
	case r.Warm.Throttled > 0:
		return evidence.Undecided("throttled", evidence.Facts{"throttled": r.Warm.Throttled, "sent": r.Warm.Sent}), true
	case r.Table == "":
		return evidence.Undecided("not_reached", evidence.Facts{"tables": r.Lockable,
			"succeeded": r.Warm.Succeeded, "sent": r.Warm.Sent}), true
	}
	return evidence.Finding{}, false
}

func (r Refusal) finding() evidence.Finding {
	if r.forbidden() {
		return evidence.Undecided("forbidden", nil)
	}
	holder := Holder{Table: "?", State: "?"}
	if len(r.Holders) > 0 {
		holder = r.Holders[0]
	}
	return evidence.Undecided("occupied", evidence.Facts{"name": holder.Name, "user": holder.User,
		"state": holder.State, "table": holder.Table})
}

// A role may lock a table against everybody when it may update, delete or
// truncate it, or owns it.
const tablesQuestion = `select format('%I.%I', n.nspname, c.relname) as tab,
 has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate') as lockable
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
 and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by 1 limit 5000`

// findTable holds every table for a moment, sends one request and sees which
// table it waits for.
func (p *probe) findTable(ctx context.Context) (Reach, error) {
	r := Reach{Callers: []Caller{}, Strangers: []Caller{}}
	r.Warm = p.burst(ctx, len(p.tokens), len(p.tokens))
	tables, err := p.lockable(ctx, &r)
	if err != nil || len(tables) == 0 {
		return r, err
	}
	for range readAttempts {
		err = p.holdAll(ctx, tables, &r)
		if again := errors.Is(err, errLapsed) || err == nil && r.Ambiguous; !again {
			break
		}
	}
	return r, err
}

// holdAll locks the tables and lets the request meet the lock.
func (p *probe) holdAll(ctx context.Context, tables []string, r *Reach) error {
	h, refused, err := p.take(ctx, tables)
	if err != nil || refused != nil {
		r.Refused = refused
		return err
	}
	one, err := p.meet(ctx, h, r)
	if lost := h.release(ctx); err == nil {
		err = lost
	}
	if one != nil {
		one.Wait()
	}
	return err
}

func (p *probe) lockable(ctx context.Context, r *Reach) ([]string, error) {
	rows, err := p.watch.Query(ctx, tablesQuestion)
	if err != nil {
		return nil, fmt.Errorf("pool: listing the tables: %w", err)
	}
	var tables []string
	for _, row := range rows {
		if may, _ := row["lockable"].(bool); may {
			tables = append(tables, text(row, "tab"))
		}
	}
	r.Tables, r.Lockable = len(rows), len(tables)
	return tables, nil
}

// spot is where a caller waits.
type spot struct {
	caller Caller
	table  string
}

// meet looks first without, then with one request in flight, and gives that
// request: it ends once the tables are free. Whoever waits where nobody waited
// before, or more of them than before, waits because of our request.
func (p *probe) meet(ctx context.Context, h *hold, r *Reach) (*http.Running, error) {
	quiet, looks := map[spot]int{}, 0
	_, err := p.watchWaiters(ctx, h, func(waiters []waiter) bool {
		for _, w := range waiters {
			at := spot{w.Caller, w.table}
			quiet[at] = max(quiet[at], w.Sessions)
		}
		looks++
		return looks == quietLooks
	})
	if err != nil {
		return nil, err
	}
	one := p.client.Start(ctx, http.Burst{Users: 1, Total: 1, Next: p.get(p.path)})
	began, seen := time.Now(), 0
	var ours []spot
	_, err = p.watchWaiters(ctx, h, func(waiters []waiter) bool {
		for _, w := range waiters {
			if at := (spot{w.Caller, w.table}); w.Sessions > quiet[at] {
				ours = appendOnce(ours, at)
			}
		}
		if len(ours) > 0 {
			seen++
		}
		answered := one.InFlight() == 0 && time.Since(began) > pollEvery
		return seen == reachLooks || answered || time.Since(began) > reachLimit
	})
	r.learn(ours, quiet)
	return one, err
}

// learn takes down where our request waited, and who else waits there.
func (r *Reach) learn(ours []spot, quiet map[spot]int) {
	r.Table, r.Ambiguous, r.Callers, r.Strangers = "", false, []Caller{}, []Caller{}
	for _, at := range ours {
		if r.Table == "" {
			r.Table = at.table
		}
		if r.Ambiguous = r.Ambiguous || at.table != r.Table; at.table == r.Table {
			r.Callers = appendOnce(r.Callers, at.caller)
		}
	}
	for at := range quiet {
		if at.table == r.Table && !slices.Contains(r.Callers, at.caller) {
			r.Strangers = appendOnce(r.Strangers, at.caller)
		}
	}
	slices.SortFunc(r.Strangers, func(a, b Caller) int { return strings.Compare(a.Name+a.User+a.Address, b.Name+b.User+b.Address) })
}

func appendOnce[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// waiter is a caller's sessions that wait for a table because of our lock.
type waiter struct {
	Group
	table string
}

// pg_blocking_pids names those whose lock a session waits for: a session that
// waits for somebody else's is not counted.
const waitersQuestion = `select coalesce(a.application_name, '') as name, coalesce(a.usename::text, '') as usr,
 coalesce(host(a.client_addr), 'local') as address, format('%I.%I', n.nspname, c.relname) as tab,
 count(distinct l.pid)::int as waiting, string_agg(distinct l.pid::text, ' ') as pids
from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
where not l.granted and l.locktype = 'relation' and a.backend_type = 'client backend' and a.datname = current_database()
 and $1::int = any(pg_blocking_pids(l.pid))
group by 1, 2, 3, 4 order by 5 desc, 1, 4`

// watchWaiters looks every pollEvery at who waits for the hold, until enough
// says so or the hold has lasted long enough. It gives the number of looks.
func (p *probe) watchWaiters(ctx context.Context, h *hold, enough func([]waiter) bool) (looks int, err error) {
	var wrong error
	readings, err := p.watch.Watch(ctx, pollEvery, waitersQuestion, []any{h.session.PID()}, func(r sql.Reading) bool {
		waiters, err := waitersOf(r.Rows)
		if wrong = err; err != nil {
			return true
		}
		return enough(waiters) || h.left() <= 0
	})
	if err == nil {
		err = wrong
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("pool: watching who waits: %w", err)
	}
	return len(readings), nil
}

func waitersOf(rows sql.Rows) ([]waiter, error) {
	var waiters []waiter
	for _, row := range rows {
		n, err := number(row, "waiting")
		if err != nil {
			return nil, err
		}
		waiters = append(waiters, waiter{Group{callerOf(row), n}, text(row, "tab")})
	}
	return waiters, nil
}
