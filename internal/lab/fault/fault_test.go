package fault

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/lab"
)

// echo is a database that answers every line with itself.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func open(t *testing.T, upstream string) (*Proxy, *lab.Recorder) {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := lab.NewRecorder(blobs, redact.New(nil), time.Now)
	p, err := Open(r, "postgres://app:pw@"+upstream+"/gastos?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, r
}

type session struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, p *Proxy) session {
	t.Helper()
	c, err := net.DialTimeout("tcp", p.port, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return session{c, bufio.NewReader(c)}
}

// say sends a line and waits for its echo.
func (s session) say(line string, within time.Duration) (time.Duration, error) {
	began := time.Now()
	if _, err := io.WriteString(s, line+"\n"); err != nil {
		return 0, err
	}
	return s.hear(line, began, within)
}

func (s session) hear(line string, began time.Time, within time.Duration) (time.Duration, error) {
	_ = s.SetReadDeadline(time.Now().Add(within))
	got, err := s.in.ReadString('\n')
	if err == nil && got != line+"\n" {
		err = errors.New("heard " + got)
	}
	return time.Since(began), err
}

func set(t *testing.T, p *Proxy, m Mode, delay time.Duration) {
	t.Helper()
	if err := p.Set(m, delay); err != nil {
		t.Fatal(err)
	}
}

func TestURL(t *testing.T) {
	p, _ := open(t, echo(t))
	got, err := p.URL("postgres://app:p%40w@db.example:5433/gastos?sslmode=disable")
	if err != nil || got != "postgres://app:p%40w@"+p.port+"/gastos?sslmode=disable" {
		t.Errorf("%s %v", got, err)
	}
	for _, bad := range []string{"", "host=x dbname=y", "postgres:///gastos", "%"} {
		if _, err := p.URL(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
		if _, err := Open(nil, bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestRefuseAndBack(t *testing.T) {
	p, _ := open(t, echo(t))
	before := dial(t, p)
	if _, err := before.say("a", time.Second); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		set(t, p, Refuse, 0)
		if _, err := before.say("b", time.Second); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("the standing connection was not reset: %v", err)
		}
		if _, err := net.DialTimeout("tcp", p.port, time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a new connection is not refused: %v", err)
		}
		set(t, p, Pass, 0)
		before = dial(t, p)
		if _, err := before.say("c", time.Second); err != nil {
			t.Errorf("well again: %v", err)
		}
	}
}

// While it refuses nobody else can have the port.
func TestTheRefusingPortIsKept(t *testing.T) {
	p, _ := open(t, echo(t))
	set(t, p, Refuse, 0)
	for range 200 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().String() == p.port {
			t.Error("the kernel gave our port away")
		}
		l.Close()
	}
	set(t, p, Pass, 0)
}

func TestBlackHole(t *testing.T) {
	p, _ := open(t, echo(t))
	before := dial(t, p)
	if _, err := before.say("a", time.Second); err != nil {
		t.Fatal(err)
	}
	set(t, p, BlackHole, 0)
	after := dial(t, p)
	began := time.Now()
	for name, s := range map[string]session{"old": before, "new": after} {
		var late net.Error
		if _, err := s.say("b", 60*time.Millisecond); !errors.As(err, &late) || !late.Timeout() {
			t.Errorf("%s: something came back: %v", name, err)
		}
	}
	set(t, p, Pass, 0)
	for name, s := range map[string]session{"old": before, "new": after} {
		if _, err := s.hear("b", began, 2*time.Second); err != nil {
			t.Errorf("%s: what was swallowed did not come through: %v", name, err)
		}
	}
}

func TestSlow(t *testing.T) {
	p, _ := open(t, echo(t))
	s := dial(t, p)
	set(t, p, Slow, 80*time.Millisecond)
	if took, err := s.say("a", 2*time.Second); err != nil || took < 80*time.Millisecond {
		t.Errorf("%v %v", took, err)
	}
	// A change is obeyed at once, by what is on its way too.
	set(t, p, Slow, time.Hour)
	if _, err := s.say("b", 60*time.Millisecond); err == nil {
		t.Error("not slow")
	}
	set(t, p, Pass, 0)
	if _, err := s.hear("b", time.Now(), 2*time.Second); err != nil {
		t.Error(err)
	}
}

func TestCut(t *testing.T) {
	p, _ := open(t, echo(t))
	before := dial(t, p)
	if _, err := before.say("a", time.Second); err != nil {
		t.Fatal(err)
	}
	set(t, p, Cut, 0)
	if _, err := before.say("b", time.Second); err == nil {
		t.Error("the standing connection goes on")
	}
	if _, err := dial(t, p).say("c", time.Second); err != nil {
		t.Errorf("a new connection: %v", err)
	}
	if c := p.Counts(); c.Accepted != 2 || c.Reset != 1 || c.Failed != 0 {
		t.Errorf("%+v", c)
	}
}

func TestTheDatabaseIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	upstream := l.Addr().String()
	l.Close()
	p, _ := open(t, upstream)
	// The reset may come before the dialler has looked at its connection.
	if c, err := net.DialTimeout("tcp", p.port, time.Second); err == nil {
		defer c.Close()
		if _, err := (session{c, bufio.NewReader(c)}).say("a", time.Second); err == nil {
			t.Error("an answer out of nothing")
		}
	}
	if c := p.Counts(); c.Accepted != 1 || c.Failed != 1 {
		t.Errorf("%+v", c)
	}
}

// Closing ends whatever is on its way, in every mode.
func TestClose(t *testing.T) {
	for _, m := range []Mode{Pass, Refuse, BlackHole, Slow, Cut} {
		p, _ := open(t, echo(t))
		s := dial(t, p)
		_, _ = io.WriteString(s, "a\n")
		set(t, p, m, time.Hour)
		done := make(chan struct{})
		go func() { p.Close(); p.Close(); close(done) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it does not end", m)
		}
		if err := p.Set(Pass, 0); err == nil {
			t.Errorf("%s: a closed proxy can be set", m)
		}
	}
}

func TestEveryChangeIsOnTheRecord(t *testing.T) {
	p, r := open(t, echo(t))
	for _, m := range []Mode{Refuse, BlackHole, Slow, Cut, Pass} {
		set(t, p, m, 2*time.Second)
	}
	steps, err := r.Steps()
	if err != nil || len(steps) != 5 {
		t.Fatal(steps, err)
	}
	for _, s := range steps {
		if s.Instrument != "fault" || !strings.HasPrefix(s.Replay, "# fault proxy 127.0.0.1:") || strings.HasSuffix(s.Replay, ": ") || len(s.Raw) != 1 {
			t.Errorf("%+v", s)
		}
	}
}
