package parity

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

var page = strings.Repeat("a page of the test, as dull as it is long\n", 100)

func packed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

// coder answers with gzip to whoever accepts it, as change has it.
func coder(change func(h nethttp.Header, r *nethttp.Request, body *[]byte)) *nethttp.Server {
	return &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, accept := []byte(page), r.Header.Get("Accept-Encoding")
		if r.URL.Path == "/small" {
			body = []byte("{}")
		}
		w.Header().Set("Vary", "Origin, accept-encoding")
		if strings.Contains(accept, "gzip") && !strings.Contains(accept, "q=0") && r.URL.Path != "/small" {
			w.Header().Set("Content-Encoding", "gzip")
			body = packed(page)
		}
		change(w.Header(), r, &body)
		_, _ = w.Write(body)
	})}
}

func TestCompressionOnRealServers(t *testing.T) {
	coded := func(h nethttp.Header) bool { return h.Get("Content-Encoding") != "" }
	var mu sync.Mutex
	n := 0
	for _, c := range []struct {
		name    string
		change  func(h nethttp.Header, r *nethttp.Request, body *[]byte)
		outcome evidence.Outcome
		reason  string
	}{
		{"healthy", func(nethttp.Header, *nethttp.Request, *[]byte) {}, pass, "compressed"},
		{"Vary: *", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) { h.Set("Vary", "*") }, pass, "compressed"},
		{"Vary in two fields", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) {
			h["Vary"] = []string{"Origin", "Accept-Encoding"}
		}, pass, "compressed"},
		{"a weak ETag", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) { h.Set("ETag", `W/"1"`) }, pass, "compressed"},
		{"an ETag for each form", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) {
			h.Set("ETag", `"1`+h.Get("Content-Encoding")+`"`)
		}, pass, "compressed"},
		{"one strong ETag", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) { h.Set("ETag", `"1"`) }, fail, "etag"},
		{"not at all", func(h nethttp.Header, _ *nethttp.Request, body *[]byte) {
			h.Del("Content-Encoding")
			if len(*body) > 2 {
				*body = []byte(page)
			}
		}, fail, "absent"},
		{"no Vary when plain", func(h nethttp.Header, _ *nethttp.Request, _ *[]byte) {
			if !coded(h) {
				h.Del("Vary")
			}
		}, fail, "no_vary"},
		{"other bytes", func(h nethttp.Header, _ *nethttp.Request, body *[]byte) {
			if coded(h) {
				*body = packed(page + ".")
			}
		}, fail, "differs"},
		{"no gzip at all", func(h nethttp.Header, _ *nethttp.Request, body *[]byte) {
			if coded(h) {
				*body = []byte(page)
			}
		}, fail, "differs"},
		{"q=0 ignored", func(h nethttp.Header, r *nethttp.Request, body *[]byte) {
			if strings.Contains(r.Header.Get("Accept-Encoding"), "q=0") {
				h.Set("Content-Encoding", "gzip")
				*body = packed(page)
			}
		}, fail, "unwanted"},
		{"small ones too", func(h nethttp.Header, r *nethttp.Request, body *[]byte) {
			if r.URL.Path == "/small" {
				h.Set("Content-Encoding", "gzip")
				*body = packed("{}")
			}
		}, fail, "needless"},
		{"content that changes", func(h nethttp.Header, r *nethttp.Request, body *[]byte) {
			mu.Lock()
			defer mu.Unlock()
			if n++; coded(h) {
				*body = packed(fmt.Sprint(page, n))
			} else if r.URL.Path != "/small" {
				*body = fmt.Append(nil, page, n)
			}
		}, unproven, "unstable"},
	} {
		b := newBench(t, Settings{Expect: Expect{Compression: Compression{Coding: "gzip", Large: []string{"GET /"}, Plain: []string{"GET /small"}}}}, nil)
		wants(t, c.name, compressionID, at(t, b, coder(c.change)), c.outcome, c.reason)
	}
	b := newBench(t, Settings{Expect: Expect{Compression: Compression{Coding: "gzip", Large: []string{"GET /"}}}}, nil)
	for status, reason := range map[int]string{429: "throttled", 404: "unanswered", 500: "unanswered"} {
		server := &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(status) })}
		wants(t, fmt.Sprint(status), compressionID, at(t, b, server), unproven, reason)
	}
	wants(t, "gone", compressionID, b.At(lab.Target{Base: "http://127.0.0.1:1"}), unproven, "unanswered")
}

// believer logs whom it takes for the client.
func believer(log *journal, who func(peer string, h nethttp.Header) string, line func(client, url string) any) *nethttp.Server {
	return &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		peer, _, _ := net.SplitHostPort(r.RemoteAddr)
		if peer == "127.0.0.1" && r.Header.Get("X-Forwarded-Proto") == "https" {
			w.Header().Set(hsts, "max-age=1")
		}
		log.line(line(who(peer, r.Header), r.URL.String()))
	})}
}

func TestTrustOnRealServers(t *testing.T) {
	right := func(peer string, h nethttp.Header) string {
		entries := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
		last := strings.TrimSpace(entries[len(entries)-1])
		if peer != "127.0.0.1" || net.ParseIP(last) == nil {
			return peer
		}
		return last
	}
	field := func(client, url string) any { return map[string]string{"client": client, "url": url} }
	for _, c := range []struct {
		name    string
		field   string
		who     func(string, nethttp.Header) string
		line    func(client, url string) any
		outcome evidence.Outcome
		reason  string
	}{
		{"healthy", "client", right, field, pass, "right_to_left"},
		{"with a port", "client", func(p string, h nethttp.Header) string { return right(p, h) + ":80" }, field, pass, "right_to_left"},
		{"mapped", "client", func(p string, h nethttp.Header) string { return "::ffff:" + right(p, h) }, field, pass, "right_to_left"},
		{"plain text", "", right, func(client, url string) any { return "GET " + url + " from " + client }, pass, "right_to_left"},
		{"anybody", "client", func(p string, h nethttp.Header) string {
			if first, _, _ := strings.Cut(h.Get("X-Forwarded-For"), ","); first != "" {
				return strings.TrimSpace(first)
			}
			return p
		}, field, fail, "believes_anybody"},
		{"X-Real-IP of anybody", "client", func(p string, h nethttp.Header) string {
			if ip := h.Get("X-Real-IP"); ip != "" {
				return ip
			}
			return right(p, h)
		}, field, fail, "believes_anybody"},
		{"leftmost of the proxy", "client", func(p string, h nethttp.Header) string {
			if first, _, _ := strings.Cut(h.Get("X-Forwarded-For"), ","); p == "127.0.0.1" && first != "" {
				return strings.TrimSpace(first)
			}
			return p
		}, field, fail, "leftmost"},
		{"nobody", "client", func(p string, _ nethttp.Header) string { return p }, field, fail, "ignored"},
		{"garbage is taken", "client", func(p string, h nethttp.Header) string {
			if strings.HasSuffix(h.Get("X-Forwarded-For"), "unknown") {
				return "unknown"
			}
			return right(p, h)
		}, field, fail, "unclear"},
		{"a log without addresses", "", right, func(_, url string) any { return "GET " + url }, unproven, "unseen"},
		{"a log with two", "", right, func(client, url string) any { return client + " 10.0.0.1 " + url }, unproven, "unseen"},
		{"another field", "ip", right, field, unproven, "unseen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log journal
			b := newBench(t, Settings{Expect: Expect{TrustProxy: TrustProxy{Request: "GET /x?a=b", Trusted: "127.0.0.1", Untrusted: "127.0.0.2", LogField: c.field, Proto: true}}}, nil)
			b = at(t, b, believer(&log, c.who, c.line))
			b.Target.Log = log.read
			wants(t, c.name, trustProxyID, b, c.outcome, c.reason)
		})
	}
}

func TestJudgeTrustOfTLS(t *testing.T) {
	good := Believed{Request: "GET /", Trusted: "127.0.0.1", Untrusted: "127.0.0.2", Proto: true}
	for _, c := range trustCases(TrustProxy{Trusted: "127.0.0.1", Untrusted: "127.0.0.2", Proto: true}) {
		c.Saw, c.Logged, c.Status, c.HSTS = c.Want, true, 200, c.Name == caseProto
		good.Cases = append(good.Cases, c.TrustCase)
	}
	for reason, change := range map[string]func(*TrustCase){
		"right_to_left":  func(*TrustCase) {},
		"proto_ignored":  func(c *TrustCase) { c.HSTS = false },
		"proto_believed": func(c *TrustCase) { c.HSTS = c.Name == caseNoProto },
		"unbound": func(c *TrustCase) {
			if c.Peer == "127.0.0.2" {
				c.Err, c.Status, c.Logged, c.Saw = "no such address", 0, false, ""
			}
		},
		"unanswered": func(c *TrustCase) { c.Status, c.Logged, c.Saw = 0, false, "" },
	} {
		o := good
		o.Cases = append([]TrustCase(nil), good.Cases...)
		for i := range o.Cases {
			change(&o.Cases[i])
		}
		if f := judgeTrustProxy(o, nil); f.Reason != reason {
			t.Errorf("%v %q, want %q", f.Outcome, f.Reason, reason)
		}
	}
}

func TestKeepAliveOnRealServers(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler nethttp.HandlerFunc
		outcome evidence.Outcome
		reason  string
	}{
		{"healthy", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Header().Set("Keep-Alive", "timeout=5") }, pass, "reused"},
		{"chunked", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			_, _ = io.WriteString(w, "a")
			w.(nethttp.Flusher).Flush()
		}, pass, "reused"},
		{"closes", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Header().Set("Connection", "close") }, fail, "closed"},
		{"throttles", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(429) }, unproven, "throttled"},
		{"breaks", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(500) }, unproven, "unanswered"},
		{"hangs up", func(nethttp.ResponseWriter, *nethttp.Request) { panic(nethttp.ErrAbortHandler) }, unproven, "unanswered"},
	} {
		b := newBench(t, Settings{Expect: Expect{KeepAlive: "GET /"}}, nil)
		wants(t, c.name, keepAliveID, at(t, b, &nethttp.Server{Handler: c.handler}), c.outcome, c.reason)
	}
	var mu sync.Mutex
	asked := map[string]int{}
	late := &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked[r.RemoteAddr]++; asked[r.RemoteAddr] == 3 {
			w.Header().Set("Connection", "close")
		}
	})}
	wants(t, "three a connection", keepAliveID, at(t, newBench(t, Settings{Expect: Expect{KeepAlive: "GET /"}}, nil), late), fail, "closes_late")
	held := KeepAlive{Wanted: 20, Served: 20, Status: 200, State: "open", LastServed: 1, LastState: "open"}
	if f := judgeKeepAlive(held, evidence.Limits{"requests": 20}); f.Reason != "ignores_close" {
		t.Errorf("%v", f)
	}
}

func TestBodyLimitOnRealServers(t *testing.T) {
	limited := func(limit int64, over, within int) nethttp.HandlerFunc {
		return func(w nethttp.ResponseWriter, r *nethttp.Request) {
			body, _ := io.ReadAll(r.Body)
			status := within
			if int64(len(body)) > limit {
				status = over
			} else if !json.Valid(body) {
				status = 400
			}
			w.WriteHeader(status)
		}
	}
	for _, c := range []struct {
		name    string
		handler nethttp.HandlerFunc
		outcome evidence.Outcome
		reason  string
	}{
		{"healthy", limited(1000, 413, 200), pass, "exact"},
		{"it wants a token", limited(1000, 413, 401), pass, "exact"},
		{"it does not like the content", limited(1000, 413, 422), pass, "exact"},
		{"a byte more", limited(1001, 413, 200), fail, "larger"},
		{"a byte less", limited(999, 413, 200), fail, "smaller"},
		{"500 instead of 413", limited(1000, 500, 200), fail, "unclear"},
		{"throttles", limited(1000, 429, 429), unproven, "throttled"},
		{"hangs up", func(nethttp.ResponseWriter, *nethttp.Request) { panic(nethttp.ErrAbortHandler) }, unproven, "unanswered"},
	} {
		b := newBench(t, Settings{Expect: Expect{BodyLimit: 1000, BodyRequest: "POST /"}}, nil)
		wants(t, c.name, bodyLimitID, at(t, b, &nethttp.Server{Handler: c.handler}), c.outcome, c.reason)
	}
}

// slow gives a server with these limits, and a bench that declares 400 ms for
// heads and bodies and 1.2 s for idle connections, with a tolerance that a busy
// machine does not use up.
func slow(t *testing.T, change func(*nethttp.Server)) *lab.Bench {
	t.Helper()
	server := &nethttp.Server{ReadHeaderTimeout: 400 * time.Millisecond, ReadTimeout: 400 * time.Millisecond, IdleTimeout: 2400 * time.Millisecond,
		Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(nethttp.StatusRequestTimeout)
			}
		})}
	change(server)
	b := newBench(t, Settings{Expect: Expect{HeaderTimeout: 400 * time.Millisecond, BodyTimeout: 400 * time.Millisecond, IdleTimeout: 2400 * time.Millisecond,
		BalancerIdle: 800 * time.Millisecond, KeepAlive: "GET /", BodyRequest: "POST /"}}, nil)
	b.Limits = evidence.Limits{"tolerance": 800, "lag": 400}
	return at(t, b, server)
}

func TestTimeoutsOnRealServers(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*nethttp.Server)
		want   []string // the instrument may find itself starved
	}{
		{"healthy", func(*nethttp.Server) {}, []string{"kept"}},
		{"no limit for heads", func(s *nethttp.Server) { s.ReadHeaderTimeout, s.ReadTimeout = 0, 0 }, []string{"absent"}},
		{"no limit for bodies", func(s *nethttp.Server) { s.ReadTimeout = 0 }, []string{"absent"}},
		{"late", func(s *nethttp.Server) { s.ReadHeaderTimeout = 2500 * time.Millisecond }, []string{"late"}},
		{"idle too short", func(s *nethttp.Server) { s.IdleTimeout = 200 * time.Millisecond }, []string{"before_balancer"}},
		{"idle shorter, longer than the balancer's", func(s *nethttp.Server) { s.IdleTimeout = 1450 * time.Millisecond }, []string{"early"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			raw, f := tried(t, timeoutsID, slow(t, c.change))
			if f.Reason == "starved" {
				t.Logf("starved: %s", raw) // an answer too: never a false red
				return
			}
			if f.Reason != c.want[0] {
				t.Errorf("%v %q, want %v: %s", f.Outcome, f.Reason, c.want, raw)
			}
		})
	}
}

func TestTimeoutsThatCannotBeMeasured(t *testing.T) {
	b := slow(t, func(*nethttp.Server) {})
	settings(b).Expect.IdleTimeout = time.Hour
	wants(t, "an hour", timeoutsID, b, unproven, "beyond")
	b = slow(t, func(*nethttp.Server) {})
	wants(t, "gone", timeoutsID, b.At(lab.Target{Base: "http://127.0.0.1:1"}), unproven, "unreached")
	refuses := slow(t, func(s *nethttp.Server) {
		s.Handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if r.Method == nethttp.MethodPost {
				w.Header().Set("Connection", "close")
				w.WriteHeader(nethttp.StatusNotFound)
			}
		})
	})
	settings(refuses).Expect.BodyTimeout = 1300 * time.Millisecond
	if raw, f := tried(t, timeoutsID, refuses); f.Reason != "unreached" && f.Reason != "starved" {
		t.Errorf("a refused body is %q: %s", f.Reason, raw)
	}
}

// The judge of timeouts, without a clock.
func TestJudgeTimeouts(t *testing.T) {
	limits := evidence.Limits{"tolerance": 1000, "lag": 500}
	good := Timeouts{BalancerMS: 60_000, LongestMS: 75_000, LagMS: 10}
	for kind, declared := range map[string]float64{slowHeader: 5000, dripHeader: 5000, silent: 5000, slowBody: 15_000, dripBody: 15_000, idle: 65_000, balancer: 60_000} {
		good.Watched = append(good.Watched, Watched{Kind: kind, DeclaredMS: declared, State: "closed", LastedMS: declared + 900, Answers: 1, Status: 200})
	}
	of := func(kind string, change func(*Watched)) func(*Timeouts) {
		return func(o *Timeouts) {
			for i := range o.Watched {
				if o.Watched[i].Kind == kind {
					change(&o.Watched[i])
				}
			}
		}
	}
	served := of(balancer, func(w *Watched) { w.Answers = 2 })
	for _, c := range []struct {
		reason string
		change []func(*Timeouts)
	}{
		{"kept", nil},
		{"kept", []func(*Timeouts){of(slowBody, func(w *Watched) { w.State, w.Status = "reset", 408 })}},
		{"kept", []func(*Timeouts){func(o *Timeouts) { o.LagMS = 5000 }}},
		{"absent", []func(*Timeouts){of(silent, func(w *Watched) { w.State = "open" })}},
		{"late", []func(*Timeouts){of(dripHeader, func(w *Watched) { w.LastedMS = 6001 })}},
		{"early", []func(*Timeouts){of(idle, func(w *Watched) { w.LastedMS = 63_000 })}},
		{"early", []func(*Timeouts){of(slowBody, func(w *Watched) { w.LastedMS = 9000 })}},
		{"unreached", []func(*Timeouts){of(slowBody, func(w *Watched) { w.LastedMS = 3 })}},
		// A timeout shorter than the tolerance: what ends at once did not wait for it.
		{"unreached", []func(*Timeouts){of(slowBody, func(w *Watched) { w.DeclaredMS, w.LastedMS = 800, 3 })}},
		{"early", []func(*Timeouts){of(silent, func(w *Watched) { w.DeclaredMS, w.LastedMS = 800, 3 })}},
		{"kept", []func(*Timeouts){of(silent, func(w *Watched) { w.DeclaredMS, w.LastedMS = 800, 500 })}},
		{"unreached", []func(*Timeouts){of(idle, func(w *Watched) { w.Answers = 0 })}},
		{"unreached", []func(*Timeouts){of(silent, func(w *Watched) { w.State = "" })}},
		{"unreached", []func(*Timeouts){func(o *Timeouts) { o.Watched = o.Watched[1:] }}},
		{"before_balancer", []func(*Timeouts){of(balancer, func(w *Watched) { w.Answers = 1 })}},
		{"starved", []func(*Timeouts){of(dripHeader, func(w *Watched) { w.LastedMS = 7000 }), func(o *Timeouts) { o.LagMS = 501 }}},
	} {
		o := good
		o.Watched = append([]Watched(nil), good.Watched...)
		served(&o)
		for _, change := range c.change {
			change(&o)
		}
		if f := judgeTimeouts(o, limits); f.Reason != c.reason {
			t.Errorf("%q, want %q: %+v", f.Reason, c.reason, o)
		}
	}
}

func TestAnnounced(t *testing.T) {
	for field, want := range map[string]int{"timeout=5": 5, "max=10, Timeout = 72": 72, "": 0, "timeout=x": 0, "timeout=-1": 0} {
		if got := announced(field); got != want {
			t.Errorf("%q: %d, want %d", field, got, want)
		}
	}
}

func TestRunsEndWithTheirContext(t *testing.T) {
	b := slow(t, func(*nethttp.Server) {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runTimeouts(ctx, b); err == nil {
		t.Error("it went on")
	}
}
