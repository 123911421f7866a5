// Package store keeps companies, users and expenses in PostgreSQL.
//
// It knows the tables and who may see and change what: every operation takes the
// user who asks, and permission and data are read in one transaction on one
// connection. It does not know HTTP, tokens or passwords.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What can go wrong with an operation. Any other error is a defect.
var (
	// ErrUnknownUser says that the user who asks does not exist (any more).
	ErrUnknownUser = errors.New("store: the user who asks does not exist")
	// ErrForbidden says that the user may not do this.
	ErrForbidden = errors.New("store: not allowed")
	// ErrNotFound says that there is no such thing, or none that the user may see.
	ErrNotFound = errors.New("store: not found")
	// ErrUnavailable says that the database did not answer in time.
	ErrUnavailable = errors.New("store: the database is not available: try again")
)

// rollbackTimeout bounds the rollback of a request that was given up.
const rollbackTimeout = time.Second

// Store is the door to the tables. Its methods are safe for concurrent use.
type Store struct{ source Source }

// New returns a Store that takes its connections from source.
func New(source Source) *Store { return &Store{source} }

// read runs fn on one snapshot of the database and promises to change nothing: the
// total of a page and its items agree.
func (s *Store) read(ctx context.Context, fn func(pgx.Tx) error) error {
	return s.within(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

// write runs fn in one transaction: all of it happens, or nothing.
func (s *Store) write(ctx context.Context, fn func(pgx.Tx) error) error {
	return s.within(ctx, pgx.TxOptions{}, fn)
}

// within takes one connection for the whole of fn and gives it back whatever happens.
func (s *Store) within(ctx context.Context, options pgx.TxOptions, fn func(pgx.Tx) error) error {
	conn, err := s.source.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("%w: take a connection: %w", ErrUnavailable, err)
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return classify(err)
	}
	defer func() {
		// After a commit this does nothing. A request that was given up still
		// rolls back, so that its connection goes home clean.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := fn(tx); err != nil {
		return classify(err)
	}
	return classify(tx.Commit(ctx))
}

// classify tells a database that is away from a defect of ours.
func classify(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrUnknownUser), errors.Is(err, ErrForbidden), errors.Is(err, ErrNotFound):
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && !transient(pg.Code) {
		return fmt.Errorf("store: %w", err)
	}
	if pg == nil && errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("store: a row that must exist does not: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// transient tells whether an SQLSTATE is the database's trouble rather than the
// statement's: connections (08), authorisation lost (28), transactions that clash
// (40) or sat idle (25P03), resources (53), locks (55), interventions (57), system (58).
func transient(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "28", "40", "53", "55", "57", "58":
		return true
	}
	return code == "25P03"
}
