package http

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fromThird answers 503 from its third request on.
func fromThird() http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) >= 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
}

func TestWatchEndsWhenContent(t *testing.T) {
	service := httptest.NewServer(fromThird())
	defer service.Close()
	b := newPlace(t, service.URL).Bench
	seen := On(b).Watch(t.Context(), Watch{Request: Request{Method: "GET", Path: "/readyz"}, Every: time.Millisecond, For: time.Minute,
		Until: func(a Answer) bool { return a.Status == 503 }})
	if len(seen) != 3 || seen[0].Status != 200 || seen[2].Status != 503 || seen[2].At < seen[0].Over() {
		t.Errorf("%+v", seen)
	}
	steps, err := b.Steps()
	if err != nil || len(steps) != 1 || steps[0].Status != 503 || !strings.HasSuffix(steps[0].Replay, `/readyz" # every 1ms, for 1m0s at most`) {
		t.Errorf("%+v %v", steps, err)
	}
}

func TestWatchIsBounded(t *testing.T) {
	service := httptest.NewServer(fromThird())
	defer service.Close()
	b := newPlace(t, service.URL).Bench
	request := Request{Method: "GET", Path: "/"}
	if seen := On(b).Watch(t.Context(), Watch{Request: request, Every: time.Millisecond}); len(seen) != 1 {
		t.Errorf("no time at all gives %d looks, want one", len(seen))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if seen := On(b).Watch(ctx, Watch{Request: request, For: time.Minute}); len(seen) != 1 || seen[0].Err == nil {
		t.Errorf("an interrupt: %+v", seen)
	}
}
