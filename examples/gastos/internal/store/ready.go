package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ReadyTimeout is how long the database may take to prove itself.
const ReadyTimeout = time.Second

// errNotReady says that the database answers but cannot serve us.
var errNotReady = errors.New("store: the database is read-only, not migrated, or refuses our role: see gastos migrate status")

// Readiness asks the database whether the service can work, on a connection of its
// own: a busy pool is not an absent database. The connection is opened when first
// needed and again after each failure.
type Readiness struct {
	url  string
	turn chan struct{} // holds one token: whoever has it owns conn
	conn *pgx.Conn
}

// NewReadiness returns a Readiness for the database at url; it opens nothing.
func NewReadiness(url string) *Readiness {
	return &Readiness{url: url, turn: make(chan struct{}, 1)}
}

// Check returns nil when the database is writable and our table is there for us,
// within ReadyTimeout. It takes no lock on any table.
func (r *Readiness) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ReadyTimeout)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	if err := r.ask(ctx); err != nil {
		r.drop()
		return err
	}
	return nil
}

// Close closes the connection, if there is one.
func (r *Readiness) Close() {
	r.turn <- struct{}{}
	r.drop()
	<-r.turn
}

func (r *Readiness) ask(ctx context.Context) error {
	if r.conn == nil {
		config, err := pgx.ParseConfig(r.url)
		if err != nil {
			return fmt.Errorf("%w: DATABASE_URL is malformed", ErrUnavailable)
		}
		config.RuntimeParams["application_name"] = ApplicationName + "-readyz"
		if r.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	var able bool
	err := r.conn.QueryRow(ctx, `
		select not pg_is_in_recovery()
			and current_setting('default_transaction_read_only') = 'off'
			and has_table_privilege('gastos', 'insert')`).Scan(&able)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if !able {
		return errNotReady
	}
	return nil
}

func (r *Readiness) drop() {
	if r.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = r.conn.Close(ctx)
	r.conn = nil
}
