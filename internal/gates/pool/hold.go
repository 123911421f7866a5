package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"listo/internal/lab/sql"
)

// No table is held longer than two seconds, whatever becomes of listo. Taking
// the lock lasts at most takeLimit (tables locked first are held while the
// others are waited for). Listo lets go after holdLimit. Should it be stopped
// or cut off, the server ends the session serverLimit after the lock was taken;
// should it be killed, the closed socket ends it at once.
const (
	lockTimeout = 500 * time.Millisecond
	takeLimit   = 600 * time.Millisecond
	holdLimit   = 1300 * time.Millisecond
	serverLimit = 1400 * time.Millisecond
	// A lock may be refused by something that passes, such as an autovacuum.
	lockAttempts = 3
)

// errLapsed tells that the server ended a hold before listo did: this machine
// was too busy, and whatever was read meanwhile does not count.
var errLapsed = errors.New("pool: the lock was lost before it was given back: audit on a less busy machine")

// hold is a table, or all of them, locked in a session of its own.
type hold struct {
	session *sql.Session
	taken   time.Time
}

// Refusal says who kept listo from locking a table.
type Refusal struct {
	Code    string   `json:"code"` // SQLSTATE
	Holders []Holder `json:"holders"`
}

// Holder is a session with a lock in our way.
type Holder struct {
	Caller
	State   string  `json:"state"`
	Table   string  `json:"table"`
	SinceMS float64 `json:"since_ms"` // how long it has been in that state
}

// forbidden tells whether our role may not lock at all.
func (r Refusal) forbidden() bool { return r.Code == "42501" }

// idle gives the first holder that sits in a transaction and does nothing.
func (r Refusal) idle() (Holder, bool) {
	for _, h := range r.Holders {
		if strings.HasPrefix(h.State, "idle in transaction") {
			return h, true
		}
	}
	return Holder{}, false
}

// take locks the tables (quoted names) against everybody. A refusal is an
// observation, not an error.
func (p *probe) take(ctx context.Context, tables []string) (*hold, *Refusal, error) {
	var refusal *Refusal
	for range lockAttempts {
		h, code, err := p.tryLock(ctx, tables)
		if err != nil || h != nil {
			return h, nil, err
		}
		holders, err := p.holders(ctx)
		if err != nil {
			return nil, nil, err
		}
		refusal = &Refusal{Code: code, Holders: holders}
		if _, idle := refusal.idle(); idle || refusal.forbidden() {
			break
		}
	}
	return nil, refusal, nil
}

// tryLock gives the hold, or the SQLSTATE with which the lock was refused.
func (p *probe) tryLock(ctx context.Context, tables []string) (*hold, string, error) {
	session, err := sql.Open(ctx, p.bench)
	if err != nil {
		return nil, "", err
	}
	if err = session.Exec(ctx, lockStatement(tables)); err == nil {
		return &hold{session, time.Now()}, "", nil
	}
	session.Close() // and with it the transaction
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "55P03", "57014", "40P01", "42501": // lock or statement timeout, deadlock, no privilege
			return nil, refused.Code, nil
		}
	}
	return nil, "", fmt.Errorf("pool: locking %d tables: %w", len(tables), err)
}

func lockStatement(tables []string) string {
	return fmt.Sprintf("begin; set local lock_timeout = '%dms'; set local statement_timeout = '%dms'; "+
		"set local idle_in_transaction_session_timeout = '%dms'; lock table %s in access exclusive mode",
		lockTimeout.Milliseconds(), takeLimit.Milliseconds(), serverLimit.Milliseconds(), strings.Join(tables, ", "))
}

// left is how much longer the table may be held.
func (h *hold) left() time.Duration { return holdLimit - time.Since(h.taken) }

// release lets go, also when ctx has ended. An error tells that the server had
// ended the session before: the lock was not held to the end.
func (h *hold) release(ctx context.Context) error {
	defer h.session.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := h.session.Exec(ctx, "rollback"); err != nil {
		return fmt.Errorf("%w: %w", errLapsed, err)
	}
	return nil
}

const holdersQuestion = `select coalesce(a.application_name, '') as name, coalesce(a.usename::text, '') as usr,
 coalesce(host(a.client_addr), 'local') as address, coalesce(a.state, '') as state,
 format('%I.%I', n.nspname, c.relname) as tab,
 coalesce((extract(epoch from clock_timestamp() - a.state_change) * 1000)::int8, 0) as since_ms
from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
where l.granted and l.locktype = 'relation' and a.datname = current_database()
 and c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and l.pid <> pg_backend_pid()
order by a.state_change limit 20`

func (p *probe) holders(ctx context.Context) ([]Holder, error) {
	rows, err := p.watch.Query(ctx, holdersQuestion)
	if err != nil {
		return nil, fmt.Errorf("pool: reading who holds the tables: %w", err)
	}
	holders := []Holder{}
	for _, row := range rows {
		since, err := number(row, "since_ms")
		if err != nil {
			return nil, err
		}
		holders = append(holders, Holder{callerOf(row), text(row, "state"), text(row, "tab"), float64(since)})
	}
	return holders, nil
}
