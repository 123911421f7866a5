package pool

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// adminURL names the server that all tests of this package share.
const adminURL = "LISTO_POOL_TEST_ADMIN_URL"

// appPassword is the password of the role "app" on the throw-away server.
const appPassword = "app-of-the-test"

func TestMain(m *testing.M) {
	if os.Getenv(holderURL) != "" {
		holdForEver() // this process is the child of a test
	}
	server, err := pgserver.Start(context.Background(), pgserver.Options{
		MaxConnections: 200,
		Settings:       map[string]string{"max_worker_processes": "16", "max_parallel_workers": "16"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv(adminURL, server.SuperuserURL("postgres"))
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// place is a database with the table gastos, as admin and as the service.
type place struct{ admin, app string }

func inDatabase(t *testing.T, url, name string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", cfg.User, cfg.Password, cfg.Port, name)
}

func newPlace(t *testing.T) place {
	t.Helper()
	name := "t_" + strings.ToLower(strings.NewReplacer("/", "_", "-", "_", " ", "_", ",", "", "#", "").Replace(t.Name()))
	name = fmt.Sprintf("%.50s_%d", name, time.Now().UnixNano()%1e9)
	exec(t, os.Getenv(adminURL), `create database "`+name+`"`)
	exec(t, os.Getenv(adminURL), `do $$ begin create role app login password '`+appPassword+`'; exception when duplicate_object then null; end $$`)
	p := place{admin: inDatabase(t, os.Getenv(adminURL), name)}
	cfg, err := pgx.ParseConfig(p.admin)
	if err != nil {
		t.Fatal(err)
	}
	p.app = fmt.Sprintf("postgres://app:%s@127.0.0.1:%d/%s?sslmode=disable", appPassword, cfg.Port, name)
	exec(t, p.admin, `create table gastos (id bigserial primary key, empresa_id int not null, concepto text not null);
		create table empresas (id int primary key);
		insert into gastos (empresa_id, concepto) select i % 50, 'c' || i from generate_series(1, 2000) i;
		create index on gastos (empresa_id, id); analyze;
		grant select on all tables in schema public to app`)
	t.Cleanup(func() { exec(t, os.Getenv(adminURL), `drop database "`+name+`" with (force)`) })
	return p
}

func exec(t *testing.T, url, statements string) {
	t.Helper()
	conn := connect(t, url, "test")
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statements); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, url, name string) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.RuntimeParams["application_name"] = name
	conn, err := pgx.ConnectConfig(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// newPool opens a pool as the service; change may adjust it.
func (p place) newPool(t *testing.T, name string, size int, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(p.app)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = int32(size)
	cfg.ConnConfig.RuntimeParams["application_name"] = name
	for _, c := range change {
		c(cfg)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

type runner interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

const fastQuery = "select id, concepto from gastos where empresa_id = $1 order by id limit 20"

func list(ctx context.Context, q runner, question string, empresa int) error {
	rows, err := q.Query(ctx, question, empresa)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

// reading gives a handler that lists expenses through q.
func reading(q runner) http.HandlerFunc { return readingWith(q, fastQuery) }

func readingWith(q runner, question string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		empresa, err := strconv.Atoi(r.URL.Query().Get("empresaId"))
		if err != nil {
			http.Error(w, "empresaId", http.StatusBadRequest)
			return
		}
		if err := list(r.Context(), q, question, empresa); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

// serve starts the handler and gives a bench that points at it.
func (p place) serve(t *testing.T, declared string, h http.Handler) *lab.Bench {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	b := p.bench(t)
	b.Target = lab.Target{Base: server.URL, DatabaseURL: p.app, AdminURL: p.admin, Environment: map[string]string{"CONNECTION_POOL_SIZE": declared}}
	return b
}

func (p place) bench(t *testing.T) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Name: "gastos", Service: config.Service{Mode: config.Managed}, Sections: map[string]any{
		"pool": &Settings{Request: "GET /api/gastos?empresaId=7", SizeVariable: "CONNECTION_POOL_SIZE", Replicas: 1}}}
	return &lab.Bench{Config: cfg, Gate: "pool", Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Progress: func(int, int) {}}
}

// try runs a check as the audit does and gives its finding.
func try(t *testing.T, b *lab.Bench, id string, limits ...any) evidence.Finding {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %q", id)
	}
	b.Limits = limitsOf(check, limits...)
	raw, err := check.Run(t.Context(), b)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := check.Judge(raw, b.Limits)
	if err != nil {
		t.Fatalf("%s: %v\n%s", id, err, raw)
	}
	t.Logf("%s: %v %s %v", id, f.Outcome, f.Reason, f.Facts)
	return f
}

// limitsOf gives the check's own limits, changed by pairs of name and value.
func limitsOf(check evidence.Check, changes ...any) evidence.Limits {
	limits := evidence.Limits{}
	for _, l := range check.Limits {
		limits[l.Name] = l.Default
	}
	for i := 0; i+1 < len(changes); i += 2 {
		limits[changes[i].(string)] = float64(changes[i+1].(int))
	}
	return limits
}

// want fails the test when the finding is another.
func want(t *testing.T, f evidence.Finding, outcome evidence.Outcome, reason string) {
	t.Helper()
	if f.Outcome != outcome || f.Reason != reason {
		t.Errorf("got %v (%s) %v, want %v (%s)", f.Outcome, f.Reason, f.Facts, outcome, reason)
	}
}
