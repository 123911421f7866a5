package secrets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

// Search is what a search for secret values has looked at and where it found
// one: never the value.
type Search struct {
	Sought []Sought `json:"sought"`
	Looked int      `json:"looked"` // files, versions of files, responses or logs
	Bytes  int64    `json:"bytes"`
	// Unreadable counts what should have been looked at and could not be.
	Unreadable int     `json:"unreadable"`
	Found      []Place `json:"found,omitempty"` // the first of them
	FoundTotal int     `json:"found_total"`
}

// Sought is one secret and whether a search could find it at all: it is set, and
// long enough not to turn up by chance.
type Sought struct {
	Name       string `json:"name"`
	Searchable bool   `json:"searchable"`
}

// Place is where a value stands. Line is 0 where there are no lines.
type Place struct {
	Name  string `json:"name"`
	Where string `json:"where"`
	Line  int    `json:"line,omitempty"`
}

// String gives "where:line (NAME)".
func (p Place) String() string {
	if p.Line == 0 {
		return p.Where + " (" + p.Name + ")"
	}
	return fmt.Sprintf("%s:%d (%s)", p.Where, p.Line, p.Name)
}

// Bounds of a search: how many places are listed, how much is in memory at a
// time, and how much of it is seen twice so that no value hides in a border.
const (
	mostPlaces = 50
	windowSize = 1 << 20
	windowLap  = 64 << 10
)

// search looks for the secrets by value, in every form that the redactor knows.
type search struct {
	Search
	bench *lab.Bench
	names map[string]bool
	seen  map[Place]bool
	// window is what of the thing at hand is in memory, used again and again.
	window []byte
}

// newSearch finds out which of the secrets can be found: each is shown to the
// same eyes that will look for it.
func newSearch(ctx context.Context, b *lab.Bench) *search {
	s := &search{bench: b, names: map[string]bool{}, seen: map[Place]bool{}}
	values, _ := valuesOf(ctx, b)
	for _, name := range settings(b).SecretNames() {
		searchable := b.FindSecrets([]byte(values[name]))[name] > 0
		s.Sought = append(s.Sought, Sought{name, searchable})
		s.names[name] = true
	}
	return s
}

// read looks through everything that r gives, in little memory.
func (s *search) read(where string, r io.Reader) error {
	if s.window == nil {
		s.window = make([]byte, windowSize)
	}
	window := s.window[:0]
	line := 1
	s.Looked++
	for {
		n, err := io.ReadFull(r, window[len(window):windowSize])
		s.Bytes += int64(n)
		window = window[:len(window)+n]
		s.look(where, line, window)
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			s.Looked--
			s.Unreadable++
			return err
		}
		gone := len(window) - windowLap
		line += bytes.Count(window[:gone], []byte("\n"))
		window = append(window[:0], window[gone:]...)
	}
}

// text looks through bytes that are at hand already.
func (s *search) text(where string, b []byte) { _ = s.read(where, bytes.NewReader(b)) }

// look finds the lines of a window that hold a secret. A window that holds one
// in no single line is told by its first.
func (s *search) look(where string, first int, window []byte) {
	for _, name := range slices.Sorted(maps.Keys(s.ofOurs(window))) {
		number, placed := first, false
		for line := range bytes.Lines(window) {
			if s.ofOurs(line)[name] > 0 {
				s.note(Place{name, where, number})
				placed = true
			}
			number++
		}
		if !placed {
			s.note(Place{name, where, first})
		}
	}
}

// ofOurs counts the secrets of this gate; others that listo hides are not its
// business.
func (s *search) ofOurs(b []byte) map[string]int {
	found := s.bench.FindSecrets(b)
	maps.DeleteFunc(found, func(name string, _ int) bool { return !s.names[name] })
	return found
}

// note writes a place down once. A place may itself be named by a secret.
func (s *search) note(p Place) {
	p.Where = s.bench.Redact(p.Where)
	if s.seen[p] {
		return
	}
	s.seen[p] = true
	s.FoundTotal++
	if len(s.Found) < mostPlaces {
		s.Found = append(s.Found, p)
	}
}

// result gives the search with its places in a fixed order.
func (s *search) result() Search {
	slices.SortFunc(s.Found, func(a, b Place) int {
		if a.Where != b.Where {
			return bytes.Compare([]byte(a.Where), []byte(b.Where))
		}
		return a.Line - b.Line
	})
	return s.Search
}

// searchReasons are what judgeSearch may answer.
func searchReasons(more ...string) []string {
	return append([]string{"clean", "leaked", "unsearchable", "unread", "nothing"}, more...)
}

// judgeSearch reads a search. A value that was found is a leak whatever else
// could not be looked at.
func judgeSearch(o Search, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"looked": o.Looked, "bytes": words.Bytes(o.Bytes), "unread": o.Unreadable, "found": o.FoundTotal,
		"names": soughtNames(o, true), "places": firstPlaces(o.Found)}
	switch {
	case o.FoundTotal > 0:
		return evidence.Failed("leaked", facts)
	case len(o.Sought) == 0:
		return evidence.Undecided("nothing", facts)
	case len(soughtNames(o, false)) > 0:
		facts["names"] = soughtNames(o, false)
		return evidence.Undecided("unsearchable", facts)
	case o.Unreadable > 0:
		return evidence.Undecided("unread", facts)
	case o.Looked == 0 || o.Bytes == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("clean", facts)
}

func soughtNames(o Search, searchable bool) []string {
	var list []string
	for _, s := range o.Sought {
		if s.Searchable == searchable {
			list = append(list, s.Name)
		}
	}
	return list
}

// firstPlaces is what fits into a sentence.
func firstPlaces(all []Place) []string {
	var list []string
	for _, p := range all[:min(len(all), 5)] {
		list = append(list, p.String())
	}
	return list
}
