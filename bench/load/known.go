package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"listo/internal/engine/load"
)

// What the server of known behaviour does.
const (
	base   = 5 * time.Millisecond   // of every answer to /fixed, /bimodal and /stall
	tail   = 200 * time.Millisecond // of every 50th answer to /bimodal
	period = 5 * time.Second        // in which /stall stands still once
	still  = time.Second            // for so long
	short  = 2 * time.Millisecond   // of answers where connections are killed: it bounds the rate
	every  = 50                     // every so manieth is slow, or killed
)

const answerBody = `{"items":[{"id":1,"concepto":"taxi","importe":"12.50"},{"id":2,"concepto":"hotel","importe":"88.00"}],"next":null}`

// truth gives the percentile, between 0 and 1, that requests on a fixed schedule see.
func truth(path string, percentile float64) time.Duration {
	switch path {
	case "/bimodal":
		if percentile > 1-1.0/every {
			return tail
		}
	case "/stall": // in a stall the wait falls evenly from its whole length to nothing
		if waiting := float64(still) / float64(period); 1-percentile < waiting {
			return base + time.Duration(float64(still)*(1-(1-percentile)/waiting))
		}
	}
	return base
}

// seen is what the server knows of itself.
type seen struct {
	Requests int64        `json:"requests"`
	Killed   int64        `json:"killed"`
	Latency  load.Latency `json:"latency"` // from a request read to its answer ready
}

// server answers late, or not at all, and counts it.
type server struct {
	began   time.Time
	mu      sync.Mutex
	seen    seen
	counted map[string]int64 // requests that a path's rule is about
	took    *load.Histogram
}

// known is the server of known behaviour.
func known(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return newServer().accept(l)
}

func newServer() *server {
	return &server{began: time.Now(), counted: map[string]int64{}, took: &load.Histogram{}}
}

// accept serves every connection until the listener is closed.
func (s *server) accept(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go s.serve(c)
	}
}

// serve answers the requests of one connection.
func (s *server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	for used := false; ; used = true {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if r.URL.Path == "/seen" {
			_ = json.NewEncoder(headed{c}).Encode(s.tell())
			return
		}
		if !s.answer(c, r.URL.Path, used) {
			return
		}
	}
}

// headed writes the head of an answer before its only write.
type headed struct{ net.Conn }

func (h headed) Write(body []byte) (int, error) {
	_, err := fmt.Fprintf(h.Conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return len(body), err
}

// answer does what the path says and tells whether the connection lives on.
func (s *server) answer(c net.Conn, path string, used bool) bool {
	began := time.Now()
	rule := s.rule(path, used)
	time.Sleep(rule.delay)
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	if rule.close {
		head += "Connection: close\r\n"
	}
	text := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(answerBody), answerBody)
	if rule.kill {
		if rule.within {
			_, _ = io.WriteString(c, text[:len(text)-len(answerBody)/2])
			time.Sleep(short) // the half is read before the reset comes
		}
		_ = c.(*net.TCPConn).SetLinger(0) // a reset, not an end
		return false
	}
	s.mu.Lock()
	s.took.Record(time.Since(began)) // before it is written: whoever reads it may take the processor from here
	s.mu.Unlock()
	_, err := io.WriteString(c, text)
	return err == nil && !rule.close
}

// rule is what is done with one request.
type rule struct {
	delay               time.Duration
	kill, within, close bool
}

// rule counts a request and says what is done with it.
func (s *server) rule(path string, used bool) rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Requests++
	kind := strings.TrimPrefix(path, "/kill/")
	if kind != "reused" || used { // the rule of reused connections is about nothing else
		s.counted[path]++
	}
	turn := s.counted[path]%every == 0
	switch {
	case path == "/bimodal" && turn:
		return rule{delay: tail}
	case path == "/stall":
		if at := time.Since(s.began) % period; at >= period-still {
			return rule{delay: period - at + base}
		}
	case kind != path:
		kill := turn && (kind != "reused" || used)
		if kill {
			s.seen.Killed++
		}
		return rule{delay: short, kill: kill, within: kind == "body", close: kind == "first"}
	}
	return rule{delay: base}
}

// tell gives what was seen since it was last told.
func (s *server) tell() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.seen
	told.Latency = s.took.Summary()
	s.seen, s.took, s.counted = seen{}, &load.Histogram{}, map[string]int64{}
	return told
}
