package pool

import (
	"context"
	nethttp "net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ServeHTTP answers the one request that the twin knows.
func (t *twin) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), twinTimeout)
	defer cancel()
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		if t.forgets {
			t.forget(ctx)
		}
		w.WriteHeader(nethttp.StatusBadRequest)
		return
	}
	if err := t.answer(ctx, id); err != nil {
		w.WriteHeader(nethttp.StatusServiceUnavailable)
	}
}

// querier is a connection, of the pool or of its own.
type querier interface {
	QueryRow(ctx context.Context, question string, args ...any) pgx.Row
}

func (t *twin) answer(ctx context.Context, id int) error {
	if t.perRequest {
		conn, err := pgx.ConnectConfig(ctx, t.pool.Config().ConnConfig)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return query(ctx, conn, id)
	}
	conn, err := t.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return query(ctx, conn, id)
}

func query(ctx context.Context, conn querier, id int) error {
	var concepto string
	return conn.QueryRow(ctx, twinQuestion, id).Scan(&concepto)
}

func (t *twin) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if t.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.patience)
		defer cancel()
	}
	return t.pool.Acquire(ctx)
}

// forget begins a transaction and never ends it. The connection is kept only so
// that stop can put it away.
func (t *twin) forget(ctx context.Context) {
	conn, err := t.acquire(ctx)
	if err != nil {
		return
	}
	_, _ = conn.Exec(ctx, "begin")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = append(t.lost, conn)
}

// endLost closes what was forgotten: the pool waits for it otherwise.
func (t *twin) endLost(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, conn := range t.lost {
		_ = conn.Conn().Close(ctx)
		conn.Release()
	}
	t.lost = nil
}
