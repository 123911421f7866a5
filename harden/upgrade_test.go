package harden

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
)

const socketFields = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// echoApp takes the connection and sends back what comes, whatever it is.
func echoApp(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_ = rw.Flush()
	_, _ = io.Copy(conn, rw)
}

// TestWebSockets is W4, and that what comes after the upgrade is not read as HTTP.
func TestWebSockets(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Requests.WebSockets = []string{"/api/events"}
		r := raise(t, c, secure, http.HandlerFunc(echoApp))
		own := map[bool]string{false: "http://app.example", true: "https://app.example"}[secure]
		for _, row := range []struct {
			name, path, fields string
			status             int
		}{
			{"friend", "/api/events", "Origin: " + friend + "\r\n", 101},
			{"own", "/api/events", "Origin: " + own + "\r\n", 101},
			{"no browser", "/api/events", "", 101},
			{"foreign", "/api/events", "Origin: https://evil.com\r\n", 403},
			{"null", "/api/events", "Origin: null\r\n", 403},
			{"another path", "/api/other", "Origin: " + friend + "\r\n", 200},
		} {
			t.Run(row.name, func(t *testing.T) {
				conn := r.dial(t)
				const early = "\x81\x00 not HTTP"
				_, _ = io.WriteString(conn, "GET "+row.path+" HTTP/1.1\r\nHost: app.example\r\n"+socketFields+row.fields+"\r\n")
				from := bufio.NewReader(conn)
				got, err := http.ReadResponse(from, nil)
				if err != nil || got.StatusCode != row.status {
					t.Fatalf("%v %v", got, err)
				}
				if row.status != 101 {
					return
				}
				_, _ = io.WriteString(conn, early)
				back := make([]byte, len(early))
				if _, err := io.ReadFull(from, back); err != nil || string(back) != early {
					t.Errorf("%q comes back, %v", back, err)
				}
			})
		}
		t.Run("frame right behind the request", func(t *testing.T) {
			conn := r.dial(t)
			_, _ = io.WriteString(conn, "GET /api/events HTTP/1.1\r\nHost: app.example\r\n"+socketFields+"\r\n\x81\x02hi")
			from := bufio.NewReader(conn)
			if got, err := http.ReadResponse(from, nil); err != nil || got.StatusCode != 101 {
				t.Fatalf("%v %v", got, err)
			}
			back := make([]byte, 4)
			if _, err := io.ReadFull(from, back); err != nil || string(back) != "\x81\x02hi" {
				t.Errorf("%q comes back, %v", back, err)
			}
		})
	})
}

// TestServerSentEvents arrive one by one, over HTTP/1.1 and HTTP/2.
func TestServerSentEvents(t *testing.T) {
	next := make(chan string)
	r := raise(t, closed(), true, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range next {
			_, _ = io.WriteString(w, event)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			if event == "end" {
				return
			}
		}
	}))
	for _, proto := range []string{"http/1.1", "h2"} {
		client := r.client(proto)
		res, err := make(chan *http.Response, 1), make(chan error, 1)
		go func() {
			got, e := client.Get("https://" + r.addr + "/api/events")
			res <- got
			err <- e
		}()
		next <- "one"
		got := <-res
		if e := <-err; e != nil {
			t.Fatal(e)
		}
		b := make([]byte, 3)
		for _, event := range []string{"one", "two", "end"} {
			if event != "one" {
				next <- event
			}
			if _, e := io.ReadFull(got.Body, b); e != nil || string(b) != event {
				t.Errorf("%s: %q, %v", proto, b, e)
			}
		}
		_ = got.Body.Close()
		answer{Response: got}.hardened(t)
		client.CloseIdleConnections()
	}
}

func (r *rig) client(proto string) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(proto != "h2")
	protocols.SetHTTP2(proto == "h2")
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: protocols}}
}

// TestHTTP2 has the same limits as HTTP/1.1.
func TestHTTP2(t *testing.T) {
	c := closed()
	c.Bodies.Most = 1000
	r := raise(t, c, true, nil)
	client := r.client("h2")
	for _, row := range []struct {
		name, method, target string
		fields               map[string]string
		body                 io.Reader
		status               int
	}{
		{"honest", "POST", "/api/x", nil, strings.NewReader("{}"), 200},
		{"unknown length", "POST", "/api/x", nil, io.MultiReader(strings.NewReader("{}")), 200},
		{"method", "FOOBAR", "/api/x", nil, nil, 405},
		{"trace", "TRACE", "/api/x", nil, nil, 405},
		{"path", "GET", "/api/%2e%2e/x", nil, nil, 400},
		{"target", "GET", "/api/" + strings.Repeat("a", 9<<10), nil, nil, 414},
		{"header", "GET", "/api/x", map[string]string{"A": strings.Repeat("b", 20<<10)}, nil, 431},
		{"expect", "POST", "/api/x", map[string]string{"Expect": "x"}, nil, 417},
		{"body", "POST", "/api/x", nil, strings.NewReader(strings.Repeat("x", 2000)), 413},
		{"body of unknown length", "POST", "/api/x", nil, io.MultiReader(strings.NewReader(strings.Repeat("x", 2000))), 413},
		{"coding", "POST", "/api/x", map[string]string{"Content-Encoding": "gzip"}, strings.NewReader("{}"), 415},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := r.hits.Load()
			req, err := http.NewRequestWithContext(t.Context(), row.method, "https://"+r.addr, row.body)
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Opaque = "//" + r.addr + row.target
			req.Header.Set("Origin", friend)
			for name, value := range row.fields {
				req.Header.Set(name, value)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			got := answer{res, body}
			got.hardened(t)
			got.readable(t, true)
			if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("%s, HSTS %q", res.Proto, res.Header.Get("Strict-Transport-Security"))
			}
			if row.status == 200 {
				if res.StatusCode != 200 || r.hits.Load() != before+1 || string(r.body) != "{}" {
					t.Errorf("status %d, body %q", res.StatusCode, r.body)
				}
				return
			}
			got.problem(t, row.status)
			if r.hits.Load() != before {
				t.Error("the application saw it")
			}
		})
	}
}
