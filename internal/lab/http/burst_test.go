package http

import (
	"bufio"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestBurstIsCountedAndWrittenDown(t *testing.T) {
	const users, total = 7, 60
	var arrived sync.Map
	var now, most atomic.Int64
	service := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		defer now.Add(-1)
		for n := now.Add(1); ; {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		if _, again := arrived.LoadOrStore(r.URL.Path, r.Header.Get("Authorization")); again {
			t.Errorf("%s arrived twice", r.URL.Path)
		}
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		if n%5 == 0 {
			w.WriteHeader(nethttp.StatusTeapot)
		}
		fmt.Fprint(w, strings.Repeat("x", n))
	}))
	defer service.Close()
	p := newPlace(t, service.URL)
	var asked []int
	running := On(p.Bench).Start(t.Context(), Burst{Users: users, Total: total, Next: func(i int) Request {
		asked = append(asked, i) // no lock: Next is called in order, by one
		return Request{Method: "GET", Path: fmt.Sprintf("/%d", i), Token: Token{User: fmt.Sprint("user", i), Value: fmt.Sprint("opaque-token-", i)}}
	}})
	answers := running.Wait()
	if running.InFlight() != 0 || len(answers) != total || len(asked) != total {
		t.Fatalf("%d in flight, %d answers, %d asked", running.InFlight(), len(answers), len(asked))
	}
	if most.Load() > users {
		t.Errorf("%d requests at a time, %d users", most.Load(), users)
	}
	lines := transcriptOf(t, p)
	for i, a := range answers {
		status := nethttp.StatusOK
		if i%5 == 0 {
			status = nethttp.StatusTeapot
		}
		if a.Err != nil || a.Status != status || a.Size != i || asked[i] != i {
			t.Errorf("%d: %d, %d bytes, %v", i, a.Status, a.Size, a.Err)
		}
		if token, _ := arrived.Load(fmt.Sprintf("/%d", i)); token != fmt.Sprint("Bearer opaque-token-", i) {
			t.Errorf("%d came with %v", i, token)
		}
		l := lines[i]
		if l.N != i || l.Status != status || l.Bytes != i || l.Err != "" || l.User != fmt.Sprint("user", i) || l.TookMS <= 0 {
			t.Errorf("line %d: %+v", i, l)
		}
	}
}

func transcriptOf(t *testing.T, p place) []line {
	t.Helper()
	var lines []line
	for in := bufio.NewScanner(strings.NewReader(p.blob(t, 0, "transcript"))); in.Scan(); {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// In flight is what was begun and is not answered: here the service answers
// nothing until all have come.
func TestInFlight(t *testing.T) {
	const users, total = 9, 20
	arrived, open := make(chan struct{}, total), make(chan struct{})
	service := httptest.NewServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) {
		arrived <- struct{}{}
		<-open
	}))
	defer service.Close()
	p := newPlace(t, service.URL)
	running := On(p.Bench).Start(t.Context(), Burst{Users: users, Total: total, Next: func(int) Request { return Request{Method: "GET", Path: "/"} }})
	for range users {
		<-arrived
	}
	if n := running.InFlight(); n != users {
		t.Errorf("%d in flight, want %d", n, users)
	}
	select {
	case <-running.Done():
		t.Error("it is done before it was answered")
	case <-arrived:
		t.Error("one more than there are users is in flight")
	default:
	}
	close(open)
	if got := len(running.Wait()); got != total || running.InFlight() != 0 {
		t.Errorf("%d answers, %d in flight", got, running.InFlight())
	}
}

func TestBurstIsNeverNegative(t *testing.T) {
	service := httptest.NewServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) {}))
	defer service.Close()
	p := newPlace(t, service.URL)
	running := On(p.Bench).Start(t.Context(), Burst{Users: 8, Total: 400, Next: func(int) Request { return Request{Method: "GET", Path: "/"} }})
	for {
		if n := running.InFlight(); n < 0 || n > 8 {
			t.Fatalf("%d in flight", n)
		}
		select {
		case <-running.Done():
			return
		default:
		}
	}
}

func TestBurstKeepsLittleOfEachBody(t *testing.T) {
	const size = 4 << 20
	body := strings.Repeat("0123456789abcde\n", size/16)
	service := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(w, body) }))
	defer service.Close()
	p := newPlace(t, service.URL)
	answers := On(p.Bench).Start(t.Context(), Burst{Users: 4, Total: 16, Next: func(int) Request { return Request{Method: "GET", Path: "/"} }}).Wait()
	for i, a := range answers {
		if a.Err != nil || a.Size != size || len(a.Body) != keptOfBurst {
			t.Errorf("%d: %d bytes, %d kept, %v", i, a.Size, len(a.Body), a.Err)
		}
	}
	if first := p.blob(t, 0, "first answer"); !strings.HasSuffix(first, fmt.Sprintf("… cut here, %d bytes followed …\n", size-keptOfBurst)) {
		t.Errorf("the first answer ends with %q", first[max(0, len(first)-80):])
	}
}

// A defect in a check's Next must be caught where the check runs, not end listo.
func TestNextPanicsWhereTheCheckRuns(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic here: it is in a goroutine that nobody watches")
		}
	}()
	p := newPlace(t, "http://127.0.0.1:1")
	tokens := []Token{}
	On(p.Bench).Start(t.Context(), Burst{Users: 2, Total: 4, Next: func(i int) Request {
		return Request{Method: "GET", Path: "/", Token: tokens[i%len(tokens)]}
	}}).Wait()
}

func TestEmptyBurstEnds(t *testing.T) {
	p := newPlace(t, "http://127.0.0.1:1")
	running := On(p.Bench).Start(t.Context(), Burst{Users: 3, Next: func(int) Request { t.Error("nothing was to be sent"); return Request{} }})
	select {
	case <-running.Done():
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
	if steps, err := p.Steps(); err != nil || len(steps) != 1 {
		t.Errorf("%d steps, %v", len(steps), err)
	}
}
