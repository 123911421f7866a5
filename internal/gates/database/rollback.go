package database

import (
	"context"
	"fmt"

	"listo/internal/engine/catalog"
	"listo/internal/evidence"
	"listo/internal/lab"
)

const (
	rollbackID    = "database.rollback"
	classRollback = "database.rollback"
)

// rollback rehearses on a restored copy: down to where the release before stood,
// up, rows as only the new version writes them, down again, up again.
func rollback() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rollbackID, Class: classRollback,
		Needs: []evidence.Need{evidence.NeedDatabase, evidence.Setting("migrations"), evidence.Setting("backup"), evidence.Setting("restore"),
			evidence.Setting("migrate_up"), evidence.Setting("migrate_down"), evidence.Setting("migrate_to"), evidence.Setting("rollback_steps"), evidence.Setting("new_rows")},
		Reasons: []string{"reversible", "down_failed", "up_failed", "empty_down", "not_down", "loses_rows", "changes_rows", "not_inverse", "not_back",
			"rows_refused", "no_new_rows", "no_version", "backup_failed", "restore_failed", "no_file", "empty"},
	}, runRollback, judgeRollback)
}

// Rollback is the rehearsal, station by station.
type Rollback struct {
	Source  Source `json:"source"`
	Restore Ran    `json:"restore"`
	Steps   int    `json:"steps"`
	Moves   []Move `json:"moves"`
	// EmptyDowns are migrations whose file does something upwards and nothing
	// downwards, and whose down really changed nothing.
	EmptyDowns []string `json:"empty_downs"`
	NewRows    []Ran    `json:"new_rows"` // the statements; Says is the refusal
	Inserted   int64    `json:"inserted"` // rows that they added
	// Before is the state before the release; Compared counts its rows that were
	// looked for again after the rollback.
	Before   Extent `json:"before"`
	Compared int64  `json:"compared"`
	// LostFirst and Lost are rows that vanished from tables that are still there: in
	// the first way down, and in the way down after the new rows were written.
	LostFirst Differences `json:"lost_first"`
	Lost      Differences `json:"lost"`
	Changed   Differences `json:"changed"` // rows of before that are not the same
	Inverse   Differences `json:"inverse"` // objects, before and after up and down
	// To is the command that made an empty database at the version before, by going
	// up alone; Left is in what the one that came down differs from that, and did not
	// differ before.
	To   Ran         `json:"to"`
	Left Differences `json:"left"`
	Back Differences `json:"back"` // objects, at the beginning and after up again
	// Lossy are rows of the live database that come back with other values: what
	// the older version has no place for.
	Lossy Differences `json:"lossy"`
}

// Move is one migration command and where it led.
type Move struct {
	Ran     Ran   `json:"ran"`
	Up      bool  `json:"up"`
	Version int64 `json:"version"` // of the ledger afterwards
	Changed int   `json:"changed"` // objects and tables that changed; -1: not looked at
}

const rehearsalDatabase = "rehearsal"

func runRollback(ctx context.Context, b *lab.Bench) (Rollback, error) {
	o := Rollback{Steps: settings(b).RollbackSteps}
	r, err := rehearse(ctx, b, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	if o.Source, _, err = r.back(ctx); err != nil || o.Source.Command.Exit != 0 || o.Source.Format == "" {
		return o, err
	}
	if o.Restore, err = r.restore(ctx, rehearsalDatabase, r.backupFile()); err != nil || o.Restore.Exit != 0 {
		return o, err
	}
	h, err := r.begin(ctx, &o)
	if err != nil {
		return o, err
	}
	defer h.session.Close()
	return o, h.perform(ctx)
}

// perform walks down, up, down and up. It stops where a command failed: the judge
// sees that in the moves.
func (h *history) perform(ctx context.Context) error {
	o := h.o
	was, err := readState(ctx, h.session) // what a restore may lose is not the rollback's fault
	if err != nil {
		return err
	}
	if err := h.keep(ctx, "live"); err != nil {
		return err
	}
	before, err := h.down(ctx, was, true)
	if err != nil || h.stuck() {
		return err
	}
	o.Before, o.LostFirst = before.Extent(), vanished(was, before, nil, h.ledger)
	if err := h.left(ctx, was, before); err != nil {
		return err
	}
	if err := h.keep(ctx, "before"); err != nil {
		return err
	}
	newer, err := h.up(ctx)
	if err != nil || h.stuck() {
		return err
	}
	written, err := h.write(ctx, newer)
	if err != nil {
		return err
	}
	after, err := h.down(ctx, written, false)
	if err != nil || h.stuck() {
		return err
	}
	o.Inverse = compareCatalogs(before.Catalog, after.Catalog)
	o.Lost = vanished(before, after, grown(newer, written), h.ledger)
	if o.Changed, o.Compared, err = h.compare(ctx, "before", before); err != nil {
		return err
	}
	again, err := h.up(ctx)
	if err != nil || h.stuck() {
		return err
	}
	o.Back = compareCatalogs(was.Catalog, again.Catalog)
	o.Lossy, _, err = h.compare(ctx, "live", was)
	return err
}

// vanished lists tables, there in both states, that have fewer rows than before
// and what was added since.
func vanished(before, after State, added map[string]int64, ledger string) Differences {
	counts := map[string]int64{}
	for _, t := range after.Tables {
		counts[t.Name] = t.Count
	}
	var d Differences
	for _, t := range before.Tables {
		got, there := counts[t.Name]
		if want := t.Count + added[t.Name]; there && t.Name != ledger && got < want {
			d.add(Difference{"rows", t.Name, fmt.Sprint(want), fmt.Sprint(got)})
		}
	}
	return d
}

// grown tells by how many rows each table grew.
func grown(before, after State) map[string]int64 {
	by := map[string]int64{}
	for _, t := range after.Tables {
		by[t.Name] = t.Count
	}
	for _, t := range before.Tables {
		by[t.Name] -= t.Count
	}
	return by
}

// changed counts the objects and tables in which two states differ.
func changed(a, b State, ledger string) (n int) {
	for _, c := range catalog.CompareRows(a.Tables, b.Tables) {
		if c.Name != ledger {
			n++
		}
	}
	return n + compareCatalogs(a.Catalog, b.Catalog).Count
}

func judgeRollback(o Rollback, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"steps": o.Steps, "rows": o.Source.Extent.Rows, "inserted": o.Inserted, "compared": o.Compared, "tables": o.Before.Tables,
		"lossy": o.Lossy.Count, "exit": o.Restore.Exit, "says": o.Restore.Says, "backup_exit": o.Source.Command.Exit, "backup_says": o.Source.Command.Says,
		"files": o.EmptyDowns, "statements": len(o.NewRows), "lost": lines(o.LostFirst, o.Lost), "changed": lines(o.Changed),
		"inverse": append(o.Left.names(), o.Inverse.names()...), "inverse_count": o.Left.Count + o.Inverse.Count, "back": o.Back.names(), "back_count": o.Back.Count}
	if f, ok := o.Source.failed(facts); ok {
		return f
	}
	if f, ok := o.blocked(facts); ok {
		return f
	}
	switch {
	case o.LostFirst.Count+o.Lost.Count > 0:
		return evidence.Failed("loses_rows", facts)
	case o.Changed.Count > 0:
		return evidence.Failed("changes_rows", facts)
	case o.Left.Count+o.Inverse.Count > 0:
		return evidence.Failed("not_inverse", facts)
	case o.Back.Count > 0:
		return evidence.Failed("not_back", facts)
	case o.Inserted == 0:
		return evidence.Undecided("no_new_rows", facts)
	case o.Compared == 0 || o.Before.empty() || o.To.Line == "":
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("reversible", facts)
}

// blocked gives the finding of a rehearsal that came to a stop.
func (o Rollback) blocked(facts evidence.Facts) (evidence.Finding, bool) {
	switch {
	case o.Restore.failed():
		return evidence.Failed("restore_failed", facts), true
	case len(o.Moves) == 0 || o.Steps == 0:
		return evidence.Undecided("empty", facts), true
	}
	if len(o.EmptyDowns) > 0 { // going up again fails then, mostly: this is why
		return evidence.Failed("empty_down", facts), true
	}
	if o.To.failed() {
		facts["exit"], facts["says"] = o.To.Exit, o.To.Says
		return evidence.Undecided("no_version", facts), true
	}
	for i, m := range o.Moves {
		facts["exit"], facts["says"], facts["move"] = m.Ran.Exit, m.Ran.Says, i+1
		switch {
		case m.Ran.Exit != 0 && m.Up:
			return evidence.Failed("up_failed", facts), true
		case m.Ran.Exit != 0:
			return evidence.Failed("down_failed", facts), true
		case !m.Up && i > 0 && m.Version >= o.Moves[i-1].Version:
			return evidence.Failed("not_down", facts), true
		}
	}
	for _, n := range o.NewRows {
		if n.Says != "" {
			facts["statement"], facts["says"] = n.Line, n.Says
			return evidence.Failed("rows_refused", facts), true
		}
	}
	return evidence.Finding{}, false
}

// lines gives the first differences of counts for a sentence.
func lines(all ...Differences) []string {
	texts := []string{}
	for _, d := range all {
		for _, one := range d.First {
			if len(texts) < 4 {
				texts = append(texts, fmt.Sprintf("%s: %s → %s", one.Name, one.Want, one.Got))
			}
		}
	}
	return texts
}
