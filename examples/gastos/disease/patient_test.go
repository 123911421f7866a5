//go:build disease

package disease_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gastos/disease"
	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/testdb"
)

const (
	key      = "a-key-for-tests-of-32-bytes-or-more"
	declared = 10
	script   = "console.log(1)\n"
	page     = "<!doctype html><html><head><title>x</title></head><body></body></html>\n"
)

// patient is a running service, sick or not.
type patient struct {
	t       *testing.T
	d       testdb.Database
	url     string
	watcher *pgx.Conn
	handler http.Handler
	admin   http.Handler
	log     *bytes.Buffer
	gone    chan struct{} // a token for each request whose caller has hung up
}

// admit starts a service with a disease; "" is none. The second result tells what
// proof was written.
func admit(t *testing.T, d testdb.Database, id string) (*patient, func() string) {
	t.Helper()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "proof")
	for name, body := range map[string]string{"index.html": page, "assets/index-1.js": script, "assets/a.css": "a{}"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"DATABASE_URL": d.App, "JWT_SECRET": key, "CONNECTION_POOL_SIZE": strconv.Itoa(declared), "PORT": "1",
		"FRONTEND_DIR": dir, "FRONTEND_BASE_URL_DEV": frontendOrigin, "TRUSTED_PROXIES": "127.0.0.1",
		"HEADER_TIMEOUT": "1s", "READ_TIMEOUT": "2s", "IDLE_TIMEOUT": "3s", "GASTOS_DISEASE": id, "GASTOS_DISEASE_PROOF": file}
	if id == "cors-open-when-unset" { // it shows where no origin is configured
		env["FRONTEND_BASE_URL_DEV"] = ""
	}
	lookup := func(name string) (string, bool) { value, set := env[name]; return value, set }
	seams, err := disease.Seams(lookup)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.ReadServe(lookup)
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{t: t, d: d, watcher: testdb.Connect(t, d.Super), log: new(bytes.Buffer), gone: make(chan struct{}, 1)}
	ctx, discharge := context.WithCancel(context.Background())
	s, err := service.New(ctx, c, slog.New(slog.NewJSONHandler(p.log, nil)), seams)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = s.Server()
	inner := s.Handler()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer context.AfterFunc(r.Context(), func() {
			select {
			case p.gone <- struct{}{}:
			default:
			}
		})()
		inner.ServeHTTP(w, r)
	})
	server.Listener = s.Before(server.Listener)
	server.Start()
	p.url, p.handler, p.admin = server.URL, inner, s.Admin()
	t.Cleanup(func() {
		server.Close()
		// What a disease holds would keep Close waiting: the server ends it.
		testdb.Exec(t, d.Super, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '`+d.AppRole+`'`)
		discharge()
		s.Close()
	})
	return p, func() string {
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(text)
	}
}

// awaited is a proof that may be written a moment after its effect is seen from
// outside. It bounds a wait, it measures nothing.
func awaited(proof func() string) string {
	for deadline := time.Now().Add(30 * time.Second); proof() == "" && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	return proof()
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (p *patient) ask(ctx context.Context, method, path, token, body string, headers ...string) reply {
	p.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		if ctx.Err() == nil {
			p.t.Error(err)
		}
		return reply{}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Error(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

func signed(key string) string {
	token, _, err := auth.NewTokens([]byte(key), time.Now).Issue(1)
	if err != nil {
		panic(err)
	}
	return token
}

func (p *patient) list(query string) reply {
	return p.ask(p.t.Context(), "GET", "/api/gastos?"+query, signed(key), "")
}

// held locks the expenses, lets n requests come, waits until the query is true,
// looks around and lets go. It returns the replies.
func (p *patient) held(n int, look func(), what, until string, args ...any) []reply {
	p.t.Helper()
	holder := p.lock()
	replies := make([]reply, n)
	var all sync.WaitGroup
	for i := range replies {
		all.Go(func() { replies[i] = p.list("empresaId=1") })
	}
	p.eventually(what, until, args...)
	look()
	p.unlock(holder)
	all.Wait()
	return replies
}

func (p *patient) lock() *pgx.Conn {
	p.t.Helper()
	holder := testdb.Connect(p.t, p.d.Super)
	if _, err := holder.Exec(p.t.Context(), `begin; lock table gastos in access exclusive mode`); err != nil {
		p.t.Fatal(err)
	}
	return holder
}

func (p *patient) unlock(holder *pgx.Conn) {
	p.t.Helper()
	if _, err := holder.Exec(p.t.Context(), `rollback`); err != nil {
		p.t.Fatal(err)
	}
}

// eventually waits for a query about the sessions of the service's role, its $1.
func (p *patient) eventually(what, query string, args ...any) {
	p.t.Helper()
	testdb.Eventually(p.t, p.watcher, what, query, append([]any{p.d.AppRole}, args...)...)
}

func nothing() {}
