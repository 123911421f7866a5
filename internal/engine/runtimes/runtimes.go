// Package runtimes knows which releases of Node and Go are supported on a day.
//
// The dates are embedded, each table with its source and the day it was taken,
// and the clock is the caller's. A table says nothing of what was decided after
// that day; see Age. The package does not know which release a service runs, and
// not whether a supported release has known vulnerabilities.
package runtimes

import (
	"encoding/json"
	"fmt"
	"time"
)

// State is where a release line stands in its life on a day.
type State string

// The states.
const (
	Unknown        State = "unknown"         // the table does not tell
	Unreleased     State = "unreleased"      // not begun, an alpha, a beta or a candidate
	Current        State = "current"         // Node: the newest line, not yet or never long-term
	ActiveLTS      State = "active-lts"      // Node: long-term, with new features
	MaintenanceLTS State = "maintenance-lts" // Node: long-term, corrections only
	Maintenance    State = "maintenance"     // Node: corrections only, never long-term
	Supported      State = "supported"       // Go: one of the two newest major releases
	EndOfLife      State = "end-of-life"     // no corrections any more
)

// FitForProduction tells of Node's long-term lines and Go's supported releases.
func (s State) FitForProduction() bool {
	return s == ActiveLTS || s == MaintenanceLTS || s == Supported
}

// Line is a release line on a day.
type Line struct {
	Name     string    // 24, or 1.26
	Codename string    // Node's long-term lines have one
	State    State     // on that day
	Since    time.Time // when the state began; zero when unknown
	End      time.Time // the first day without support; zero when it is not fixed
}

// Table is where the dates come from.
type Table struct {
	Source string
	Taken  time.Time
}

// Age is the time since the table was taken.
func (t Table) Age(now time.Time) time.Duration { return now.Sub(t.Taken) }

// day is a date of a table, in UTC.
type day struct{ time.Time }

// UnmarshalJSON reads "2026-04-30".
func (d *day) UnmarshalJSON(src []byte) error {
	var text string
	if err := json.Unmarshal(src, &text); err != nil {
		return err
	}
	at, err := time.Parse(time.DateOnly, text)
	d.Time = at
	return err
}

// begun tells whether a date is there and has come.
func (d day) begun(now time.Time) bool { return !d.IsZero() && !now.Before(d.Time) }

// file is a table as it is stored.
type file[R any] struct {
	Source   string
	Taken    day
	Releases map[string]R
}

func readFile[R any](name string, src []byte) (file[R], error) {
	var f file[R]
	if err := json.Unmarshal(src, &f); err != nil {
		return f, fmt.Errorf("runtimes: %s: %w: correct the table", name, err)
	}
	if f.Source == "" || f.Taken.IsZero() || len(f.Releases) == 0 {
		return f, fmt.Errorf("runtimes: %s has no source, no date or no releases: correct the table", name)
	}
	return f, nil
}
