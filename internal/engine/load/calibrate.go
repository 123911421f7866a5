package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Calibration is what the generator can do on this machine against a server that
// does nothing. The server shares the processors with it, so the ceiling is a
// careful one.
type Calibration struct {
	Users int `json:"users"`
	// Rate is the ceiling, in requests per second.
	Rate float64 `json:"rate"`
	// Floor is the latency that the instrument itself adds, measured at a rate far
	// below the ceiling: its error bar.
	Floor Latency `json:"floor"`
	// Failed is 0 unless something is wrong with the machine.
	Failed int64 `json:"failed"`
}

// nullAnswer is what the null server says to everything.
const nullAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"

// Calibrate runs the generator against an in-process server on the loopback
// device for the given time, two thirds of it at full speed with so many users
// and one third with a single user that takes pauses.
func Calibrate(ctx context.Context, users int, lasting time.Duration) (Calibration, error) {
	if machineOf(ctx).idle {
		return simulated(users), nil
	}
	null, err := startNull()
	if err != nil {
		return Calibration{}, err
	}
	defer null.stop()
	s := Scenario{
		Target: "http://" + null.listener.Addr().String(),
		Requests: []Request{{
			Name: "null", Method: "GET", Path: "/", Weight: 1,
			Expect: Expect{MediaType: "application/json", JSON: true, NonEmpty: true},
		}},
	}
	full := Profile{Users: users, Duration: lasting * 2 / 3, Timeout: 10 * time.Second}
	ceiling, err := Run(ctx, s, full)
	if err != nil {
		return Calibration{}, err
	}
	floor, err := Run(ctx, s, Profile{Users: 1, Think: 2 * time.Millisecond, Duration: lasting / 3, Timeout: full.Timeout})
	if err != nil {
		return Calibration{}, err
	}
	if ceiling.Interrupted || floor.Interrupted {
		return Calibration{}, fmt.Errorf("calibration: it was stopped: repeat it: %w", context.Cause(ctx))
	}
	if ceiling.Total.Answered == 0 || floor.Total.Answered == 0 {
		return Calibration{}, errors.New("calibration: nothing was answered on the loopback device: give it more time or look at the machine")
	}
	return Calibration{
		Users:  users,
		Rate:   ceiling.Rate(),
		Floor:  floor.Total.Latency,
		Failed: ceiling.Total.Failed + floor.Total.Failed,
	}, nil
}

// null is a server that answers the same bytes to every request.
type null struct {
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]bool // nil: stopped
	busy     sync.WaitGroup
}

func startNull() (*null, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("calibration: the loopback device gives no port: %w: free one", err)
	}
	n := &null{listener: l, open: map[net.Conn]bool{}}
	n.busy.Go(n.accept)
	return n, nil
}

func (n *null) accept() {
	for {
		conn, err := n.listener.Accept()
		if err != nil {
			return
		}
		n.mu.Lock()
		if n.open == nil {
			conn.Close()
		} else {
			n.open[conn] = true
			n.busy.Go(func() { n.serve(conn) })
		}
		n.mu.Unlock()
	}
}

// serve answers each arrival of bytes: the generator sends one request at a time
// and each of them in one write.
func (n *null) serve(conn net.Conn) {
	defer conn.Close()
	request, reply := make([]byte, 4<<10), []byte(nullAnswer)
	for {
		if _, err := conn.Read(request); err != nil {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// stop closes every connection and waits for its goroutine.
func (n *null) stop() {
	n.listener.Close()
	n.mu.Lock()
	for conn := range n.open {
		conn.Close()
	}
	n.open = nil
	n.mu.Unlock()
	n.busy.Wait()
}
