// Command pool measures the instrument of the gate "pool": pools of known size
// are read by the hold probe many times, and every reading that is not exactly
// min(requests, size) is counted. Naive sampling of the same pools stands beside.
//
// go run ./bench/pool > bench/pool/RESULTS.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/gates/pool"
	"listo/internal/lab"
)

const database = "bench"

func main() {
	repeats := flag.Int("repeats", 20, "how often each sweep is repeated")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *repeats); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, repeats int) (err error) {
	server, err := pgserver.Start(ctx, pgserver.Options{MaxConnections: 200})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := errors.Join(server.CreateRole(ctx, "app"), server.CreateDatabase(ctx, database, "app")); err != nil {
		return err
	}
	if err := fill(ctx, server.URL(database, "app")); err != nil {
		return err
	}
	began := time.Now()
	printHead(out, server.Binaries.Version, repeats)
	wrong, readings := 0, 0
	for _, size := range []int{1, 2, 4, 5, 10, 16, 20, 32} {
		row, err := measure(ctx, server, size, repeats)
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		row.print(out)
		wrong, readings = wrong+row.wrong, readings+row.readings
	}
	fmt.Fprintf(out, "\n%d readings, **%d wrong**, in %v.\n", readings, wrong, time.Since(began).Round(time.Second))
	return nil
}

func fill(ctx context.Context, url string) error {
	p, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer p.Close()
	for _, statement := range []string{
		`create table gastos (id bigserial primary key, empresa_id int not null, concepto text not null)`,
		`insert into gastos (empresa_id, concepto) select i % 50, 'c' || i from generate_series(1, 20000) i`,
		`create index on gastos (empresa_id, id)`, `analyze gastos`,
	} {
		if _, err := p.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// row is what one size came to.
type row struct {
	size, readings, wrong, again  int
	activeMax, activeP50, samples int
	held                          time.Duration // the longest hold
	took                          time.Duration // one sweep, on average
}

func (r row) print(out io.Writer) {
	fmt.Fprintf(out, "| %d | %d | %d | %d | %d ms | %.1f s | %d | %d | %d |\n", r.size, r.readings, r.wrong, r.again,
		r.held.Milliseconds(), r.took.Seconds(), r.samples, r.activeMax, r.activeP50)
}

// measure reads a pool of the size again and again.
func measure(ctx context.Context, server *pgserver.Server, size, repeats int) (row, error) {
	cfg, err := pgxpool.ParseConfig(server.URL(database, "app"))
	if err != nil {
		return row{}, err
	}
	cfg.MaxConns = int32(size)
	cfg.ConnConfig.RuntimeParams["application_name"] = "gastos"
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return row{}, err
	}
	defer p.Close()
	service := httptest.NewServer(handler(p))
	defer service.Close()
	folder, err := os.MkdirTemp("", "listo-bench-*")
	if err != nil {
		return row{}, err
	}
	defer os.RemoveAll(folder)
	b, err := bench(folder, lab.Target{Base: service.URL, DatabaseURL: server.URL(database, "app"), AdminURL: server.SuperuserURL(database),
		Environment: map[string]string{"CONNECTION_POOL_SIZE": fmt.Sprint(size)}})
	if err != nil {
		return row{}, err
	}
	return read(ctx, b, size, repeats)
}

func read(ctx context.Context, b *lab.Bench, size, repeats int) (row, error) {
	began := time.Now()
	effective, err := observe[pool.Effective](ctx, b, "pool.effective", map[string]float64{"repeats": float64(repeats)})
	if err != nil {
		return row{}, err
	}
	r := row{size: size, took: time.Since(began) / time.Duration(repeats)}
	for _, reading := range effective.Readings {
		r.readings++
		r.again += reading.Attempts - 1
		if reading.Waiting != min(reading.K, size) {
			r.wrong++
		}
		r.held = max(r.held, time.Duration(reading.HeldMS*float64(time.Millisecond)))
	}
	sampling, err := observe[pool.Sampling](ctx, b, "pool.sampling", map[string]float64{"samples": 20})
	r.samples, r.activeMax, r.activeP50 = len(sampling.Samples), sampling.ActiveMax, sampling.ActiveP50
	return r, err
}

// observe runs a check of the gate as the audit does.
func observe[O any](ctx context.Context, b *lab.Bench, id string, limits map[string]float64) (O, error) {
	var none O
	check, _ := evidence.Find([]evidence.Gate{pool.Gate()}, id)
	b.Limits = evidence.Limits{}
	for _, l := range check.Limits {
		b.Limits[l.Name] = l.Default
	}
	for name, value := range limits {
		b.Limits[name] = value
	}
	raw, err := check.Run(ctx, b)
	if err != nil {
		return none, err
	}
	o, err := check.Decode(raw)
	if err != nil {
		return none, err
	}
	return o.(O), nil
}

func bench(folder string, target lab.Target) (*lab.Bench, error) {
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		return nil, err
	}
	return &lab.Bench{
		Config: &config.Config{Service: config.Service{Mode: config.Managed}, Sections: map[string]any{
			"pool": &pool.Settings{Request: "GET /api/gastos?empresaId=7", SizeVariable: "CONNECTION_POOL_SIZE", Replicas: 1}}},
		Gate: "pool", Target: target, Progress: func(int, int) {},
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
	}, nil
}

func handler(p *pgxpool.Pool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rows, err := p.Query(r.Context(), "select id, concepto from gastos where empresa_id = $1 order by id limit 20", 7)
		if err != nil {
			http.Error(w, "database", http.StatusServiceUnavailable)
			return
		}
		for rows.Next() {
		}
		if rows.Err() != nil {
			http.Error(w, "database", http.StatusServiceUnavailable)
		}
	}
}
