package harden

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// full is a shedder whose application holds n requests until released.
type full struct {
	h       http.Handler
	shed    *shedder
	inside  chan struct{}
	release chan struct{}
	done    chan struct{} // a request has come out
	all     sync.WaitGroup
}

func fill(s Shed, n int) *full {
	f := &full{shed: newShedder(s), inside: make(chan struct{}), release: make(chan struct{}), done: make(chan struct{}, 100)}
	f.h = f.shed.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		f.inside <- struct{}{}
		<-f.release
	}))
	for range n {
		f.start()
		<-f.inside
	}
	return f
}

func (f *full) start() {
	f.all.Go(func() {
		f.h.ServeHTTP(httptest.NewRecorder(), request("GET", "/", "192.0.2.1"))
		f.done <- struct{}{}
	})
}

// L11: what is over the limit is refused without waiting for anything, and what leaves makes room.
func TestFullIsRefusedAtOnce(t *testing.T) {
	f := fill(Shed{InFlight: 3}, 3)
	r := request("GET", "/", "192.0.2.1")
	w := ask(f.h, r) // would never return if it waited: nobody is released yet
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" || w.Header().Get("Content-Type") != ProblemType || Of(r).Refused != "shed" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	f.release <- struct{}{}
	<-f.done
	f.start()
	<-f.inside // there is room again
	close(f.release)
	f.all.Wait()
	if n := len(f.shed.room); n != 0 {
		t.Errorf("%d places are not given back", n)
	}
}

func TestThreeTimesTheLimitAtOnce(t *testing.T) {
	const limit = 10
	f := fill(Shed{InFlight: limit}, limit)
	refused := make(chan int, 2*limit)
	for range 2 * limit {
		f.all.Go(func() { refused <- ask(f.h, request("GET", "/", "192.0.2.1")).Code })
	}
	for range 2 * limit {
		if code := <-refused; code != 503 {
			t.Errorf("%d got in", code)
		}
	}
	close(f.release)
	f.all.Wait()
}

func TestAPanicGivesItsPlaceBack(t *testing.T) {
	s := newShedder(Shed{InFlight: 1})
	for range 3 {
		func() {
			defer func() { _ = recover() }()
			ask(s.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })), request("GET", "/", ""))
		}()
	}
	if len(s.room) != 0 {
		t.Error("a place is lost")
	}
}

func TestWaiting(t *testing.T) {
	f := fill(Shed{InFlight: 1, Wait: time.Hour}, 1)
	f.start() // waits
	for f.shed.waiting.Load() != 1 {
		time.Sleep(time.Millisecond) // until it does; nothing depends on how long
	}
	if w := ask(f.h, request("GET", "/", "")); w.Code != 503 { // as many wait as may
		t.Errorf("a second one waits: %d", w.Code)
	}
	f.release <- struct{}{}
	<-f.inside
	close(f.release)
	f.all.Wait()
	if f.shed.waiting.Load() != 0 {
		t.Error("somebody still counts as waiting")
	}

	f = fill(Shed{InFlight: 1, Wait: time.Nanosecond}, 1)
	if w := ask(f.h, request("GET", "/", "")); w.Code != 503 {
		t.Errorf("patience has no end: %d", w.Code)
	}
	close(f.release)
	f.all.Wait()

	f = fill(Shed{InFlight: 1, Wait: time.Hour}, 1)
	gone, leave := context.WithCancel(t.Context())
	leave()
	f.h.ServeHTTP(httptest.NewRecorder(), request("GET", "/", "").WithContext(gone)) // would wait for an hour
	close(f.release)
	f.all.Wait()
}

func TestDefaultLimit(t *testing.T) {
	if n := cap(newShedder(Shed{}).room); n != 512 {
		t.Error(n)
	}
}
