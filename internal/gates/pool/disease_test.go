package pool

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/evidence"
)

// leaky takes connections in a way of its own and gives all back at the end.
type leaky struct {
	pool *pgxpool.Pool
	mu   sync.Mutex
	lost []*pgxpool.Conn
}

func newLeaky(t *testing.T, pool *pgxpool.Pool) *leaky {
	l := &leaky{pool: pool}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range l.lost {
			_ = c.Conn().Close(context.Background())
			c.Release()
		}
	})
	return l
}

func (l *leaky) lose(c *pgxpool.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = append(l.lost, c)
}

// A connection that was taken and never given back sits idle, in no
// transaction: only the capacity tells.
func TestConnectionLostOnErrorPath(t *testing.T) {
	p := newPlace(t)
	pool := p.newPool(t, "gastos", 20)
	l := newLeaky(t, pool)
	b := p.serve(t, "20", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("empresaId") != "7" {
			if c, err := pool.Acquire(r.Context()); err == nil {
				l.lose(c)
			}
		}
		reading(pool)(w, r)
	}))
	f := try(t, b, leaksID)
	want(t, f, evidence.Fail, "lost")
	if f.Facts["before"] != 20 || f.Facts["after"] != 20-failingTimes {
		t.Errorf("capacity %v, then %v", f.Facts["before"], f.Facts["after"])
	}
}

func TestLeakOnDeclaredRequest(t *testing.T) {
	p := newPlace(t)
	pool := p.newPool(t, "gastos", 20)
	l := newLeaky(t, pool)
	mux := http.NewServeMux()
	mux.Handle("/api/gastos", reading(pool))
	mux.HandleFunc("/api/fallo", func(w http.ResponseWriter, r *http.Request) {
		c, err := pool.Acquire(r.Context())
		if err != nil {
			return
		}
		_, _ = c.Exec(r.Context(), "begin; select count(*) from gastos")
		l.lose(c)
		w.WriteHeader(http.StatusInternalServerError)
	})
	b := p.serve(t, "20", mux)
	want(t, try(t, b, leaksID), evidence.Pass, "clean")
	b.Config.Sections["pool"].(*Settings).FailingRequests = []string{"GET /api/fallo"}
	want(t, try(t, b, leaksID), evidence.Fail, "leaked")
	want(t, try(t, b, effectiveID), evidence.Fail, "leak")
}

// A request that is not a GET is refused before anything is sent.
func TestFailingRequestsAreReadOnly(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	b.Config.Sections["pool"].(*Settings).FailingRequests = []string{"DELETE /api/gastos"}
	b.Limits = limitsOf(leaks())
	if _, err := runLeaks(t.Context(), b); err == nil {
		t.Error("DELETE was taken")
	}
}

// A client that goes away must not take a transaction with it.
func TestLeakOnClientAbort(t *testing.T) {
	p := newPlace(t)
	pool := p.newPool(t, "gastos", 20)
	l := newLeaky(t, pool)
	b := p.serve(t, "20", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := pool.Acquire(r.Context())
		if err != nil {
			return
		}
		work := context.WithoutCancel(r.Context())
		_, _ = c.Exec(work, "begin")
		_ = list(work, c, fastQuery, 7)
		if r.Context().Err() != nil {
			l.lose(c) // returned early, rollback forgotten
			return
		}
		_, _ = c.Exec(work, "commit")
		c.Release()
	}))
	want(t, try(t, b, leaksID), evidence.Fail, "leaked")
}

func TestImpatientPool(t *testing.T) {
	p := newPlace(t)
	pool := p.newPool(t, "gastos", 5)
	b := p.serve(t, "5", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		c, err := pool.Acquire(ctx)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer c.Release()
		reading(c)(w, r)
	}))
	want(t, try(t, b, answeredID), evidence.Fail, "dropped")
}

// Requests that need two connections at once starve each other when the pool is
// full: the size is right, the answers never come.
func TestTwoConnectionsPerRequest(t *testing.T) {
	p := newPlace(t)
	pool := p.newPool(t, "gastos", 4)
	b := p.serve(t, "4", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := pool.Acquire(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer c.Release()
		if list(r.Context(), c, fastQuery, 7) != nil || list(r.Context(), pool, fastQuery, 7) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	want(t, try(t, b, answeredID), evidence.Fail, "dropped")
}

// A service that answers nobody cannot be judged by its churn.
func TestBrokenService(t *testing.T) {
	p := newPlace(t)
	list := reading(p.newPool(t, "gastos", 4))
	var n atomic.Int64
	b := p.serve(t, "4", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 10 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		list(w, r)
	}))
	want(t, try(t, b, churnID), evidence.Unproven, "unanswered")
}

func TestHeadroom(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "40", reading(p.newPool(t, "gastos", 40)))
	settings := b.Config.Sections["pool"].(*Settings)
	settings.Replicas = 3
	want(t, try(t, b, headroomID), evidence.Pass, "enough")
	settings.Rolling = true
	want(t, try(t, b, headroomID), evidence.Fail, "exhausted")
	settings.Rolling, settings.Replicas = false, 1
	exec(t, p.admin, "alter role app connection limit 30")
	defer exec(t, p.admin, "alter role app connection limit -1")
	want(t, try(t, b, headroomID), evidence.Fail, "exhausted")
}

func TestIdentity(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	settings := b.Config.Sections["pool"].(*Settings)
	settings.ApplicationName = "gastos"
	want(t, try(t, b, identityID), evidence.Pass, "named")
	settings.ApplicationName = "gastos-api"
	want(t, try(t, b, identityID), evidence.Fail, "misnamed")
	settings.ApplicationName = ""
	unnamed := connect(t, p.app, "")
	defer unnamed.Close(context.Background())
	want(t, try(t, b, identityID), evidence.Fail, "anonymous")
}

// A database that dies in the middle is an error, soon, and no pass.
func TestDatabaseGone(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	b.Limits = limitsOf(effective())
	b.Progress = func(done, _ int) {
		if done == 2 {
			exec(t, p.admin[:len(p.admin)-len(databaseOf(t, p.admin)+"?sslmode=disable")]+"postgres?sslmode=disable",
				"select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listo'")
		}
	}
	if o, err := runEffective(t.Context(), b); err == nil {
		t.Errorf("no error: %+v", o)
	}
}

func TestServiceGone(t *testing.T) {
	p := newPlace(t)
	b := p.bench(t)
	b.Target.AdminURL, b.Target.DatabaseURL, b.Target.Base = p.admin, p.app, "http://127.0.0.1:1"
	b.Target.Environment = map[string]string{"CONNECTION_POOL_SIZE": "4"}
	want(t, try(t, b, effectiveID), evidence.Unproven, "not_reached")
}
