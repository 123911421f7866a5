package database

import (
	"cmp"
	"context"
	"fmt"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	rejectionsID    = "database.rejections"
	classRejections = "database.rejections"
)

// rejections tries what the database must refuse, and what it must not.
func rejections() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rejectionsID, Class: classRejections,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("statements")},
		Reasons: []string{"as_wanted", "taken", "other_state", "refused", "touches_nothing", "none"},
	}, runRejections, judgeRejections)
}

// Rejections is how every statement fared.
type Rejections struct {
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one statement that was tried and rolled back.
type Attempt struct {
	SQL  string    `json:"sql"`
	As   string    `json:"as"`   // owner or service
	Role string    `json:"role"` // by name; "" for listo's own
	Want string    `json:"want"` // SQLSTATE
	Got  sql.Tried `json:"got"`
}

// Right tells whether it fared as wanted. A statement that must be taken must also
// touch a row: an update of nothing breaks no rule.
func (a Attempt) Right() bool {
	return a.Got.State == a.Want && (a.Want != sql.Successful || a.Got.Rows > 0)
}

func runRejections(ctx context.Context, b *lab.Bench) (Rejections, error) {
	var o Rejections
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	for _, one := range settings(b).Statements {
		a := Attempt{SQL: one.SQL, As: cmp.Or(one.As, "owner"), Role: role(b.Config, one.As), Want: one.SQLState}
		if a.Got, err = s.Try(ctx, a.Role, a.SQL); err != nil {
			return o, fmt.Errorf("database: trying %q as %q: %w", a.SQL, a.Role, err)
		}
		a.Got.Message = clip(a.Got.Message)
		o.Attempts = append(o.Attempts, a)
	}
	return o, nil
}

func judgeRejections(o Rejections, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"tried": len(o.Attempts)}
	if len(o.Attempts) == 0 {
		return evidence.Undecided("none", facts)
	}
	wrong := []Attempt{}
	for _, a := range o.Attempts {
		if !a.Right() {
			wrong = append(wrong, a)
		}
	}
	if facts["wrong"] = len(wrong); len(wrong) == 0 {
		return evidence.Passed("as_wanted", facts)
	}
	a := wrong[0]
	facts["statement"], facts["want"], facts["got"], facts["role"], facts["message"] = a.SQL, a.Want, a.Got.State, orNothing(a.Role), a.Got.Message
	switch {
	case a.Want == sql.Successful && a.Got.State == sql.Successful:
		return evidence.Failed("touches_nothing", facts)
	case a.Want == sql.Successful:
		return evidence.Failed("refused", facts)
	case a.Got.State == sql.Successful:
		return evidence.Failed("taken", facts)
	}
	return evidence.Failed("other_state", facts)
}
