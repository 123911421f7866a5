package cli

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"listo/internal/engine/abuse"
)

// sentinel is a service that believes everybody and remembers every request that reached it. Behind a gateway it tells what came through.
type sentinel struct {
	app    abuse.SickApp
	server *http.Server
	addr   string

	mu    sync.Mutex
	heads []string
}

// mostHeads bounds what a sentinel remembers.
const mostHeads = 10_000

const sentinelToken = "Bearer right"

func raiseSentinel() (*sentinel, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sentinel{addr: l.Addr().String(), app: abuse.SickApp{Token: sentinelToken, Heeds: true, Believes: true, Repeats: true, Obeys: true}}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(l) }() // until it is closed
	return s, nil
}

func (s *sentinel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var head bytes.Buffer
	head.WriteString(r.Method + " " + r.RequestURI + " " + r.Proto + "\r\nHost: " + r.Host + "\r\n")
	_ = r.Header.Write(&head)
	s.mu.Lock()
	if len(s.heads) < mostHeads {
		s.heads = append(s.heads, head.String())
	}
	s.mu.Unlock()
	s.app.ServeHTTP(w, r)
	_, _ = io.Copy(io.Discard, r.Body)
}

// reached tells what came of the attack with this mark. An attack on paths says its mark in the head, or not at all.
func (s *sentinel) reached(mark string) *abuse.Reached {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &abuse.Reached{}
	for _, head := range s.heads {
		if !strings.Contains(head, mark) {
			continue
		}
		r.Hits++
		r.Heads = append(r.Heads, head)
		if _, rest, _ := strings.Cut(head, " "); strings.HasPrefix(rest, "/"+mark+" ") {
			r.Within++
		}
	}
	return r
}
