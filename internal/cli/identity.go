package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// identity is what a database says of itself: its name, and the number of its
// cluster, which no tunnel and no other host name can change.
type identity struct{ name, system string }

// databaseTimeout bounds one look at a database, connecting included.
const databaseTimeout = 10 * time.Second

// connect opens a session that can only read.
func connect(ctx context.Context, raw string) (*pgx.Conn, error) {
	if u, err := url.Parse(raw); err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || strings.Trim(u.Path, "/") == "" {
		return nil, errors.New("its URL cannot be read: write it as postgres://user:password@host:port/name")
	}
	cfg, err := pgx.ParseConfig(raw)
	if err != nil {
		return nil, errors.New("its URL cannot be read: write it as postgres://user:password@host:port/name")
	}
	cfg.RuntimeParams["application_name"] = "listo"
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	cfg.RuntimeParams["statement_timeout"] = fmt.Sprint(databaseTimeout.Milliseconds())
	cfg.ConnectTimeout = databaseTimeout
	return pgx.ConnectConfig(ctx, cfg)
}

// disconnect ends a session; the server ends it when we cannot.
func disconnect(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// identify asks a database who it is. A standby is refused: it belongs to
// something that is not development.
func identify(ctx context.Context, raw string) (*identity, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	conn, err := connect(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("database: %w", unreachable(err))
	}
	defer disconnect(conn)
	var who identity
	var standby bool
	err = conn.QueryRow(ctx, `select current_database(), system_identifier::text, pg_is_in_recovery() from pg_control_system()`).Scan(&who.name, &who.system, &standby)
	switch {
	case err != nil:
		return nil, fmt.Errorf("database: asking who it is: %w: grant the role pg_monitor", err)
	case standby:
		return nil, errors.New("database: it is a standby, so it belongs to something that is not development: name the development primary")
	}
	return &who, nil
}

// unreachable says why there is no session without what pgx adds: host, user and
// database of the URL, once per address tried.
func unreachable(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return fmt.Errorf("the server refuses the session: %s", server.Message)
	}
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) {
		if inner := failed.Unwrap(); inner != nil {
			return fmt.Errorf("no session: %w: is it running, and are host and port right?", inner)
		}
	}
	return err
}
