package pool

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/config"
	"listo/internal/evidence"
)

// Oddities that must not be reported. Every check of the gate passes; the
// letters are those of the project's list of innocents.
func TestInnocents(t *testing.T) {
	for name, build := range map[string]func(*testing.T, place) (size string, h http.Handler){
		"b spare connections": func(t *testing.T, p place) (string, http.Handler) {
			pool := p.newPool(t, "gastos", 8, func(c *pgxpool.Config) { c.MinConns = 8 })
			return "8", reading(pool)
		},
		"c another service that is busy": func(t *testing.T, p place) (string, http.Handler) {
			other := p.newPool(t, "informes", 2)
			background(t, func(ctx context.Context) {
				_ = list(ctx, other, "select count(*), max(concepto) from gastos where id > $1", 0)
			})
			return "4", reading(p.newPool(t, "gastos", 4))
		},
		"d psql is open": func(t *testing.T, p place) (string, http.Handler) {
			psql := connect(t, p.admin, "psql")
			t.Cleanup(func() { psql.Close(context.Background()) })
			return "4", reading(p.newPool(t, "gastos", 4))
		},
		"g idle connections are closed": func(t *testing.T, p place) (string, http.Handler) {
			pool := p.newPool(t, "gastos", 12, func(c *pgxpool.Config) {
				c.MaxConnIdleTime, c.HealthCheckPeriod = 200*time.Millisecond, 100*time.Millisecond
			})
			return "12", reading(pool)
		},
		"h connections are retired": func(t *testing.T, p place) (string, http.Handler) {
			pool := p.newPool(t, "gastos", 6, func(c *pgxpool.Config) {
				c.MaxConnLifetime, c.HealthCheckPeriod, c.MinConns = 2*time.Second, 500*time.Millisecond, 2
			})
			return "6", reading(pool)
		},
		"jobs that poll another table through the pool": func(t *testing.T, p place) (string, http.Handler) {
			pool := p.newPool(t, "gastos", 5)
			background(t, func(ctx context.Context) {
				_ = list(ctx, pool, "select id from empresas where id > $1", 0)
				time.Sleep(20 * time.Millisecond)
			})
			return "5", reading(pool)
		},
		"readiness probe of its own": func(t *testing.T, p place) (string, http.Handler) {
			readyz := connect(t, p.app, "gastos-readyz")
			t.Cleanup(func() { readyz.Close(context.Background()) })
			if _, err := readyz.Exec(t.Context(), "select 1"); err != nil {
				t.Fatal(err)
			}
			return "4", reading(p.newPool(t, "gastos", 4))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			size, h := build(t, p)
			b := p.serve(t, size, h)
			for _, check := range Gate().Checks {
				if f := try(t, b, check.ID, "repeats", 1); f.Outcome != evidence.Pass {
					t.Errorf("%s: %v (%s) %v", check.ID, f.Outcome, f.Reason, f.Facts)
				}
			}
		})
	}
}

// background does something again and again until the test ends.
func background(t *testing.T, do func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			do(ctx)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func TestFamily(t *testing.T) {
	p := &probe{}
	b := newPlaceless()
	p.bench = b
	p.reach.Callers = []Caller{{"gastos", "app", "10.0.0.1"}}
	for _, c := range []struct {
		caller         Caller
		managed, other bool // whether it is the service's, when managed and when attached
	}{
		{Caller{"gastos", "app", "10.0.0.1"}, true, true},
		{Caller{"gastos-readyz", "app", "10.0.0.1"}, true, true},
		{Caller{"gastos2", "app", "10.0.0.1"}, false, false},
		{Caller{"gastos", "app", "10.0.0.2"}, false, false},
		{Caller{"gastos", "dba", "10.0.0.1"}, false, false},
		{Caller{"psql", "app", "10.0.0.1"}, false, false},
		{Caller{"", "app", "10.0.0.1"}, true, false},
	} {
		b.Config.Service.Mode = config.Managed
		if got := p.isService(c.caller); got != c.managed {
			t.Errorf("managed: %v: %v", c.caller, got)
		}
		b.Config.Service.Mode = config.Attached
		if got := p.isService(c.caller); got != c.other {
			t.Errorf("attached: %v: %v", c.caller, got)
		}
	}
}
