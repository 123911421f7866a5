package database

import (
	"context"
	"fmt"
	"strings"

	"listo/internal/engine/catalog"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	locksID    = "database.locks"
	classLocks = "database.locks"
)

// locks lets the newest migrations run over the real rows and asks the server
// after each statement which locks it holds, and how long it would have waited
// for them.
func locks() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: locksID, Class: classLocks,
		Needs: []evidence.Need{evidence.NeedDatabase, evidence.Setting("backup"), evidence.Setting("restore"),
			evidence.Setting("migrate_up"), evidence.Setting("migrate_down"), evidence.Setting("rollback_steps")},
		Reasons: []string{"bounded", "unbounded", "silent", "not_walked", "backup_failed", "restore_failed", "no_file", "empty"},
	}, runLocks, judgeLocks)
}

// Locks is what the migrations held.
type Locks struct {
	Source  Source `json:"source"`
	Restore Ran    `json:"restore"`
	Steps   int    `json:"steps"`
	Moves   []Ran  `json:"moves"`  // down, step by step, and up
	Traced  int    `json:"traced"` // statements that the trace saw on the way up
	Held    []Held `json:"held"`
}

// Held is a strong lock on a table that has rows.
type Held struct {
	Table   string `json:"table"`
	Rows    int64  `json:"rows"`
	Mode    string `json:"mode"`    // as in pg_locks
	Command string `json:"command"` // the first that was seen to hold it
	// TimeoutMS is the lock_timeout then; 0: it would wait for ever, and everybody
	// behind it.
	TimeoutMS int64 `json:"timeout_ms"`
	Rewrites  bool  `json:"rewrites"` // the table was written anew under the lock
}

// The trace is an event trigger: it runs in the migration's own transaction,
// which sees the locks it holds. It needs no right of the migrating role.
const traceStatements = `create schema ` + ownSchema + `;
create table ` + ownSchema + `.trace (n bigint generated always as identity, command text, tab oid, mode text, timeout_ms bigint, rewrites boolean);
create function ` + ownSchema + `.look() returns event_trigger language plpgsql security definer set search_path = pg_catalog as $$
declare wait bigint; rewritten oid := 0;
begin
 select setting::bigint into wait from pg_settings where name = 'lock_timeout';
 if tg_event = 'table_rewrite' then rewritten := pg_event_trigger_table_rewrite_oid(); end if;
 insert into ` + ownSchema + `.trace (command, tab, mode, timeout_ms, rewrites) values (tg_tag, 0, '', wait, false);
 insert into ` + ownSchema + `.trace (command, tab, mode, timeout_ms, rewrites)
 select tg_tag, l.relation, l.mode, wait, l.relation = rewritten from pg_locks l
 where l.pid = pg_backend_pid() and l.granted and l.locktype = 'relation'
  and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
end $$;
create event trigger listo_trace_end on ddl_command_end execute function ` + ownSchema + `.look();
create event trigger listo_trace_rewrite on table_rewrite execute function ` + ownSchema + `.look();`

// A lock is told once: the strongest wait and whether any statement rewrote.
const traceQuestion = `select format('%s.%s', n.nspname, c.relname) as tab, t.mode, (array_agg(t.command order by t.n))[1] as command,
 min(t.timeout_ms) as timeout_ms, bool_or(t.rewrites) as rewrites
from ` + ownSchema + `.trace t join pg_class c on c.oid = t.tab join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> '` + ownSchema + `' group by 1, 2 order by 1, 2`

const tracedDatabase = "traced"

func runLocks(ctx context.Context, b *lab.Bench) (Locks, error) {
	o := Locks{Steps: settings(b).RollbackSteps}
	r, err := rehearse(ctx, b, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	if o.Source, _, err = r.back(ctx); err != nil || o.Source.Command.Exit != 0 || o.Source.Format == "" {
		return o, err
	}
	if o.Restore, err = r.restore(ctx, tracedDatabase, r.backupFile()); err != nil || o.Restore.Exit != 0 {
		return o, err
	}
	for range o.Steps {
		ran, err := r.migrate(ctx, settings(b).MigrateDown, tracedDatabase)
		if o.Moves = append(o.Moves, ran); err != nil || ran.Exit != 0 {
			return o, err
		}
	}
	s, err := r.open(ctx, tracedDatabase)
	if err != nil {
		return o, err
	}
	defer s.Close()
	return o, o.trace(ctx, r, s)
}

// trace goes up again under the eyes of the trigger.
func (o *Locks) trace(ctx context.Context, r *rehearsal, s *sql.Session) error {
	before, err := readState(ctx, s)
	if err == nil {
		err = s.Exec(ctx, traceStatements)
	}
	if err != nil {
		return fmt.Errorf("database: laying the trace: %w", err)
	}
	ran, err := r.migrate(ctx, settings(r.bench).MigrateUp, tracedDatabase)
	if o.Moves = append(o.Moves, ran); err != nil || ran.Exit != 0 {
		return err
	}
	if err := s.One(ctx, "select count(*) from "+ownSchema+".trace where tab = 0", &o.Traced); err != nil {
		return fmt.Errorf("database: reading the trace: %w", err)
	}
	rows, err := s.Query(ctx, traceQuestion)
	if err != nil {
		return fmt.Errorf("database: reading the trace: %w", err)
	}
	for _, row := range rows {
		held := Held{Table: text(row, "tab"), Rows: rowsOf(before.Tables, text(row, "tab")), Mode: text(row, "mode"),
			Command: text(row, "command"), Rewrites: row["rewrites"] == true}
		held.TimeoutMS, _ = row["timeout_ms"].(int64)
		if held.Rows > 0 {
			o.Held = append(o.Held, held)
		}
	}
	return nil
}

func rowsOf(tables []catalog.Rows, name string) int64 {
	for _, t := range tables {
		if t.Name == name {
			return t.Count
		}
	}
	return 0
}

func judgeLocks(o Locks, _ evidence.Limits) evidence.Finding {
	unbounded, rewritten := []string{}, []string{}
	for _, h := range o.Held {
		line := fmt.Sprintf("%s · %s · %s (%d)", h.Command, h.Mode, h.Table, h.Rows)
		if h.TimeoutMS == 0 {
			unbounded = append(unbounded, line)
		}
		if h.Rewrites {
			rewritten = append(rewritten, h.Table)
		}
	}
	facts := evidence.Facts{"steps": o.Steps, "traced": o.Traced, "held": len(o.Held), "unbounded": unbounded[:min(len(unbounded), 4)],
		"rewritten": strings.Join(rewritten, ", "), "exit": o.Restore.Exit, "says": o.Restore.Says,
		"backup_exit": o.Source.Command.Exit, "backup_says": o.Source.Command.Says}
	if f, ok := o.Source.failed(facts); ok {
		return f
	}
	if o.Restore.Exit != 0 {
		return evidence.Failed("restore_failed", facts)
	}
	for _, m := range o.Moves {
		if facts["exit"], facts["says"] = m.Exit, m.Says; m.Exit != 0 {
			return evidence.Undecided("not_walked", facts) // database.rollback says more
		}
	}
	switch {
	case o.Steps == 0 || len(o.Moves) <= o.Steps:
		return evidence.Undecided("empty", facts)
	case len(unbounded) > 0:
		return evidence.Failed("unbounded", facts)
	case o.Traced == 0:
		return evidence.Undecided("silent", facts)
	}
	return evidence.Passed("bounded", facts)
}
