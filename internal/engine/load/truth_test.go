package load

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds what must not happen at all; no test measures by it.
const patience = 20 * time.Second

// listen serves real connections on the loopback device. serve gets every
// connection and closes it by returning.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			busy.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); busy.Wait() })
	return "http://" + l.Addr().String()
}

// requests reads whole requests from a connection, and gives the number that
// each has on it.
func requests(conn net.Conn) func(func(use int, r *http.Request) bool) {
	return func(yield func(int, *http.Request) bool) {
		src := bufio.NewReader(conn)
		for use := 1; ; use++ {
			r, err := http.ReadRequest(src)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil || !yield(use, r) {
				return
			}
		}
	}
}

func run1(t *testing.T, s Scenario, p Profile) *Result {
	t.Helper()
	if p.Timeout == 0 {
		p.Timeout = patience
	}
	r, err := Run(t.Context(), s, p)
	if err != nil {
		t.Fatal(err)
	}
	survives(t, r)
	return r
}

// Every kind of death is counted exactly as often as the server dealt it, for
// GET and for POST, with an orderly end and with a reset.
func TestKilledConnectionsAreCountedAsTheServerCounts(t *testing.T) {
	const half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly half of it"
	for _, method := range []string{"GET", "POST"} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s reset %v", method, reset), func(t *testing.T) {
				var hits, first, reused, mid, made atomic.Int64
				url := listen(t, func(conn net.Conn) {
					made.Add(1)
					for use := range requests(conn) {
						switch hit := hits.Add(1); {
						case hit%7 == 0:
							if use == 1 {
								first.Add(1)
							} else {
								reused.Add(1)
							}
							if reset {
								_ = conn.(*net.TCPConn).SetLinger(0)
							}
							return
						case hit%11 == 0:
							mid.Add(1)
							_, _ = io.WriteString(conn, half)
							return
						}
						_, _ = io.WriteString(conn, ok200)
					}
				})
				s := Scenario{Target: url, Requests: []Request{{Name: "x", Method: method, Path: "/", Weight: 1, Body: bytes.Repeat([]byte("b"), 100)}}}
				r := run1(t, s, Profile{Users: 8, Requests: 2000})
				c := r.Total.Classes
				if c[ResetFirstUse] != first.Load() || c[ResetReused] != reused.Load() || c[ResetMidResponse] != mid.Load() {
					t.Errorf("got %v, the server killed %d first, %d reused, %d within", c, first.Load(), reused.Load(), mid.Load())
				}
				if first.Load() == 0 || reused.Load() == 0 || mid.Load() == 0 {
					t.Errorf("the server killed %d, %d, %d: each must occur", first.Load(), reused.Load(), mid.Load())
				}
				if r.Total.Requests != 2000 || hits.Load() != 2000 || r.Total.Sent != 2000 || r.Connections.Made != made.Load() {
					t.Errorf("%d requests, %d hits; %d connections, the server saw %d", r.Total.Requests, hits.Load(), r.Connections.Made, made.Load())
				}
				if r.Total.Failed != first.Load()+reused.Load()+mid.Load() || r.Total.Answered+r.Total.Failed != 2000 {
					t.Errorf("%d answered, %d failed", r.Total.Answered, r.Total.Failed)
				}
			})
		}
	}
}

func TestEveryWrongAnswerHasItsClass(t *testing.T) {
	var zipped, bomb bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"items":[1]}`)
	z.Close()
	z = gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 64<<20))
	z.Close()
	json := Expect{MediaType: "application/json", JSON: true, NonEmpty: true, At: "/items"}
	plain := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	coded := func(coding, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			plain(200, body)(w, r)
		}
	}
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		expect Expect
		want   Class
	}{
		{"right", plain(200, `{"items":[1]}`), json, Answered},
		{"right and zipped", coded("gzip", zipped.String()), json, Answered},
		{"404 as expected", plain(404, ``), Expect{Status: []int{404}}, Answered},
		{"fast 500", plain(500, `{"items":[1]}`), json, ServerError},
		{"503", plain(503, ``), json, ServerError},
		{"401", plain(401, ``), json, Unauthorized},
		{"403", plain(403, ``), json, Forbidden},
		{"429", plain(429, ``), json, TooMany},
		{"404", plain(404, ``), json, ClientError},
		{"302 to a login", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, json, Redirect},
		{"204", plain(204, ``), Expect{Status: []int{200}}, OtherStatus},
		{"empty 200", plain(200, ``), Expect{NonEmpty: true}, Empty},
		{"empty list", plain(200, ` { "items" : [ ] } `), json, Empty},
		{"no list", plain(200, `{"total":0}`), json, Empty},
		{"null", plain(200, `null`), Expect{JSON: true, NonEmpty: true}, Empty},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, json, WrongMediaType},
		{"half a JSON", plain(200, `{"items":[1`), json, NotJSON},
		{"two JSON", plain(200, `{"items":[1]}{}`), json, NotJSON},
		{"nested", plain(200, strings.Repeat("[", 100_000)), json, NotJSON},
		{"broken zip", coded("gzip", "no zip"), json, Undecodable},
		{"unknown coding", coded("br", "?"), json, Undecodable},
		{"zip bomb", coded("gzip", bomb.String()), json, TooLarge},
		{"large", plain(200, `"`+strings.Repeat("x", DefaultMaxBody)+`"`), json, TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			var hits atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				hits.Add(1)
				c.serve(w, r)
			}))
			defer server.Close()
			r := run1(t, Scenario{Target: server.URL, Requests: []Request{{Name: "x", Method: "GET", Path: "/", Weight: 1, Expect: c.expect}}}, Profile{Users: 2, Requests: 10})
			if r.Total.Classes[c.want] != 10 || hits.Load() != 10 {
				t.Errorf("got %v, %d hits: nothing may be sent twice or followed", r.Total.Classes, hits.Load())
			}
		})
	}
}

func TestNonHTTPIsMalformed(t *testing.T) {
	url := listen(t, func(conn net.Conn) {
		for range requests(conn) {
			_, _ = io.WriteString(conn, "220 mail ready\r\n")
			return
		}
	})
	s := one()
	s.Target = url
	r := run1(t, s, Profile{Users: 2, Requests: 10})
	if r.Total.Classes[Malformed] != 10 || r.Examples[Malformed] != errMalformed.Error() {
		t.Errorf("got %v, %v", r.Total.Classes, r.Examples)
	}
}

// A closed port: every request failed to connect.
func TestRefusedConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := one()
	s.Target = "http://" + l.Addr().String()
	l.Close()
	r := run1(t, s, Profile{Users: 5, Requests: 20})
	if r.Total.Classes[Connect] != 20 || r.Total.Requests != 20 || r.Total.Sent != 0 || r.Connections.Made != 0 {
		t.Errorf("got %v, %d sent", r.Total.Classes, r.Total.Sent)
	}
}

// A server closes idle connections. A client that has seen it connects anew,
// without a failure; and bytes that nobody asked for are nobody's answer.
func TestIdleConnectionsAreLookedAtBeforeUse(t *testing.T) {
	for _, c := range []struct {
		name  string
		extra string
		count func(Connections) int64
	}{
		{"closed", "", func(c Connections) int64 { return c.WhileIdle }},
		{"unasked answer", ok200, func(c Connections) int64 { return c.Unasked }},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoken := make(chan bool, 1)
			url := listen(t, func(conn net.Conn) {
				for range requests(conn) {
					_, _ = io.WriteString(conn, ok200)
					<-spoken // the client has read the answer
					_, _ = io.WriteString(conn, c.extra)
					if c.extra == "" {
						return
					}
				}
			})
			s := one()
			s.Target = url
			r, err := newRun(t.Context(), s, Profile{Users: 1, Requests: 2, Timeout: patience}, thisMachine())
			if err != nil {
				t.Fatal(err)
			}
			r.began = time.Now()
			u := r.users[0]
			if got := u.request(t.Context(), 0, r.now(), true); got.class != Answered {
				t.Fatalf("first: %v", got.class)
			}
			spoken <- true
			for give := time.Now().Add(patience); u.link.peek() == sawNothing; time.Sleep(time.Millisecond) {
				if time.Now().After(give) {
					t.Fatal("the end of the connection was never seen")
				}
			}
			u.link.idle -= freshIdle // it has been idle for long enough
			got := u.request(t.Context(), 0, r.now(), true)
			if got.class != Answered || c.count(r.links) != 1 || r.links.Made != 2 {
				t.Errorf("second: %v, connections %+v", got.class, r.links)
			}
			u.drop()
			spoken <- true
		})
	}
}

func TestConnectionsThatTheServerCloses(t *testing.T) {
	url := listen(t, func(conn net.Conn) {
		for range requests(conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
			return
		}
	})
	s := one()
	s.Target = url
	r := run1(t, s, Profile{Users: 3, Requests: 30})
	if c := r.Connections; r.Total.Answered != 30 || c.Made != 30 || c.Asked != 30 || c.Took.N != 30 {
		t.Errorf("%d answered, connections %+v", r.Total.Answered, c)
	}
}

// An answer may come before the request has been read, as for one that is too large.
func TestAnEarlyAnswerCounts(t *testing.T) {
	url := listen(t, func(conn net.Conn) {
		src := bufio.NewReader(conn)
		if _, err := http.ReadRequest(src); err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		_, _ = io.Copy(io.Discard, src)
	})
	s := Scenario{Target: url, Requests: []Request{{Name: "x", Method: "POST", Path: "/", Weight: 1, Body: make([]byte, 1<<20)}}}
	r := run1(t, s, Profile{Users: 1, Requests: 5})
	if r.Total.Classes[ClientError] != 5 || r.Total.Statuses[413] != 5 {
		t.Errorf("got %v %v", r.Total.Classes, r.Total.Statuses)
	}
}

// What is sent is what was written: every user with its identity.
func TestIdentitiesAreDealtToUsers(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen[fmt.Sprint(r.Method, " ", r.URL, " ", r.Header.Get("Authorization"), " ", r.Header.Get("X-A"), " ", r.Host != "", " ", string(body))]++
		_, _ = io.WriteString(w, "x")
	}))
	defer server.Close()
	s := Scenario{
		Target:     server.URL,
		Requests:   []Request{{Name: "new", Method: "POST", Path: "/a?b=c", Header: []Field{{"X-A", "1"}}, Body: []byte("{}"), Weight: 1}},
		Identities: []Identity{{Header: []Field{{"Authorization", "Bearer ana"}}}, {Header: []Field{{"Authorization", "Bearer eva"}}}},
	}
	if r := run1(t, s, Profile{Users: 1, Requests: 40}); r.Total.Answered != 40 {
		t.Errorf("got %v", r.Total.Classes)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 1 || seen["POST /a?b=c Bearer ana 1 true {}"] != 40 {
		t.Errorf("the server saw %v", seen)
	}
	r, err := newRun(t.Context(), s, Profile{Users: 3, Requests: 1, Timeout: patience}, thisMachine())
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"ana", "eva", "ana"} {
		if !bytes.Contains(r.users[i].wire[0], []byte("Authorization: Bearer "+name+"\r\n")) {
			t.Errorf("user %d sends %q", i, r.users[i].wire[0])
		}
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	s := one()
	s.Target = server.URL
	s.TLS = server.Client().Transport.(*http.Transport).TLSClientConfig
	// The pause lets session tickets arrive between two requests.
	if r := run1(t, s, Profile{Users: 3, Requests: 30, Think: 4 * time.Millisecond}); r.Total.Answered != 30 || r.Connections.Made > 3 || r.Total.Bytes != 30*int64(len("HTTP/1.1")) {
		t.Errorf("got %v, connections %+v, %v", r.Total.Classes, r.Connections, r.Examples)
	}
	s.TLS = nil // the certificate is nobody's
	if r := run1(t, s, Profile{Users: 1, Requests: 2}); r.Total.Classes[Connect] != 2 || r.Examples[Connect] == "" {
		t.Errorf("got %v", r.Total.Classes)
	}
}

// A lack of descriptors is not the service's fault.
func TestRunningOutOfDescriptorsIsTheGeneratorsFailure(t *testing.T) {
	url := listen(t, func(conn net.Conn) {
		for range requests(conn) {
			_, _ = io.WriteString(conn, ok200)
		}
	})
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	now := before
	now.Cur = 0 // what is open stays open
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &now); err != nil {
		t.Fatal(err)
	}
	s := one()
	s.Target = url
	r, err := Run(t.Context(), s, Profile{Users: 40, Requests: 100, Timeout: patience})
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err != nil || r.Total.Classes[Generator] != 100 || r.Total.Requests != 100 {
		t.Fatalf("got %v, %v", r.Total.Classes, err)
	}
	if !has(r, "generator_errors") {
		t.Errorf("reasons %v", r.Instrument.Reasons)
	}
}

func TestMemoryDoesNotGrowWithRequests(t *testing.T) {
	null, err := startNull()
	if err != nil {
		t.Fatal(err)
	}
	defer null.stop()
	s := Scenario{Target: "http://" + null.listener.Addr().String()}
	for i := range 20 {
		s.Requests = append(s.Requests, get(1, fmt.Sprint("endpoint ", i)))
		s.Requests[i].Path = "/"
	}
	live := func(n int64) uint64 {
		r := run1(t, s, Profile{Users: 8, Requests: n})
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(r)
		return m.HeapAlloc
	}
	small, large := live(1000), live(20_000)
	if large > small+(1<<20) {
		t.Errorf("1000 requests hold %d bytes, 20000 hold %d", small, large)
	}
}
