// Package migrations is the history of the schema, as goose SQL files.
//
// It knows how to walk that history up and down. It does not know who calls it,
// nor what the tables are used for.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Migrator walks one database through the history. Close it.
type Migrator struct {
	*goose.Provider
}

// Open prepares a Migrator for the database at url. appRole is the database role
// of the service; the last migration grants it what it needs. Two migrators of one
// database wait for each other: the history is walked under an advisory lock.
func Open(ctx context.Context, url, appRole string, log *slog.Logger) (*Migrator, error) {
	conn, err := pgx.ParseConfig(url)
	if err != nil {
		// The cause may quote the URL, and the URL holds a password.
		return nil, fmt.Errorf("DATABASE_URL: not a PostgreSQL connection string: write postgres://user:password@host:port/database")
	}
	conn.RuntimeParams["application_name"] = "gastos-migrate"
	conn.RuntimeParams["gastos.app_role"] = appRole
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("migrations: advisory lock: %w", err)
	}
	db := stdlib.OpenDB(*conn)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("migrations: no database: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(locker),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(log),
	)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("migrations: read the files: %w", err)
	}
	return &Migrator{provider}, nil
}

// To walks up or down to a version; 0 is the empty schema.
func (m *Migrator) To(ctx context.Context, version int64) ([]*goose.MigrationResult, error) {
	current, err := m.GetDBVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrations: read the version: %w", err)
	}
	if version < current {
		return m.DownTo(ctx, version)
	}
	return m.UpTo(ctx, version)
}
