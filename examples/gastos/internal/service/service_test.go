package service_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/testdb"
)

const (
	key    = "a-key-for-tests-of-32-bytes-or-more"
	origin = "http://localhost:5173"
)

// running is a service that listens.
type running struct {
	url  string
	stop context.CancelFunc
	done chan error
	log  *logbook
}

// logbook is a log that may be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func settings(t *testing.T, url string, size int32) config.Serve {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	return config.Serve{DatabaseURL: config.Secret(url), JWTSecret: key, PoolSize: size, FrontendOrigin: origin, FrontendDir: dir, HTTP: config.DefaultHTTP()}
}

func start(t *testing.T, url string, size int32) *running {
	t.Helper()
	return serve(t, settings(t, url, size))
}

func serve(t *testing.T, c config.Serve) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{stop: stop, done: make(chan error, 1), log: &logbook{}}
	s, err := service.New(ctx, c, slog.New(slog.NewJSONHandler(r.log, nil)), service.Seams{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + listener.Addr().String()
	go func() { r.done <- s.Serve(ctx, listener); s.Close() }()
	t.Cleanup(stop)
	return r
}

func token(t *testing.T, usuario int64) string {
	t.Helper()
	token, _, err := auth.NewTokens([]byte(key), time.Now).Issue(usuario)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (r *running) get(t *testing.T, path, token string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", origin)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return &http.Response{Header: http.Header{}}, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response, string(body)
}

const waiting = `select count(*) = $2 from pg_stat_activity where datname = $1 and application_name = 'gastos' and wait_event_type = 'Lock'`

// Twenty at once: ten sessions wait, ten requests wait for a session, all are answered.
func TestTwentyAtOnce(t *testing.T) {
	d := testdb.Seeded(t)
	r := start(t, d.App, 10)
	holder, watcher := testdb.Connect(t, d.Super), testdb.Connect(t, d.Super)
	if _, err := holder.Exec(t.Context(), `begin; lock table gastos in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			// Users 1, 4, 7, ... are of company 1.
			if response, body := r.get(t, "/api/gastos?empresaId=1", token(t, int64(n%18*3+1))); response.StatusCode != 200 {
				t.Errorf("%d: %s", response.StatusCode, body)
			}
		})
	}
	testdb.Eventually(t, watcher, "ten sessions wait", waiting, d.Name, 10)
	if response, _ := r.get(t, "/readyz", ""); response.StatusCode != 200 {
		t.Errorf("a busy pool is not an absent database: %d", response.StatusCode)
	}
	if _, err := holder.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	testdb.Eventually(t, watcher, "ten idle sessions", `select count(*) = 10 and bool_and(state = 'idle') from pg_stat_activity where datname = $1 and application_name = 'gastos'`, d.Name)
}

func TestStopLetsRequestsFinish(t *testing.T) {
	d := testdb.Seeded(t)
	r := start(t, d.App, 2)
	holder, watcher := testdb.Connect(t, d.Super), testdb.Connect(t, d.Super)
	if _, err := holder.Exec(t.Context(), `begin; lock table gastos in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() {
		response, _ := r.get(t, "/api/gastos?empresaId=1", token(t, 1))
		answered <- response.StatusCode
	}()
	testdb.Eventually(t, watcher, "the request waits", waiting, d.Name, 1)
	r.stop()
	if _, err := holder.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	if status := <-answered; status != 200 {
		t.Errorf("the request under way got %d", status)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	testdb.Eventually(t, watcher, "no session is left", `select count(*) = 0 from pg_stat_activity where datname = $1 and application_name in ('gastos', 'gastos-readyz')`, d.Name)
	if _, err := http.Get(r.url + "/healthz"); err == nil {
		t.Error("still listening")
	}
}

func TestNoDatabaseIsNoDeath(t *testing.T) {
	// Nothing listens on port 1.
	r := start(t, "postgres://nobody:hunter2-hunter2@127.0.0.1:1/nothing", 2)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/api/me": 503, "/": 200, "/openapi.json": 200} {
		response, body := r.get(t, path, token(t, 1))
		if response.StatusCode != want || strings.Contains(body, "hunter2") || strings.Contains(body, "127.0.0.1:1") {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	if log := r.log.String(); strings.Contains(log, "hunter2") {
		t.Errorf("the password is logged: %s", log)
	}
}

// Every answer, the errors too, is hardened and can be read by the one origin.
func TestEveryAnswerIsHardened(t *testing.T) {
	d := testdb.Seeded(t)
	r := start(t, d.App, 2)
	good := token(t, 4)
	ids := map[string]bool{}
	for path, want := range map[string]int{
		"/": 200, "/healthz": 200, "/readyz": 200, "/api/me": 200, "/api/gastos": 400, "/api/gastos/x": 400, "/api/gastos?empresaId=2": 403,
		"/api/gastos/2": 404, "/nothing": 404, "/api/auth/login": 405, "/assets/none.js": 404,
	} {
		response, body := r.get(t, path, good)
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, response.StatusCode, want, body)
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy", "X-Request-Id"} {
			if response.Header.Get(name) == "" {
				t.Errorf("%s: no %s", path, name)
			}
		}
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("%s: allowed %q", path, got)
		}
		if response.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over http", path)
		}
		if isProblem := response.Header.Get("Content-Type") == "application/problem+json"; isProblem != (want >= 400) {
			t.Errorf("%s: %d as %s", path, want, response.Header.Get("Content-Type"))
		}
		ids[response.Header.Get("X-Request-Id")] = true
	}
	r.stop()
	<-r.done
	log := r.log.String()
	for id := range ids {
		if strings.Count(log, fmt.Sprintf(`"msg":"request","requestId":%q`, id)) != 1 {
			t.Errorf("request %s is not once in the log", id)
		}
	}
}

func TestNoSecretInTheLog(t *testing.T) {
	d := testdb.Seeded(t)
	r := start(t, d.App, 2)
	login := func(password string) string {
		body := fmt.Sprintf(`{"email":"usuario01@gastos.example","password":%q}`, password)
		response, err := http.Post(r.url+"/api/auth/login?password=query-canary", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	answer := login(testdb.Password)
	if !strings.Contains(answer, `"token"`) {
		t.Fatal(answer)
	}
	answer += login("wrong-canary")
	bearer := token(t, 1)
	_, body := r.get(t, "/api/me", bearer)
	_, bad := r.get(t, "/api/me", "token-canary")
	answer += body + bad
	r.stop()
	<-r.done
	log := r.log.String()
	if strings.Count(log, `"msg":"request"`) != 4 {
		t.Fatalf("the log is not what it should be: %s", log)
	}
	for _, secret := range []string{key, testdb.Password, "canary", bearer, d.App, "argon2"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	for _, secret := range []string{key, testdb.Password, "canary", "argon2"} {
		if strings.Contains(answer, secret) {
			t.Errorf("%q is in an answer", secret)
		}
	}
}

func TestSixtyLoginsInARow(t *testing.T) {
	d := testdb.Seeded(t)
	r := start(t, d.App, 2)
	for n := range 60 {
		body := fmt.Sprintf(`{"email":"usuario%02d@gastos.example","password":%q}`, n%54+1, testdb.Password)
		response, err := http.Post(r.url+"/api/auth/login", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Fatalf("login %d: %d", n+1, response.StatusCode)
		}
	}
}
