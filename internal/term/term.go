// Package term shows an audit to whoever watches: one line a gate and a live
// one below for eyes, plain lines with a heartbeat for logs.
//
// It repeats what the run tells it and what the view says; it decides nothing.
// Symbols never stand without their word, and NO_COLOR is honoured.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	xterm "golang.org/x/term"

	"listo/internal/evidence"
	"listo/internal/report"
	"listo/internal/run"
	"listo/internal/words"
)

// heartbeat is how long a log may stay silent.
const heartbeat = 15 * time.Second

// Screen shows events. Close it before printing anything else.
type Screen struct {
	out   io.Writer
	live  bool // a terminal: the last line is drawn again and again
	paint paint
	view  *report.View

	mu      sync.Mutex
	began   time.Time
	last    time.Time // of the last line in a log
	gate    string
	check   string
	done    int
	total   int
	drawn   bool
	stopped chan struct{}
	once    sync.Once
}

// New gives a screen on out.
func New(out io.Writer, lookup func(string) (string, bool), lang words.Lang, gates []evidence.Gate) *Screen {
	s := &Screen{out: out, began: time.Now(), last: time.Now(), stopped: make(chan struct{})}
	s.live, s.paint = watched(out, lookup)
	// Words only: an empty ledger has no verdict to show.
	s.view, _ = report.NewView(gates, evidence.Ledger{}, lang)
	go s.tick()
	return s
}

// watched tells whether a person looks at out, and with which colours.
func watched(out io.Writer, lookup func(string) (string, bool)) (bool, paint) {
	file, ok := out.(*os.File)
	live := ok && xterm.IsTerminal(int(file.Fd()))
	if ci, set := lookup("CI"); set && ci != "" && ci != "false" {
		live = false
	}
	if name, _ := lookup("TERM"); name == "dumb" {
		live = false
	}
	none, set := lookup("NO_COLOR")
	return live, paint(live && (!set || none == ""))
}

// Close ends the live line.
func (s *Screen) Close() {
	s.once.Do(func() {
		close(s.stopped)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wipe()
	})
}

// Stopping tells that the first interrupt has come.
func (s *Screen) Stopping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(s.say("term.stopping", nil))
}

// Show takes one event.
func (s *Screen) Show(e run.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case run.Preparing:
		s.gate, s.check = e.Text, s.say("term.preparing", nil)
	case run.GateBegan:
		s.gate, s.check, s.done, s.total = e.Gate, "", 0, 0
	case run.CheckBegan:
		s.check, s.done, s.total = e.Check, 0, 0
	case run.Progress:
		s.done, s.total = e.Done, e.Total
	case run.CheckEnded:
		if c := e.CheckVerdict; c.Outcome != evidence.Pass || !s.live {
			s.line(fmt.Sprintf("  %s %s: %s", s.paint.outcome(c.Outcome, state(s.view, c.Outcome, c.Excused, false)), c.Check, s.view.GotPlain(e.Gate, c)))
		}
	case run.GateEnded:
		s.gateLine(e)
	}
	s.draw()
}

func (s *Screen) say(key string, facts map[string]any) string { return s.view.Plain("", key, facts) }

// gateLine is the one line that stays of a gate, with the number that matters:
// what the first check that decides its state has to say.
func (s *Screen) gateLine(e run.Event) {
	g := e.GateVerdict
	telling := ""
	for _, c := range g.Checks {
		if c.Outcome == g.Outcome && c.Attempts > 0 {
			telling = s.view.GotPlain(g.Gate, c)
			break
		}
	}
	shown := s.paint.outcome(g.Outcome, state(s.view, g.Outcome, g.Excused, g.Waiting))
	s.line(strings.TrimRight(fmt.Sprintf("%s %-14s %d/%d  %s", shown, g.Gate, g.Count(evidence.Pass), len(g.Checks), telling), " "))
	s.gate, s.check = "", ""
}

// line prints a line that stays.
func (s *Screen) line(text string) {
	s.wipe()
	fmt.Fprintln(s.out, text)
	s.last = time.Now()
}

func (s *Screen) wipe() {
	if s.drawn {
		fmt.Fprint(s.out, "\r\x1b[2K")
		s.drawn = false
	}
}

// draw writes the live line again; in a log it does nothing.
func (s *Screen) draw() {
	if !s.live || s.gate == "" {
		return
	}
	s.wipe()
	fmt.Fprint(s.out, s.now())
	s.drawn = true
}

// now is what is going on at this moment, in one line.
func (s *Screen) now() string {
	text := fmt.Sprintf("… %s %s %ds", s.gate, s.check, int(time.Since(s.began).Seconds()))
	if s.total > 0 {
		const width = 20
		full := min(width, s.done*width/s.total)
		text += fmt.Sprintf(" [%s%s] %d/%d", strings.Repeat("█", full), strings.Repeat("░", width-full), s.done, s.total)
	}
	return text
}

// tick keeps the live line's clock going, and gives a log its heartbeat.
func (s *Screen) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.stopped:
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		s.draw()
		if !s.live && time.Since(s.last) > heartbeat {
			s.line(s.now())
		}
		s.mu.Unlock()
	}
}
