package security

import (
	"slices"

	"listo/internal/engine/hardening"
)

// What the page shows of the observations, as tables. Nothing is judged here.

// Row is one line of the page's table: an answer and its five headers.
type Row struct {
	Answer
	Faults []hardening.Fault
}

// Rows gives the page's table.
func (o Headers) Rows() []Row {
	var rows []Row
	for _, a := range o.Answers {
		row, faults := Row{Answer: a}, a.faults()
		if !o.Wide {
			faults[hardening.OpenerPolicy] = hardening.NotDue
		}
		for _, name := range HardeningHeaders() {
			row.Faults = append(row.Faults, faults[name])
		}
		rows = append(rows, row)
	}
	return rows
}

// Pair is one kind of answer over TLS and over plain http.
type Pair struct {
	Kind           string
	Status         int
	Secured, Plain []string // Strict-Transport-Security as it came
}

// Pairs gives the page's table.
func (o Transport) Pairs() []Pair {
	var pairs []Pair
	for _, a := range o.Secured {
		p := Pair{Kind: a.Kind, Status: a.Status, Secured: a.Headers[hardening.StrictTransport]}
		for _, b := range o.Plain {
			if b.Kind == a.Kind {
				p.Plain = b.Headers[hardening.StrictTransport]
			}
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// OriginLine is one origin on the page.
type OriginLine struct {
	Origin          string
	Data, Preflight Cross
}

// Lines gives the page's table: each origin with its request and its preflight,
// those let in first.
func (o Origins) Lines() []OriginLine {
	var lines []OriginLine
	for _, t := range o.Tries {
		if t.What != askData && t.What != askPreflight || t.Kind == twoOrigins {
			continue
		}
		i := slices.IndexFunc(lines, func(l OriginLine) bool { return l.Origin == t.Origin })
		if i < 0 {
			lines = append(lines, OriginLine{Origin: t.Origin})
			i = len(lines) - 1
		}
		if t.What == askData {
			lines[i].Data = t
		} else {
			lines[i].Preflight = t
		}
	}
	slices.SortStableFunc(lines, func(a, b OriginLine) int { return a.rank() - b.rank() })
	return lines
}

func (l OriginLine) rank() int {
	if l.Data.Admitted || l.Preflight.Admitted {
		return 0
	}
	return 1
}

// Errors are the tries of the page's second table: errors, asked for by the
// frontend and by a stranger.
func (o Origins) Errors() []Cross {
	return slices.DeleteFunc(slices.Clone(o.Tries), func(t Cross) bool { return t.What == askData && t.Kind != twoOrigins || t.What == askPreflight })
}

// Outcome is the page's word for an answer that should not be.
func (d Deed) Outcome() string { return d.outcome() }

// Alarming tells that there is such a word.
func (d Deed) Alarming() bool { return d.outcome() != "" }

// Line is one request on the page: what came to nobody, to strangers, to its owner.
type Line struct {
	Owner, Request string
	Nobody         []Deed
	Strangers      []Deed
	Own            []Deed
}

// Lines gives the page's table, the telling lines first.
func (o Tenants) Lines() []Line {
	var lines []Line
	at := func(d Deed) *Line {
		i := slices.IndexFunc(lines, func(l Line) bool { return l.Owner == d.Owner && l.Request == d.Request })
		if i < 0 {
			lines = append(lines, Line{Owner: d.Owner, Request: d.Request})
			i = len(lines) - 1
		}
		return &lines[i]
	}
	for _, d := range o.Foreign {
		if l := at(d); d.By == nobody {
			l.Nobody = append(l.Nobody, d)
		} else {
			l.Strangers = append(l.Strangers, d)
		}
	}
	for _, d := range o.Own {
		l := at(d)
		l.Own = append(l.Own, d)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.rank() - b.rank() })
	return lines
}

// rank is 0 for a line with something to tell.
func (l Line) rank() int {
	if slices.ContainsFunc(append(slices.Clone(l.Nobody), l.Strangers...), func(d Deed) bool { return d.outcome() != "" }) {
		return 0
	}
	return 1
}

// Harmless tells that a token was believed that gives nobody what he has not.
func (k Knock) Harmless() bool { return harmless(k.Kind) && k.Status/100 == 2 }

// Moved is by how much the witness moved at this place.
func (p Place) Moved() (n int) {
	for _, shot := range p.Shots {
		n += int(shot.Moved)
	}
	return n
}
