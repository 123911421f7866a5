//go:build disease

package disease_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// came is how one request of a symptom ended.
type came struct {
	path   string
	status int // 0: the connection was cut
	whole  bool
	body   string
	took   time.Duration
}

// send asks for a path with a client whose connections are kept or not. A cut
// connection is shown, never tried again: a POST is not.
func (p *patient) send(client *http.Client, path string) came {
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if path != nowhere {
		r.Header.Set("Authorization", "Bearer "+signed(key))
	}
	began := time.Now()
	response, err := client.Do(r)
	c := came{path: path, took: time.Since(began)}
	if err != nil {
		return c
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	c.status, c.body = response.StatusCode, string(body)
	c.whole = err == nil && strings.HasSuffix(strings.TrimSpace(c.body), "}") && !errors.Is(err, io.ErrUnexpectedEOF)
	c.took = time.Since(began)
	return c
}

// nowhere is asked by nobody in particular, so that no user's rate is spent.
const nowhere = "/api/nothing"

// many sends the path n times, so many at once, each on a connection of its own.
func (p *patient) many(n, atOnce int, path string) []came {
	all, next := make([]came, n), make(chan int)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var users sync.WaitGroup
	for range atOnce {
		users.Go(func() {
			for i := range next {
				all[i] = p.send(client, path)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	users.Wait()
	return all
}

func counted(all []came, is func(came) bool) (n int) {
	for _, c := range all {
		if is(c) {
			n++
		}
	}
	return n
}

// share sends requests one after the other and wants so many of them ill.
func share(n, want int, path string, ill func(came) bool) func(*patient) {
	return func(p *patient) {
		if got := counted(p.many(n, 1, path), ill); got != want {
			p.t.Errorf("%d of %d are ill, want %d", got, n, want)
		}
	}
}

// underACrowd wants some requests ill while many others come, and none before.
func underACrowd(path string, ill func(came) bool) func(*patient) {
	return func(p *patient) {
		if got := counted(p.many(20, 1, path), ill); got != 0 {
			p.t.Errorf("%d of 20 are ill before any crowd", got)
		}
		for range 4 { // until the crowd has gathered, however fast this machine is
			p.many(400, 16, nowhere)
			if counted(p.many(40, 16, path), ill) > 0 {
				return
			}
		}
		p.t.Error("no crowd makes it ill")
	}
}

const listPath = "/api/gastos?empresaId=1"

func isSlow(c came) bool   { return c.took >= 450*time.Millisecond }
func isCut(c came) bool    { return c.status == 0 }
func is500(c came) bool    { return c.status == 500 }
func is503(c came) bool    { return c.status == 503 }
func isHalf(c came) bool   { return c.status == 200 && !c.whole }
func isLesser(c came) bool { return c.status == 200 && !strings.Contains(c.body, `"importe"`) }
func is302(c came) bool    { return c.status == 302 }
func is429(c came) bool    { return c.status == 429 && strings.Contains(c.body, `{"status":429}`) } // not that of the healthy limit
func isEmpty(c came) bool  { return c.status == 200 && strings.Contains(c.body, `"items":[]`) }
func isForeign(c came) bool {
	return c.status == 200 && strings.Contains(c.body, `"empresaId":2`) && !strings.Contains(c.body, `"empresaId":1,`)
}
func isAnother(c came) bool { return c.status == 200 && strings.Contains(c.body, `"id":4,`) }
func isLate(c came) bool    { return c.took >= 225*time.Millisecond }

// growing wants the request after three hundred slower than half a second.
func growing(p *patient) {
	p.many(300, 50, "/api/me")
	if c := p.send(http.DefaultClient, "/api/me"); c.took < 500*time.Millisecond {
		p.t.Errorf("the request after three hundred took %v", c.took)
	}
}

// paused wants a request of the next seconds to meet the pause.
func paused(p *patient) {
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		if c := p.send(http.DefaultClient, "/api/me"); c.took > 200*time.Millisecond {
			return
		}
	}
	p.t.Error("no request met the pause")
}

// queueing wants thirty at once to wait for one another.
func queueing(p *patient) {
	began := time.Now()
	p.many(30, 30, "/api/me")
	if took := time.Since(began); took < 30*13*time.Millisecond {
		p.t.Errorf("thirty requests took %v together", took)
	}
}

// raced wants a request to meet the end of its connection: sent on an open one, never
// answered. Its moment is short, so that many try.
func raced(p *patient) {
	request := "GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + signed(key) + "\r\n\r\n"
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			p.t.Fatal(err)
		}
		answers := bufio.NewReader(conn)
		answered := func() bool {
			if _, err := io.WriteString(conn, request); err != nil {
				return false
			}
			response, err := http.ReadResponse(answers, nil)
			if err != nil {
				return false
			}
			_, err = io.Copy(io.Discard, response.Body)
			return err == nil
		}
		for range 5 {
			if !answered() {
				p.t.Error("a connection that was not idle was cut")
			}
		}
		time.Sleep(69 * time.Millisecond)
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Microsecond))
		_, end := answers.Peek(1)
		_ = conn.SetReadDeadline(time.Time{})
		lost := errors.Is(end, os.ErrDeadlineExceeded) && !answered() // it was open when the request left
		conn.Close()
		if lost {
			return
		}
	}
	p.t.Error("no request met the end of its connection")
}

// loadSymptoms shows the diseases of load from the outside.
func loadSymptoms() map[string]func(*patient) {
	return map[string]func(*patient){
		"load-slow-eighth": share(16, 2, "/api/me", isSlow), "load-slow-endpoint": both(share(6, 1, "/api/me", isSlow), share(12, 0, listPath, isSlow)),
		"load-grows": growing, "load-pause": paused, "load-lock": queueing, "load-exhausted": underACrowd("/api/me", isLate),
		"load-drops": share(80, 2, "/api/me", isCut), "load-first-lost": share(30, 2, "/api/me", isCut), "load-errors": share(60, 2, "/api/me", is500),
		"load-fast-errors": underACrowd(listPath, is500), "load-sheds": underACrowd("/api/me", is503),
		"load-truncated": share(40, 2, listPath, isHalf), "load-lies": underACrowd(listPath, isLesser),
		"load-slow-rare": both(share(3, 3, "/api/empresas", isSlow), share(6, 0, "/api/me", isSlow)), "load-cold": share(5, 1, "/api/me", isSlow),
		"load-pool-one": both(queueing, effective(1)), "load-drops-rarely": share(140, 2, "/api/me", isCut), "load-keep-alive-race": raced,
		"load-empty": underACrowd(listPath, isEmpty), "load-login-wall": underACrowd("/api/me", is302), "load-throttles": underACrowd("/api/me", is429),
		"load-tenant": underACrowd(listPath, isForeign), "load-identity": underACrowd("/api/me", isAnother),
	}
}

// loadChecks are the checks that these diseases turn red.
func loadChecks() []string {
	return []string{"performance.normal", "performance.peak", "performance.connections", "performance.answers", "performance.recovery"}
}
