package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ApplicationName is how the pool introduces itself in pg_stat_activity.
const ApplicationName = "gastos"

// Conn is one connection, held by one request until it is released.
type Conn interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
	Release()
}

// Source hands out connections. Acquire waits no longer than its context.
type Source interface {
	Acquire(ctx context.Context) (Conn, error)
}

// PoolConfig describes a pool of exactly size connections to the database at url.
// Nothing is opened before it is needed.
func PoolConfig(url string, size int32) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The cause may quote the URL, and the URL holds a password.
		return nil, fmt.Errorf("DATABASE_URL: not a PostgreSQL connection string: write postgres://user:password@host:port/database")
	}
	c.MaxConns = size
	c.MinConns = 0
	c.MinIdleConns = 0
	c.MaxConnLifetime = time.Hour
	c.MaxConnLifetimeJitter = 5 * time.Minute
	c.MaxConnIdleTime = 10 * time.Minute
	c.PingTimeout = time.Second
	c.ConnConfig.ConnectTimeout = 3 * time.Second
	c.ConnConfig.RuntimeParams["application_name"] = ApplicationName
	c.ConnConfig.RuntimeParams["statement_timeout"] = "8s"
	c.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "15s"
	// A request that is given up cancels its query in the server and keeps its
	// connection; the driver's default would throw the connection away and leave
	// the query running.
	c.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second}
	}
	return c, nil
}

// Pooled makes a Source of a pool.
func Pooled(pool *pgxpool.Pool) Source { return pooled{pool} }

type pooled struct{ pool *pgxpool.Pool }

func (p pooled) Acquire(ctx context.Context) (Conn, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return conn, nil
}
