package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/catalog"
	"listo/internal/engine/goose"
	"listo/internal/lab/sql"
)

// history walks one rehearsal database through its migrations.
type history struct {
	*rehearsal
	session *sql.Session
	files   []goose.File
	ledger  string // the ledger's table, with its schema: its rows are no data
	o       *Rollback
}

// begin opens the rehearsal database and reads where it stands.
func (r *rehearsal) begin(ctx context.Context, o *Rollback) (*history, error) {
	files, err := migrations(r.bench)
	if err != nil {
		return nil, err
	}
	s, err := r.open(ctx, rehearsalDatabase)
	if err != nil {
		return nil, err
	}
	h := &history{rehearsal: r, session: s, files: files, ledger: withSchema(settings(r.bench).ledgerTable()), o: o}
	if err := s.Exec(ctx, "create schema "+ownSchema); err != nil {
		s.Close()
		return nil, fmt.Errorf("database: a schema of listo's own in the rehearsal: %w", err)
	}
	return h, nil
}

func withSchema(table string) string {
	if strings.Contains(table, ".") {
		return table
	}
	return "public." + table
}

// stuck tells that the last command failed.
func (h *history) stuck() bool {
	return len(h.o.Moves) > 0 && h.o.Moves[len(h.o.Moves)-1].Ran.Exit != 0
}

// down takes all steps back, one command each. looking tells what each changed.
func (h *history) down(ctx context.Context, from State, looking bool) (State, error) {
	for range h.o.Steps {
		version := h.version(ctx)
		move := Move{Changed: -1}
		var err error
		if move.Ran, err = h.migrate(ctx, settings(h.bench).MigrateDown, rehearsalDatabase); err != nil {
			return from, err
		}
		move.Version = h.version(ctx)
		if move.Ran.Exit == 0 && looking {
			to, err := readState(ctx, h.session)
			if err != nil {
				return from, err
			}
			if move.Changed = changed(from, to, h.ledger); move.Changed == 0 {
				h.noteEmpty(version)
			}
			from = to
		}
		if h.o.Moves = append(h.o.Moves, move); move.Ran.Exit != 0 {
			return from, nil
		}
	}
	if looking {
		return from, nil
	}
	return readState(ctx, h.session)
}

// left makes an empty database that never was any newer, and compares what the way
// down has left of the newer ones. Where the live database differs from its
// migrations to begin with, that is no fault of the way down (database.drift).
func (h *history) left(ctx context.Context, newest, before State) error {
	const database = "never_newer"
	if _, err := h.create(ctx, database); err != nil {
		return err
	}
	line := strings.ReplaceAll(settings(h.bench).MigrateTo, "{version}", fmt.Sprint(h.version(ctx)))
	var err error
	if h.o.To, err = h.migrate(ctx, line, database); err != nil || h.o.To.Exit != 0 {
		return err
	}
	older, err := h.state(ctx, database)
	if err != nil {
		return err
	}
	ran, err := h.migrate(ctx, settings(h.bench).MigrateUp, database)
	if err != nil || ran.Exit != 0 {
		h.o.To = ran // without it nothing is known of what is left
		return err
	}
	made, err := h.state(ctx, database)
	if err != nil {
		return err
	}
	drifted := catalog.Compare(made.Catalog, newest.Catalog)
	for _, c := range catalog.Compare(older.Catalog, before.Catalog) {
		if !slices.ContainsFunc(drifted, func(d catalog.Change) bool { return d.Kind == c.Kind && d.Name == c.Name }) {
			h.o.Left.add(Difference{c.Kind, c.Name, c.Want, c.Got})
		}
	}
	return nil
}

// noteEmpty takes down a migration whose down changed nothing, when its file does
// something on the way up. A migration may do nothing: refresh statistics, say.
func (h *history) noteEmpty(version int64) {
	i := slices.IndexFunc(h.files, func(f goose.File) bool { return f.Version == version })
	if i >= 0 && h.files[i].Up && !h.files[i].Down {
		h.o.EmptyDowns = append(h.o.EmptyDowns, h.files[i].Name)
	}
}

// up goes to the newest version.
func (h *history) up(ctx context.Context) (State, error) {
	ran, err := h.migrate(ctx, settings(h.bench).MigrateUp, rehearsalDatabase)
	if err != nil {
		return State{}, err
	}
	h.o.Moves = append(h.o.Moves, Move{Ran: ran, Up: true, Version: h.version(ctx), Changed: -1})
	if ran.Exit != 0 {
		return State{}, nil
	}
	return readState(ctx, h.session)
}

// version gives the newest version in force; 0 when there is no ledger.
func (h *history) version(ctx context.Context) int64 {
	l := Ledger{Table: settings(h.bench).ledgerTable()}
	if err := l.read(ctx, h.session); err != nil {
		return 0
	}
	applied := l.Compare().Applied
	if len(applied) == 0 {
		return 0
	}
	return applied[len(applied)-1]
}

// write runs the statements of the new version, as the owner.
func (h *history) write(ctx context.Context, before State) (State, error) {
	if err := h.session.Exec(ctx, "reset search_path; set role "+pgx.Identifier{h.owner}.Sanitize()); err != nil {
		return before, fmt.Errorf("database: becoming %q in the rehearsal: %w", h.owner, err)
	}
	for _, statement := range settings(h.bench).NewRows {
		ran := Ran{Line: statement}
		if err := h.session.Exec(ctx, statement); err != nil {
			if ctx.Err() != nil {
				return before, ctx.Err()
			}
			ran.Says = clip(err.Error())
		}
		h.o.NewRows = append(h.o.NewRows, ran)
	}
	if err := h.session.Exec(ctx, "reset role"); err != nil {
		return before, err
	}
	written, err := readState(ctx, h.session)
	h.o.Inserted = catalog.Total(written.Tables) - catalog.Total(before.Tables)
	return written, err
}

// keep copies every row of every table, as text, so that each can be looked for
// later.
func (h *history) keep(ctx context.Context, moment string) error {
	tables, err := readTables(ctx, h.session)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Display() == h.ledger {
			continue
		}
		statement := fmt.Sprintf("create table %s as select row(%s)::text as kept from %s", kept(moment, t), t.List(), t.Full())
		if err := h.session.Exec(ctx, statement); err != nil {
			return fmt.Errorf("database: keeping the rows of %s: %w", t.Display(), err)
		}
	}
	return nil
}

func kept(moment string, t catalog.Table) string {
	return pgx.Identifier{ownSchema, moment + "_" + t.Display()}.Sanitize()
}

// compare looks for every row that was kept, in tables that still have the same
// columns: other columns are a difference of the catalog.
func (h *history) compare(ctx context.Context, moment string, was State) (d Differences, compared int64, err error) {
	tables, err := readTables(ctx, h.session)
	if err != nil {
		return d, 0, err
	}
	for _, t := range tables {
		i := slices.IndexFunc(was.Tables, func(r catalog.Rows) bool { return r.Name == t.Display() })
		if i < 0 || t.Display() == h.ledger {
			continue
		}
		rows, err := h.session.Query(ctx, fmt.Sprintf("select count(*) as n from (select kept from %s except all select row(%s)::text from %s) gone", kept(moment, t), t.List(), t.Full()))
		if err != nil || len(rows) != 1 {
			return d, compared, fmt.Errorf("database: looking for the rows of %s: %d rows: %w", t.Display(), len(rows), err)
		}
		compared += was.Tables[i].Count
		if n, _ := rows[0]["n"].(int64); n > 0 {
			d.add(Difference{"rows", t.Display(), fmt.Sprint(was.Tables[i].Count), fmt.Sprint(was.Tables[i].Count - n)})
		}
	}
	return d, compared, nil
}
