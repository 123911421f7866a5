package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/store"
	"gastos/internal/testdb"
)

func pool(t *testing.T, url string, size int32) *pgxpool.Pool {
	t.Helper()
	config, err := store.PoolConfig(url, size)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	testdb.Close(t, p)
	return p
}

// counting counts what is taken and what comes home.
type counting struct {
	store.Source
	taken, home atomic.Int64
}

type counted struct {
	store.Conn
	home *atomic.Int64
}

func (c *counting) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := c.Source.Acquire(ctx)
	if err == nil {
		c.taken.Add(1)
		conn = counted{conn, &c.home}
	}
	return conn, err
}

func (c counted) Release() { c.home.Add(1); c.Conn.Release() }

func TestOneConnectionPerRequest(t *testing.T) {
	source := &counting{Source: store.Pooled(pool(t, testdb.Seeded(t).App, 3))}
	s := store.New(source)
	ctx := t.Context()
	change := store.CambioGasto{Concepto: "x", Importe: "1.00", Categoria: "otros", Fecha: "2024-01-01", Estado: "aprobado"}
	for name, request := range map[string]func() error{
		"me":          func() error { _, err := s.Me(ctx, 1); return err },
		"credentials": func() error { _, _, err := s.Credentials(ctx, "nobody"); return err },
		"empresas":    func() error { _, err := s.Empresas(ctx, 1); return err },
		"usuarios":    func() error { _, _, err := s.Usuarios(ctx, 1, nil, store.Page{Number: 1, Size: 5}); return err },
		"usuario":     func() error { _, err := s.Usuario(ctx, 1, 2); return err },
		"gastos": func() error {
			_, _, err := s.Gastos(ctx, 1, store.Filter{EmpresaID: 1}, store.Page{Number: 1, Size: 5})
			return err
		},
		"forbidden": func() error {
			_, _, err := s.Gastos(ctx, 4, store.Filter{EmpresaID: 2}, store.Page{Number: 1, Size: 5})
			return err
		},
		"update":   func() error { _, err := s.UpdateGasto(ctx, 4, 1, change); return err },
		"missing":  func() error { _, err := s.Gasto(ctx, 1, 1<<40); return err },
		"stranger": func() error { return s.DeleteGasto(ctx, 999, 1) },
		"defect": func() error {
			_, err := s.UpdateGasto(ctx, 1, 1, store.CambioGasto{Importe: "not a number"})
			return err
		},
	} {
		source.taken.Store(0)
		source.home.Store(0)
		err := request()
		if source.taken.Load() != 1 || source.home.Load() != 1 {
			t.Errorf("%s: took %d, gave %d back: %v", name, source.taken.Load(), source.home.Load(), err)
		}
		if known := err == nil || errors.Is(err, store.ErrForbidden) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnknownUser); known == (name == "defect") || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// With the table locked, as many sessions wait as the pool holds, and one more
// request gives up when its own deadline is over.
func TestThePoolIsExact(t *testing.T) {
	d := testdb.Seeded(t)
	const size = 3
	s := store.New(store.Pooled(pool(t, d.App, size)))
	holder, watcher := testdb.Connect(t, d.Super), testdb.Connect(t, d.Super)
	if _, err := holder.Exec(t.Context(), `begin; lock table gastos in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	list := func(ctx context.Context) error {
		_, _, err := s.Gastos(ctx, 1, store.Filter{EmpresaID: 1}, store.Page{Number: 1, Size: 5})
		return err
	}
	var all sync.WaitGroup
	for range 4 * size {
		all.Go(func() {
			if err := list(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	const waiting = `select count(*) = $2 from pg_stat_activity where datname = $1 and application_name = 'gastos' and wait_event_type = 'Lock'`
	testdb.Eventually(t, watcher, "three sessions wait", waiting, d.Name, size)
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := list(impatient); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with no connection to be had: %v", err)
	}
	var is bool
	if err := watcher.QueryRow(t.Context(), waiting, d.Name, size).Scan(&is); err != nil || !is {
		t.Errorf("not exactly three sessions any more: %v", err)
	}
	if _, err := holder.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	var sessions, stuck int
	if err := watcher.QueryRow(t.Context(), `select count(*), count(*) filter (where state <> 'idle') from pg_stat_activity where datname = $1 and application_name = 'gastos'`, d.Name).Scan(&sessions, &stuck); err != nil || sessions != size || stuck != 0 {
		t.Errorf("afterwards %d sessions, %d not idle: %v", sessions, stuck, err)
	}
}

// A caller who hangs up costs neither a connection nor a running query.
func TestAbortKeepsTheConnection(t *testing.T) {
	d := testdb.Seeded(t)
	p := pool(t, d.App, 1)
	s := store.New(store.Pooled(p))
	if _, err := s.Me(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	holder, watcher := testdb.Connect(t, d.Super), testdb.Connect(t, d.Super)
	if _, err := holder.Exec(t.Context(), `begin; lock table gastos in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, _, err := s.Gastos(ctx, 1, store.Filter{EmpresaID: 1}, store.Page{Number: 1, Size: 5})
		done <- err
	}()
	testdb.Eventually(t, watcher, "the request waits", `select exists (select from pg_stat_activity where datname = $1 and application_name = 'gastos' and wait_event_type = 'Lock')`, d.Name)
	hangUp()
	if err := <-done; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("given up: %v", err)
	}
	testdb.Eventually(t, watcher, "the session is idle again", `select count(*) = 1 and bool_and(state = 'idle') from pg_stat_activity where datname = $1 and application_name = 'gastos'`, d.Name)
	if opened := p.Stat().NewConnsCount(); opened != 1 {
		t.Errorf("%d connections opened", opened)
	}
	if _, err := s.Me(t.Context(), 1); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestALostDatabaseComesBack(t *testing.T) {
	d := testdb.Seeded(t)
	s := store.New(store.Pooled(pool(t, d.App, 2)))
	ready := store.NewReadiness(d.App)
	t.Cleanup(ready.Close)
	works := func() error {
		_, err := s.Me(t.Context(), 1)
		return errors.Join(err, ready.Check(t.Context()))
	}
	if err := works(); err != nil {
		t.Fatal(err)
	}
	super := testdb.Connect(t, strings.Replace(d.Super, d.Name, "postgres", 1))
	for _, sql := range []string{
		`alter database ` + d.Name + ` allow_connections false`,
		`select pg_terminate_backend(pid) from pg_stat_activity where datname = '` + d.Name + `'`,
	} {
		if _, err := super.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	testdb.Eventually(t, super, "the sessions are gone", `select not exists (select from pg_stat_activity where datname = $1)`, d.Name)
	for range 3 {
		_, err := s.Me(t.Context(), 1)
		if check := ready.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) || !errors.Is(check, store.ErrUnavailable) {
			t.Errorf("while away: %v, %v", err, check)
		}
	}
	if _, err := super.Exec(t.Context(), `alter database `+d.Name+` allow_connections true`); err != nil {
		t.Fatal(err)
	}
	if err := works(); err != nil {
		t.Errorf("back: %v", err)
	}
}

func TestReadiness(t *testing.T) {
	d := testdb.New(t)
	ready := store.NewReadiness(d.App)
	t.Cleanup(ready.Close)
	expect := func(what string, want bool) {
		t.Helper()
		if err := ready.Check(t.Context()); (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	expect("no schema", false)
	if _, err := d.Migrator(t).Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("migrated", true)
	watcher := testdb.Connect(t, d.Super)
	testdb.Eventually(t, watcher, "one session of its own name", `select count(*) = 1 from pg_stat_activity where datname = $1 and application_name = 'gastos-readyz'`, d.Name)
	holder := testdb.Connect(t, d.Super)
	if _, err := holder.Exec(t.Context(), `begin; lock table gastos, usuarios, empresas, membresias in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	expect("all tables locked", true)
	if _, err := holder.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, d.Owner, `revoke insert on gastos from `+d.AppRole)
	expect("a right is gone", false)
	testdb.Exec(t, d.Owner, `grant insert on gastos to `+d.AppRole)
	expect("a right is back", true)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { expect("many at once", true) })
	}
	all.Wait()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ready.Check(ended); err == nil {
		t.Error("an ended request is told that all is well")
	}
	expect("after an ended request", true)
}

func TestPoolConfigHidesTheURL(t *testing.T) {
	_, err := store.PoolConfig("postgres://u:hunter2@[::1/x", 1)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
