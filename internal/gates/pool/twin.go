package pool

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	nethttp "net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/config"
	"listo/internal/lab"
)

// The sick twin is a small service in this process. It reads a table in a schema
// of its own in the very database of the patient, and both are gone afterwards.
const (
	twinSchema   = "listo_twin"
	twinVariable = "TWIN_POOL_SIZE"
	twinPath     = "/gasto?id=1"
	twinQuestion = "select concepto from listo_twin.gasto where id = $1"
	twinDeclared = 1
	twinTimeout  = 10 * time.Second
)

// twin is the service. Its diseases are set before it is started.
type twin struct {
	url      string
	name     string // application_name
	declared int
	size     int           // the pool's real size
	patience time.Duration // how long a request waits for a connection; 0 for ever
	// perRequest opens and closes a connection for each request.
	perRequest bool
	// forgets leaves the transaction of a malformed request open.
	forgets bool
	// spare sessions are opened beside the pool; used ones have run a query.
	spare     int
	spareUsed bool

	pool     *pgxpool.Pool
	spares   []*pgx.Conn
	mu       sync.Mutex
	lost     []*pgxpool.Conn // taken and never given back
	server   *nethttp.Server
	listener net.Listener
}

// healthy is a twin without a disease.
func healthy(b *lab.Bench) *twin {
	return &twin{url: b.Target.AdminURL, name: "listo-twin", declared: twinDeclared, size: twinDeclared}
}

// start brings the twin up and gives a bench that points at it. On an error
// nothing is left behind.
func (t *twin) start(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	err := t.furnish(ctx)
	if err == nil {
		err = t.connect(ctx)
	}
	if err == nil {
		t.listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.stop()
		return nil, func() {}, fmt.Errorf("pool: the sick twin cannot live in this database: let listo's role create a schema there: %w", err)
	}
	t.server = &nethttp.Server{Handler: t, ReadHeaderTimeout: twinTimeout}
	go func() { _ = t.server.Serve(t.listener) }() // it ends when stop closes it
	return t.bench(b), t.stop, nil
}

// bench copies the bench and points it at the twin: no login, no settings of
// the patient's, one repeat.
func (t *twin) bench(b *lab.Bench) *lab.Bench {
	cfg := *b.Config
	cfg.Login = config.Login{}
	cfg.Sections = map[string]any{b.Gate: &Settings{Request: "GET " + twinPath, SizeVariable: twinVariable, Replicas: 1}}
	other := b.At(lab.Target{
		Base: "http://" + t.listener.Addr().String(), DatabaseURL: t.url, AdminURL: t.url,
		Environment: map[string]string{twinVariable: strconv.Itoa(t.declared)},
	})
	other.Config = &cfg
	other.Limits = maps.Clone(b.Limits)
	if _, repeated := b.Limits["repeats"]; repeated {
		other.Limits["repeats"] = 1
	}
	return other
}

func (t *twin) furnish(ctx context.Context) error {
	return t.maintain(ctx, "drop schema if exists "+twinSchema+" cascade; create schema "+twinSchema+
		"; create table "+twinSchema+".gasto (id int primary key, concepto text not null); insert into "+twinSchema+".gasto values (1, 'taxi')")
}

func (t *twin) maintain(ctx context.Context, statements string) error {
	ctx, cancel := context.WithTimeout(ctx, twinTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, t.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statements)
	return err
}

func (t *twin) connect(ctx context.Context) error {
	cfg, err := pgxpool.ParseConfig(t.url)
	if err != nil {
		return errors.New("admin_url cannot be read")
	}
	cfg.MaxConns = int32(t.size)
	cfg.ConnConfig.RuntimeParams["application_name"] = t.name
	if t.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return err
	}
	for range t.spare {
		conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig.Copy())
		if err != nil {
			return err
		}
		t.spares = append(t.spares, conn)
		if !t.spareUsed {
			continue
		}
		if _, err := conn.Exec(ctx, "select 1"); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the server and every session, then drops the schema.
func (t *twin) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), twinTimeout)
	defer cancel()
	if t.server != nil {
		_ = t.server.Close()
	}
	for _, conn := range t.spares {
		_ = conn.Close(ctx)
	}
	if t.pool != nil {
		t.endLost(ctx)
		t.pool.Close()
	}
	_ = t.maintain(ctx, "drop schema if exists "+twinSchema+" cascade")
}
