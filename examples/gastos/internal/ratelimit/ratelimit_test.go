package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

var start = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

func TestBurstThenRate(t *testing.T) {
	l := New(50, 200, 10)
	for i := range 200 {
		if _, ok := l.Allow("a", start); !ok {
			t.Fatalf("request %d of the burst is refused", i+1)
		}
	}
	wait, ok := l.Allow("a", start)
	if ok || wait != 20*time.Millisecond {
		t.Errorf("after the burst: %v, wait %s", ok, wait)
	}
	if _, ok := l.Allow("b", start); !ok {
		t.Error("one key pays for another")
	}
	if _, ok := l.Allow("a", start.Add(wait)); !ok {
		t.Error("refused after the wait it was told")
	}
	if _, ok := l.Allow("a", start.Add(wait)); ok {
		t.Error("the wait filled more than one token")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(1, 1, 3)
	for i := range 1000 {
		l.Allow(fmt.Sprint(i), start)
	}
	if len(l.buckets) != 3 || l.recent.Len() != 3 {
		t.Errorf("%d buckets, %d in order", len(l.buckets), l.recent.Len())
	}
	if _, ok := l.Allow("999", start); ok {
		t.Error("a recent key was forgotten")
	}
}
