package sql

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestErrorsNeverHoldThePassword(t *testing.T) {
	server := newServer(t)
	if err := server.CreateRole(t.Context(), "known"); err != nil {
		t.Fatal(err)
	}
	const password = "p4ssw0rd-of-the-test"
	for name, url := range map[string]string{
		"wrong password": fmt.Sprintf("postgres://known:%s@127.0.0.1:%d/postgres?sslmode=disable", password, server.Port),
		"no such role":   fmt.Sprintf("postgres://nobody:%s@127.0.0.1:%d/postgres", password, server.Port),
		"no such server": fmt.Sprintf("postgres://known:%s@127.0.0.1:1/postgres", password),
		"no URL":         "postgres://known:" + password + "@[::1",
		"no port":        "postgres://known:" + password + "@127.0.0.1:port/postgres",
		"a bad escape":   "postgres://known:" + password + "%zz@127.0.0.1/postgres",
		"a bad option":   "postgres://known:" + password + "@127.0.0.1/postgres?sslmode=perhaps",
		"a DSN":          "host=127.0.0.1 port=1 user=known password=" + password,
		"half a DSN":     "host=127.0.0.1 password='" + password,
	} {
		_, err := Open(t.Context(), newPlace(t, url).Bench)
		if err == nil || strings.Contains(err.Error(), password) || !strings.HasPrefix(err.Error(), "database: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(t.Context(), newPlace(t, "").Bench); err == nil || !strings.Contains(err.Error(), "database.admin_url") {
		t.Errorf("no URL at all: %v", err)
	}
}

// What answers at the port need not be a PostgreSQL.
func TestAnswersThatAreNoPostgreSQL(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"HTTP":            func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") },
		"a huge message":  func(c net.Conn) { _, _ = io.WriteString(c, "R\x7f\xff\xff\xff"); _, _ = io.Copy(io.Discard, c) },
		"nothing":         func(net.Conn) {},
		"endless notices": func(c net.Conn) { endlessNotices(c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					go func() { defer c.Close(); serve(c) }()
				}
			}()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if _, err := Open(ctx, newPlace(t, "postgres://a:b@"+listener.Addr().String()+"/c?sslmode=disable").Bench); err == nil {
				t.Error("a session was opened")
			}
			runtime.ReadMemStats(&after)
			if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 16*MaxBytes {
				t.Errorf("%d MiB are held", held>>20)
			}
		})
	}
}

func endlessNotices(c net.Conn) {
	for {
		if _, err := io.WriteString(c, "N\x00\x00\x00\x0dSNOTICE\x00\x00"); err != nil {
			return
		}
	}
}

func TestTheServerDiesInTheMiddle(t *testing.T) {
	server := newServer(t)
	p := newPlace(t, server.SuperuserURL("postgres"))
	s := p.open(t)
	ended := make(chan error, 1)
	go func() {
		_, err := s.Query(t.Context(), "select pg_sleep(600)")
		ended <- err
	}()
	other := newPlace(t, server.SuperuserURL("postgres")).open(t)
	busy := func() bool {
		rows, err := other.Query(t.Context(), "select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'")
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) > 0
	}
	for until := time.Now().Add(patience); !busy(); {
		if time.Now().After(until) {
			t.Fatal("the question did not begin")
		}
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a question of a dead server was answered")
		}
	case <-time.After(patience):
		t.Fatal("it waits for a dead server")
	}
	if _, err := s.Query(t.Context(), "select 1"); err == nil {
		t.Error("a dead server answers")
	}
	if err := s.Exec(t.Context(), "select 1"); err == nil {
		t.Error("a dead server obeys")
	}
	var one int
	if err := s.One(t.Context(), "select 1", &one); err == nil {
		t.Error("a dead server gives a row")
	}
	if _, err := s.Watch(t.Context(), time.Millisecond, "select 1", nil, func(Reading) bool { return false }); err == nil {
		t.Error("a dead server can be watched")
	}
	if _, err := Open(t.Context(), p.Bench); err == nil {
		t.Error("a dead server lets one in")
	}
	if steps, _ := p.Steps(); len(steps) != 5 {
		t.Errorf("%d steps", len(steps))
	} else {
		for _, step := range steps {
			if step.Err == "" {
				t.Errorf("no error in %+v", step)
			}
		}
	}
}
