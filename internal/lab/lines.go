package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"listo/internal/evidence"
)

// Line is one of several steps that are recorded as one, in evidence.FoldedLines.
type Line struct {
	N      int     `json:"n"`     // from 1
	AtMS   float64 `json:"at_ms"` // since the first of them began
	TookMS float64 `json:"took_ms"`
	// Replay is as in evidence.Step. As is the number of an earlier line that is the
	// same up to its comment; Note is then this one's comment.
	Replay string `json:"replay,omitempty"`
	As     int    `json:"as,omitempty"`
	Note   string `json:"note,omitempty"`
	// Like is the number of an earlier line of which this one has the first Head and the
	// last Tail bytes; Replay is then what stands between them. Attacks come in hundreds
	// that differ in a word.
	Like   int    `json:"like,omitempty"`
	Head   int    `json:"head,omitempty"`
	Tail   int    `json:"tail,omitempty"`
	Status int    `json:"status,omitempty"`
	Err    string `json:"err,omitempty"`
}

// Unfold gives the steps that became this one, from its blob of lines, without
// their bytes.
func Unfold(one evidence.Step, lines []byte) ([]evidence.Step, error) {
	var all []evidence.Step
	for text := range bytes.Lines(lines) {
		var l Line
		err := json.Unmarshal(text, &l)
		if err == nil {
			l.Replay, err = l.whole(all)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", evidence.FoldedLines, len(all)+1, err)
		}
		all = append(all, evidence.Step{Instrument: one.Instrument, At: one.At.Add(time.Duration(l.AtMS * float64(time.Millisecond))),
			TookMS: l.TookMS, Replay: l.Replay, Status: l.Status, Err: l.Err})
	}
	return all, nil
}

// whole gives the replay line, which may lean on an earlier one.
func (l Line) whole(earlier []evidence.Step) (string, error) {
	if l.As == 0 && l.Like == 0 {
		return l.Replay, nil
	}
	n := max(l.As, l.Like)
	if n < 1 || n > len(earlier) {
		return "", fmt.Errorf("it leans on line %d, which does not come before it", n)
	}
	other := earlier[n-1].Replay
	if l.As > 0 {
		said, _ := commented(other)
		return said + l.Note, nil
	}
	if l.Head < 0 || l.Tail < 0 || l.Head > len(other) || l.Tail > len(other)-l.Head {
		return "", fmt.Errorf("line %d has no %d and %d bytes to share", n, l.Head, l.Tail)
	}
	return other[:l.Head] + l.Replay + other[len(other)-l.Tail:], nil
}

// folding writes lines, each as what it has of its own.
type folding struct {
	known map[string]int // lines without their comments
	n     int
	own   []Line // the newest lines that are as no other, unfolded
}

// mostOwn is how many earlier lines one is held against.
const mostOwn = 16

// leastShared is how many bytes two lines must share before it is worth saying so.
const leastShared = 40

func (f *folding) add(s evidence.Step, since time.Duration) []byte {
	f.n++
	l := Line{N: f.n, AtMS: Milliseconds(since), TookMS: s.TookMS, Replay: s.Replay, Status: s.Status, Err: s.Err}
	said, note := commented(s.Replay)
	if as := f.known[said]; as > 0 {
		l.Replay, l.As, l.Note = "", as, note
		return jsonLine(l)
	}
	f.known[said] = f.n
	for _, o := range f.own {
		if head, tail := shared(s.Replay, o.Replay); head+tail >= max(leastShared, l.Head+l.Tail) {
			l.Replay, l.Like, l.Head, l.Tail = s.Replay[head:len(s.Replay)-tail], o.N, head, tail
		}
	}
	f.own = append(f.own[max(0, len(f.own)-mostOwn+1):], Line{N: f.n, Replay: s.Replay})
	return jsonLine(l)
}

// shared gives how many bytes two texts share at their beginning and, behind that, at
// their end. What stands between is whole characters, since JSON holds no others.
func shared(a, b string) (head, tail int) {
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for head > 0 && head < len(a) && !utf8.RuneStart(a[head]) {
		head--
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && !utf8.RuneStart(a[len(a)-tail]) {
		tail--
	}
	return head, tail
}

// commented cuts a line where its comment may begin.
func commented(line string) (said, note string) {
	if at := strings.Index(line, " # "); at >= 0 {
		return line[:at], line[at:]
	}
	return line, ""
}
