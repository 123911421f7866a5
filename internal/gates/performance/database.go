package performance

import (
	"time"

	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

// runsLong is from which part of the budget on a statement is worth a line.
const runsLong = 0.1

// Database is what the service's sessions were seen to do during a part. It says
// where to look, and decides nothing: looks between which much can happen are no
// measure.
type Database struct {
	Looks int `json:"looks"`
	// The most seen in one look: sessions, those that ran a statement, those of them
	// that waited for a lock, and those that ran nothing in an open transaction.
	Open    int `json:"open"`
	Busy    int `json:"busy"`
	Waiting int `json:"waiting"`
	Holding int `json:"holding"`
	// LongestMS is how long the oldest statement had been running.
	LongestMS float64 `json:"longest_ms"`
	// Statements had been running for a good part of the budget, the slowest first.
	Statements []Statement `json:"statements,omitempty"`
}

// Statement is one that was seen running for long.
type Statement struct {
	Text      string  `json:"text"`
	LongestMS float64 `json:"longest_ms"`
	Waited    bool    `json:"waited"` // for a lock
	Blocker   string  `json:"blocker,omitempty"`
}

// databaseOf sums up the looks of a run.
func databaseOf(run *labload.Run) *Database {
	if len(run.Database.Samples) == 0 {
		return nil
	}
	d := &Database{}
	for _, s := range run.Database.Samples {
		d.Looks++
		d.Open, d.Busy, d.Waiting, d.Holding = max(d.Open, s.Open), max(d.Busy, s.Busy), max(d.Waiting, s.Waiting), max(d.Holding, s.Holding)
		d.LongestMS = max(d.LongestMS, lab.Milliseconds(s.Longest))
	}
	for _, s := range run.Database.Statements {
		if ms := lab.Milliseconds(s.Longest); ms >= runsLong*lab.Milliseconds(run.Profile.Budget) {
			d.Statements = append(d.Statements, Statement{s.Text, ms, s.Waited, s.Blocker})
		}
	}
	return d
}

// Longest is how long the oldest statement had been running.
func (d Database) Longest() time.Duration { return milliseconds(d.LongestMS) }

// Longest is how long it had been running.
func (s Statement) Longest() time.Duration { return milliseconds(s.LongestMS) }
