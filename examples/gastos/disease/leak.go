//go:build disease

package disease

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/store"
)

// leaky is a source of connections that forget some of their transactions: neither
// ended nor given back. forget decides it, for each connection anew, at the end of
// its transaction.
type leaky struct {
	pool   *pgxpool.Pool
	took   func(string)
	forget func(ctx context.Context) (atEnd func(failed bool) bool)
}

func (l leaky) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &leakyConn{Conn: conn, took: l.took, forget: l.forget(ctx)}, nil
}

type leakyConn struct {
	*pgxpool.Conn
	took   func(string)
	forget func(failed bool) bool
	lost   bool
}

func (c *leakyConn) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	// Whoever forgets a transaction has not heard of cancellation either.
	tx, err := c.Conn.BeginTx(context.WithoutCancel(ctx), options)
	if err != nil {
		return nil, err
	}
	return &leakyTx{Tx: tx, conn: c}, nil
}

func (c *leakyConn) Release() {
	if !c.lost {
		c.Conn.Release()
		return
	}
	if c.Conn.Conn().PgConn().TxStatus() == 'T' {
		c.took("a transaction is open and its connection lost to the pool")
	}
}

type leakyTx struct {
	pgx.Tx
	conn *leakyConn
	done bool
}

func (t *leakyTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.Tx.Query(context.WithoutCancel(ctx), sql, args...)
}

func (t *leakyTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.Tx.QueryRow(context.WithoutCancel(ctx), sql, args...)
}

func (t *leakyTx) Commit(ctx context.Context) error {
	t.done = true
	if t.conn.forget(false) {
		t.conn.lost = true
		return nil
	}
	return t.Tx.Commit(context.WithoutCancel(ctx))
}

func (t *leakyTx) Rollback(ctx context.Context) error {
	if t.done {
		return nil
	}
	if t.conn.forget(true) {
		t.conn.lost = true
		return nil
	}
	return t.Tx.Rollback(ctx)
}

// patient lets a forgotten transaction live: otherwise the server would end it
// after a while and hide the defect.
func patient(pc *pgxpool.Config) {
	pc.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
}
