package run

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// Whatever a service answers, the audit ends.
func TestAServiceThatAnswersGarbage(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"garbage": func(c net.Conn) { _, _ = c.Write([]byte("\x00\xffGARBAGE\r\n\r\n")) },
		"endless": func(c net.Conn) {
			_, err := c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			for err == nil {
				_, err = c.Write(make([]byte, 1<<16))
			}
		},
		"silent": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"gone":   func(net.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
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
					go func() {
						defer c.Close()
						r, err := nethttp.ReadRequest(bufio.NewReader(c))
						if err == nil && r.URL.Path == "/" {
							_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
							return
						}
						serve(c)
					}()
				}
			}()
			w := newWorld(t)
			w.cfg.Service = config.Service{Mode: config.Attached, URL: "http://" + listener.Addr().String()}
			w.gate("a", evidence.Declaration{ID: "a.one", Needs: []evidence.Need{evidence.NeedService}})
			w.looks["a.one"] = func(ctx context.Context, b *lab.Bench) (seen, error) {
				a := http.On(b).Do(ctx, http.Request{Method: "GET", Path: "/x", Timeout: 300 * time.Millisecond})
				return seen{Asked: 1, Said: fmt.Sprint(a.Err)}, a.Err
			}
			if err := w.audit(t.Context(), w.begin(), nil); err != nil {
				t.Fatal(err)
			}
			w.want("a.one", evidence.Unproven, evidence.ErroredOut)
			if steps := w.read().Attempts("a.one")[0].Steps; len(steps) != 1 || steps[0].Err == "" {
				t.Errorf("the steps: %+v", steps)
			}
		})
	}
}

// A database that dies in the middle leaves what needs it unproven; the rest goes
// on, and all ends.
func TestTheDatabaseDiesInTheMiddle(t *testing.T) {
	w := newWorld(t)
	w.cfg.Service = config.Service{Mode: config.Managed, Start: "exec " + os.Args[0], URL: "http://127.0.0.1:{port}", ReadyWithin: patience,
		StopWithin: patience, Environment: map[string]string{roleVariable: "serve"}}
	w.cfg.Database = config.Database{Scratch: true, Name: "shop", User: "app", Owner: "owner", MaxConnections: 20}
	needs := []evidence.Need{evidence.NeedDatabase}
	w.gate("a", evidence.Declaration{ID: "a.before", Needs: needs}, evidence.Declaration{ID: "a.during", Needs: needs}, evidence.Declaration{ID: "a.after", Needs: needs})
	w.gate("b", evidence.Declaration{ID: "b.needs it", Needs: needs}, evidence.Declaration{ID: "b.does not"})
	look := func(ctx context.Context, b *lab.Bench) (seen, error) {
		s, err := sql.Open(ctx, b)
		if err != nil {
			return seen{}, err
		}
		defer s.Close()
		var n int
		err = s.One(ctx, "select 1", &n)
		return seen{Asked: n}, err
	}
	for _, id := range []string{"a.before", "a.after", "b.needs it"} {
		w.looks[id] = look
	}
	w.looks["a.during"] = func(ctx context.Context, b *lab.Bench) (seen, error) {
		s, err := sql.Open(ctx, b)
		if err != nil {
			return seen{}, err
		}
		defer s.Close()
		var folder string
		if err := s.One(ctx, "show data_directory", &folder); err != nil {
			return seen{}, err
		}
		if err := killServer(folder); err != nil {
			return seen{}, err
		}
		_, err = s.Query(ctx, "select pg_sleep(60)")
		return seen{Asked: 1}, err
	}
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.want("a.before", evidence.Pass, evidence.Judged)
	w.want("a.during", evidence.Unproven, evidence.ErroredOut)
	w.want("a.after", evidence.Unproven, evidence.ErroredOut)
	w.want("b.needs it", evidence.Unproven, evidence.ErroredOut)
	w.want("b.does not", evidence.Pass, evidence.Judged)
	if !w.closed() {
		t.Error("the ledger is open")
	}
	// The next audit starts a server of its own, and tries what is unproven.
	w.looks["a.during"] = look
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("a.during", "a.after", "twin of b.needs it.class", "b.needs it")
	for _, id := range []string{"a.during", "a.after", "b.needs it"} {
		w.want(id, evidence.Pass, evidence.Judged)
	}
}

func killServer(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	return errors.Join(err, syscall.Kill(pid, syscall.SIGKILL))
}

// A patient that does not start leaves the checks that need it unproven.
func TestAPatientThatDoesNotStart(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"no build": func(c *config.Config) { c.Service.Build = "echo no compiler >&2; exit 1" },
		"no start": func(c *config.Config) { c.Service.Start = "echo no compiler >&2; exit 1" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cfg.Service = config.Service{Mode: config.Managed, Start: "true", URL: "http://127.0.0.1:{port}", ReadyWithin: patience, StopWithin: patience}
			change(w.cfg)
			w.gate("a", evidence.Declaration{ID: "a.needs it", Needs: []evidence.Need{evidence.NeedService}}, evidence.Declaration{ID: "a.does not"})
			if err := w.audit(t.Context(), w.begin(), nil); err != nil {
				t.Fatal(err)
			}
			w.want("a.needs it", evidence.Unproven, evidence.ErroredOut)
			w.wantDetail("a.needs it", "no compiler")
			w.want("a.does not", evidence.Pass, evidence.Judged)
		})
	}
}
