package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// speeds is what was seen of one generator that sends as much as it can, one value a round.
type speeds struct {
	tool        string
	rate, spent []float64 // requests/s; processor time of a request, µs
	load        []float64 // the server's share of its own core
	rss         int64     // the most over the rounds, bytes
}

// takeThroughput has every generator send as much as one core can, in turn: 64 users without pauses against the fast server.
func (r *results) takeThroughput(ctx context.Context, l *lab, o options) error {
	for _, g := range l.generators() {
		r.speeds = append(r.speeds, &speeds{tool: g.name})
	}
	for round := range o.rounds {
		for i, g := range l.generators() {
			before, err := l.fast.cpu()
			if err != nil {
				return err
			}
			began := time.Now()
			t, err := l.full(ctx, g, o.lasting)
			if err != nil {
				return err
			}
			lasted := min(time.Since(began), t.Wall)
			after, err := l.fast.cpu()
			if err != nil {
				return err
			}
			s := r.speeds[i]
			s.load = append(s.load, float64(after-before)/float64(lasted))
			s.rate = append(s.rate, t.rate())
			s.spent = append(s.spent, float64(t.spent())/float64(time.Microsecond))
			s.rss = max(s.rss, t.rss)
		}
		fmt.Fprintf(os.Stderr, "round %d of requests/s is done\n", round+1)
	}
	return nil
}

// full is one run at full speed.
func (l *lab) full(ctx context.Context, g generator, lasting time.Duration) (told, error) {
	if g.name == "listo" {
		return l.engineRun(ctx, lasting.String(), "")
	}
	return g.run(ctx, l, job{url: "http://" + l.fast.address + "/0", method: "GET", connections: connections, lasting: lasting, pinned: true})
}

// takeMemory sends very many requests and looks how much memory the engine ever held.
func (r *results) takeMemory(ctx context.Context, l *lab, o options) (err error) {
	if o.requests == 0 {
		return nil
	}
	r.long, err = l.engineRun(ctx, strconv.FormatInt(o.requests, 10), "")
	return err
}

// takeProfile says where the engine's processor time goes at full speed.
func (r *results) takeProfile(ctx context.Context, l *lab, o options) error {
	if !o.profile {
		return nil
	}
	to := filepath.Join(l.folder, "cpu.prof")
	if _, err := l.engineRun(ctx, o.lasting.String(), to); err != nil {
		return err
	}
	text, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount=25", l.self, to).Output()
	_, table, _ := strings.Cut(string(text), "flat  flat%")
	r.profile = "      flat  flat%" + table
	return err
}
