package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// cloneTimeout bounds making or dropping one clone of the database.
const cloneTimeout = 2 * time.Minute

// cloneDatabase gives the gate a copy of the prepared database, so that what
// one gate writes no other gate meets. PostgreSQL copies a template only while
// nobody is connected to it, which also proves that there are no strangers.
func (s *Stay) cloneDatabase(ctx context.Context, gate string, r *lab.Recorder) error {
	from := s.ground.cfg.Database.Name
	if from == "" {
		cfg, err := pgx.ParseConfig(s.ground.adminURL)
		if err != nil {
			return fmt.Errorf("database: its URL cannot be read: write it as postgres://user:password@host:port/name")
		}
		from = cfg.Database
	}
	clone := fmt.Sprintf("listo_%s_%d", gate, time.Now().UnixNano())
	s.clone = clone // also when copying fails: the server may finish what we stop waiting for
	if err := s.copyDatabase(ctx, r, from, clone); err != nil {
		return fmt.Errorf("database: cloning %s: %w: end the sessions that use it", from, err)
	}
	var err error
	if s.Target.AdminURL, err = withDatabase(s.ground.adminURL, clone); err != nil {
		return err
	}
	s.Target.DatabaseURL, err = withDatabase(s.ground.serviceURL, clone)
	return err
}

func (s *Stay) copyDatabase(ctx context.Context, r *lab.Recorder, from, clone string) error {
	statement := "create database " + identifier(clone) + " template " + identifier(from)
	if s.ground.server == nil {
		return s.maintain(ctx, r, statement)
	}
	touch := r.Touch("sql", replay(statement))
	ctx, cancel := context.WithTimeout(ctx, cloneTimeout)
	defer cancel()
	err := s.ground.server.CloneDatabase(ctx, from, clone) // with its grants and settings too
	touch.End(0, err)
	return err
}

func (s *Stay) dropClone(r *lab.Recorder) error {
	ctx, cancel := context.WithTimeout(context.Background(), cloneTimeout)
	defer cancel()
	return s.maintain(ctx, r, "drop database if exists "+identifier(s.clone)+" with (force)")
}

func replay(statement string) string {
	return shell.Line(shell.Lit("psql"), shell.Var("DATABASE_ADMIN_URL"), shell.Lit("-X"), shell.Lit("-c"), shell.Lit(statement))
}

// maintain runs one statement in the maintenance database and records it.
func (s *Stay) maintain(ctx context.Context, r *lab.Recorder, statement string) error {
	touch := r.Touch("sql", replay(statement))
	err := func() error {
		ctx, cancel := context.WithTimeout(ctx, cloneTimeout)
		defer cancel()
		url, err := withDatabase(s.ground.adminURL, "postgres")
		if err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, statement)
		return err
	}()
	touch.End(0, err)
	return err
}

// identifier quotes an SQL name.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
