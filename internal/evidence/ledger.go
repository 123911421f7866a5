package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Entry is one line of the ledger. Exactly one of its bodies is set.
type Entry struct {
	Prev         Digest        `json:"prev"` // digest of the line before; "" for the first
	Seq          int           `json:"seq"`
	At           time.Time     `json:"at"`
	Plan         *Plan         `json:"plan,omitempty"`
	Experiment   *Experiment   `json:"experiment,omitempty"`
	Control      *ControlRun   `json:"control,omitempty"`
	Confirmation *Confirmation `json:"confirmation,omitempty"`
	Handling     *Handling     `json:"handling,omitempty"`
	Resumed      *Resumed      `json:"resumed,omitempty"`
	Closing      *Closing      `json:"closing,omitempty"`
}

// Resumed tells that an interrupted audit was taken up again.
type Resumed struct {
	// TornBytes counts the bytes of a half-written last line that were dropped.
	TornBytes int `json:"torn_bytes"`
}

// Closing is the last line: the verdict as it was decided then.
type Closing struct {
	Word   Word            `json:"word"`
	Exit   int             `json:"exit"`
	Checks []ClosingResult `json:"checks"`
}

// ClosingResult is one check's outcome in the closing line.
type ClosingResult struct {
	Check   string  `json:"check"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
}

// Ledger is the append-only chain of everything that happened in one audit.
// What is hashed is the bytes on disk, so no canonical form is needed.
type Ledger struct {
	Entries []Entry
	Head    Digest // digest of the last whole line
	Torn    int    // bytes after the last whole line: a write that was cut short
}

// ErrBroken is wrapped by every error about a chain that does not hold.
var ErrBroken = errors.New("the ledger is broken")

// ReadLedger reads and checks a chain. A half-written last line is not an error
// here (a killed audit leaves one); it is counted in Torn and not read.
func ReadLedger(src []byte) (Ledger, error) {
	var l Ledger
	for n := 1; len(src) > 0; n++ {
		end := bytes.IndexByte(src, '\n')
		if end < 0 {
			l.Torn = len(src)
			return l, nil
		}
		line := src[:end]
		src = src[end+1:]
		e, err := readEntry(line)
		switch {
		case err != nil:
			return l, fmt.Errorf("ledger: line %d: %w: %w", n, ErrBroken, err)
		case e.Prev != l.Head:
			return l, fmt.Errorf("ledger: line %d: %w: it follows %q but the line before is %q: a line was changed, dropped or moved", n, ErrBroken, e.Prev, l.Head)
		case e.Seq != n-1:
			return l, fmt.Errorf("ledger: line %d: %w: it says it is number %d", n, ErrBroken, e.Seq)
		case (n == 1) != (e.Plan != nil):
			return l, fmt.Errorf("ledger: line %d: %w: the plan must be the first line and only that", n, ErrBroken)
		}
		l.Entries = append(l.Entries, e)
		l.Head = DigestOf(line)
	}
	return l, nil
}

func readEntry(line []byte) (Entry, error) {
	var e Entry
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return e, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return e, errors.New("something follows the entry")
	}
	if e.bodies() != 1 {
		return e, fmt.Errorf("an entry has one body, this has %d", e.bodies())
	}
	return e, nil
}

func (e Entry) bodies() (n int) {
	for _, set := range []bool{e.Plan != nil, e.Experiment != nil, e.Control != nil,
		e.Confirmation != nil, e.Handling != nil, e.Resumed != nil, e.Closing != nil} {
		if set {
			n++
		}
	}
	return n
}

// Append adds an entry: it fills Prev and Seq, writes one line in one Write and
// only then takes it into l, as the line is read again and not as e came: the
// verdict of the running audit is that of the file. A failed write leaves l as
// it was.
func (l *Ledger) Append(w io.Writer, e Entry) error {
	e.Prev, e.Seq = l.Head, len(l.Entries)
	if e.bodies() != 1 {
		return fmt.Errorf("ledger: an entry has one body, this has %d", e.bodies())
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("ledger: writing entry %d: %w", e.Seq, err)
	}
	written, err := readEntry(line)
	if err != nil {
		return fmt.Errorf("ledger: entry %d would not be read again: %w", e.Seq, err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ledger: writing entry %d: %w: free some space and resume", e.Seq, err)
	}
	l.Entries = append(l.Entries, written)
	l.Head = DigestOf(line)
	return nil
}

// Plan gives the plan, the ledger's first line; ok is false for an empty ledger.
func (l Ledger) Plan() (Plan, bool) {
	if len(l.Entries) == 0 || l.Entries[0].Plan == nil {
		return Plan{}, false
	}
	return *l.Entries[0].Plan, true
}

// Attempts gives the experiments of one check, oldest first.
func (l Ledger) Attempts(check string) []Experiment {
	var all []Experiment
	for _, e := range l.Entries {
		if e.Experiment != nil && e.Experiment.Check == check {
			all = append(all, *e.Experiment)
		}
	}
	return all
}

// Confirmed tells whether a person has confirmed the pre-gate.
func (l Ledger) Confirmed(check string) bool {
	for _, e := range l.Entries {
		if e.Confirmation != nil && e.Confirmation.Check == check {
			return true
		}
	}
	return false
}

// Closed gives the closing line, if the audit came to its end.
func (l Ledger) Closed() (Closing, bool) {
	if n := len(l.Entries); n > 0 && l.Entries[n-1].Closing != nil {
		return *l.Entries[n-1].Closing, true
	}
	return Closing{}, false
}
