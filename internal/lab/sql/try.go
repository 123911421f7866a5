package sql

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"listo/internal/engine/shell"
)

// Tried is how the server took a statement that was rolled back afterwards.
type Tried struct {
	State   string `json:"state"`   // SQLSTATE; "00000" when it was taken
	Rows    int64  `json:"rows"`    // rows it would have changed or given
	Message string `json:"message"` // of the refusal
}

// Successful is the SQLSTATE of a statement that was taken.
const Successful = "00000"

// Try runs one statement as the role ("" is the session's own) in a transaction
// that is rolled back whatever happens, and tells how the server took it. An
// error means that it could not be tried, as when the role is not there.
func (s *Session) Try(ctx context.Context, role, statement string) (Tried, error) {
	touch := s.bench.Touch("sql", s.tryReplay(role, statement))
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	tried, err := s.try(ctx, role, statement)
	if err == nil {
		touch.Capture("answer", "application/json", jsonLines([]Tried{tried}), true)
	}
	touch.End(0, err)
	return tried, err
}

func (s *Session) try(ctx context.Context, role, statement string) (tried Tried, err error) {
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return tried, err
	}
	defer func() { err = errors.Join(err, rolledBack(ctx, tx)) }()
	if _, err := tx.Exec(ctx, beforeTry); err != nil {
		return tried, err
	}
	if role != "" {
		if _, err := tx.Exec(ctx, "set local role "+pgx.Identifier{role}.Sanitize()); err != nil {
			return tried, err
		}
	}
	tag, err := tx.Exec(ctx, statement)
	if err == nil {
		// Deferred constraints speak at the end of a transaction: make them speak now.
		_, err = tx.Exec(ctx, "set constraints all immediate")
	}
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return Tried{State: Successful, Rows: tag.RowsAffected()}, nil
	case errors.As(err, &refused):
		return Tried{State: refused.Code, Message: refused.Message}, nil
	}
	return tried, err
}

// beforeTry bounds how long a statement may wait for somebody else's lock.
const beforeTry = "set local lock_timeout = '2s'"

// rolledBack ends the transaction, which is over already when the session is lost.
func rolledBack(ctx context.Context, tx pgx.Tx) error {
	if err := tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return err
	}
	return nil
}

func (s *Session) tryReplay(role, statement string) string {
	words := []shell.Word{shell.Lit("psql"), shell.Var(s.variable), shell.Lit("-X"), shell.Lit("-v"), shell.Lit("VERBOSITY=verbose"),
		shell.Lit("-c"), shell.Lit("begin")}
	if role != "" {
		words = append(words, shell.Lit("-c"), shell.Lit("set local role "+pgx.Identifier{role}.Sanitize()))
	}
	for _, line := range []string{statement, "rollback"} {
		words = append(words, shell.Lit("-c"), shell.Lit(line))
	}
	return shell.Line(words...)
}
