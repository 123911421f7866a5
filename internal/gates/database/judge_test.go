package database

import (
	"slices"
	"testing"

	"listo/internal/engine/catalog"
	"listo/internal/engine/goose"
	"listo/internal/evidence"
	"listo/internal/lab/sql"
)

// good are observations that pass; each case spoils one thing.
func goodSource() Source {
	return Source{Command: Ran{Line: "backup"}, Extent: Extent{Objects: 5, Tables: 2, Rows: 10, Sequences: 1}, Size: 100, Digest: "d", Format: custom, Snapshot: true}
}

func goodRestore() Restored {
	return Restored{Source: goodSource(), Restore: Ran{Line: "restore"}, Extent: Extent{Objects: 5, Tables: 2, Rows: 10}, Compared: 10}
}

func goodBackup() Backup {
	return Backup{Source: goodSource(), Intact: Copy{Damage: "intact", Restore: Ran{Line: "restore"}},
		Copies: []Copy{{Damage: damageHalf, Differs: true, Restore: Ran{Line: "restore", Exit: 1}}, {Damage: "no_rows", Differs: true, Restore: Ran{Line: "restore"}, Changes: 1}}}
}

func goodDrift() Drift {
	return Drift{Up: Ran{Line: "up"}, Again: Ran{Line: "up"}, Made: Extent{Objects: 5, Tables: 2}, Live: Extent{Objects: 5}}
}

func goodRollback() Rollback {
	return Rollback{Source: goodSource(), Restore: Ran{Line: "restore"}, Steps: 1, Inserted: 1, Compared: 10, To: Ran{Line: "to"},
		Before:  Extent{Objects: 5, Tables: 2},
		Moves:   []Move{{Ran: Ran{Line: "down"}, Version: 1}, {Ran: Ran{Line: "up"}, Up: true, Version: 2}, {Ran: Ran{Line: "down"}, Version: 1}, {Ran: Ran{Line: "up"}, Up: true, Version: 2}},
		NewRows: []Ran{{Line: "insert"}}}
}

func goodLocks() Locks {
	return Locks{Source: goodSource(), Restore: Ran{Line: "restore"}, Steps: 1, Moves: []Ran{{Line: "down"}, {Line: "up"}}, Traced: 3,
		Held: []Held{{Table: "t", Rows: 5, Mode: "AccessExclusiveLock", TimeoutMS: 2000}}}
}

func goodRecovery() Recovery {
	return Recovery{Source: goodSource(), Restore: Ran{Line: "restore"}, Ready: true, Status: 200, Sessions: 1, TotalMS: 1000, RTOMS: 1000, RPOMS: 2000, EveryMS: 2000}
}

// spoil gives a good observation with one thing changed.
func spoil[O any](good O, change func(*O)) O {
	change(&good)
	return good
}

// judged collects which reasons were reached.
type judged map[string][]string

func (j judged) want(t *testing.T, id string, f evidence.Finding, outcome evidence.Outcome, reason string) {
	t.Helper()
	j[id] = append(j[id], f.Reason)
	if f.Outcome != outcome || f.Reason != reason {
		t.Errorf("%s: %v %q, want %v %q", id, f.Outcome, f.Reason, outcome, reason)
	}
}

func TestJudges(t *testing.T) {
	const pass, fail, unproven = evidence.Pass, evidence.Fail, evidence.Unproven
	j, one := judged{}, Differences{Count: 1, First: []Difference{{"index", "i", "", "x"}}}
	ledgers := func(o Ledger, outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, ledgerID, judgeLedger(o, nil), outcome, reason)
	}
	files, rows := []string{"1_a.sql", "2_b.sql"}, []goose.Row{{ID: 1, Version: 1, Applied: true}, {ID: 2, Version: 2, Applied: true}}
	ledgers(Ledger{Found: true, Files: files, Rows: rows}, pass, "current")
	ledgers(Ledger{Found: true, Files: append(files, "3_c.sql"), Rows: rows}, fail, "pending")
	ledgers(Ledger{Found: true, Files: files, Rows: rows[1:]}, fail, "hole")
	ledgers(Ledger{Found: true, Files: files[:1], Rows: rows}, fail, "unknown")
	ledgers(Ledger{Found: true, Files: append(files, "02_c.sql"), Rows: rows}, fail, "twice")
	ledgers(Ledger{Found: true, Files: files, Rows: []goose.Row{{ID: 1, Version: 2, Applied: true}, {ID: 2, Version: 1, Applied: true}}}, fail, "out_of_order")
	ledgers(Ledger{Files: files}, fail, "no_ledger")
	ledgers(Ledger{Files: files, Others: []string{"_prisma_migrations"}}, unproven, "other_tool")
	ledgers(Ledger{Found: true, Rows: rows}, unproven, "no_files")

	digested := func(o Digests, outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, digestsID, judgeDigests(o, nil), outcome, reason)
	}
	digested(Digests{Recorded: 2, Found: 2, Applied: []int64{1, 2}}, pass, "recorded")
	digested(Digests{Recorded: 2, Found: 2, Applied: []int64{1}, Changed: []string{"1_a.sql"}}, fail, "edited")
	digested(Digests{Recorded: 2, Found: 2, Applied: []int64{1}, Changed: []string{"2_b.sql"}}, fail, "changed")
	digested(Digests{Recorded: 2, Found: 1, Missing: []string{"2_b.sql"}}, fail, "missing")
	digested(Digests{Recorded: 1, Found: 2, Added: []string{"2_b.sql"}}, fail, "unrecorded")
	digested(Digests{Found: 2, Added: []string{"2_b.sql"}}, unproven, "none")

	j.want(t, expectationsID, judgeExpectations(Expectations{[]Column{{Asked: 2}}}, nil), pass, "met")
	j.want(t, expectationsID, judgeExpectations(Expectations{[]Column{{Asked: 2, Wrong: one.First}}}, nil), fail, "unmet")
	j.want(t, expectationsID, judgeExpectations(Expectations{}, nil), unproven, "none")

	tries := func(want, got string, n int64, outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, rejectionsID, judgeRejections(Rejections{[]Attempt{{Want: want, Got: sql.Tried{State: got, Rows: n}}}}, nil), outcome, reason)
	}
	tries("23514", "23514", 0, pass, "as_wanted")
	tries("00000", "00000", 1, pass, "as_wanted")
	tries("00000", "00000", 0, fail, "touches_nothing")
	tries("00000", "42501", 0, fail, "refused")
	tries("23514", "00000", 1, fail, "taken")
	tries("23514", "42703", 0, fail, "other_state")
	j.want(t, rejectionsID, judgeRejections(Rejections{}, nil), unproven, "none")

	j.want(t, soundID, judgeSound(Sound{Indexes: 1}, nil), pass, "sound")
	j.want(t, soundID, judgeSound(Sound{Indexes: 1, Loose: one}, nil), fail, "unsound")
	j.want(t, soundID, judgeSound(Sound{}, nil), unproven, "empty")
	j.want(t, rightsID, judgeRights(Rights{Found: true, Tables: 1}, nil), pass, "narrow")
	j.want(t, rightsID, judgeRights(Rights{Found: true, Tables: 1, TooMuch: one}, nil), fail, "wide")
	j.want(t, rightsID, judgeRights(Rights{Tables: 1}, nil), unproven, "nobody")

	drifts := func(change func(*Drift), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, driftID, judgeDrift(spoil(goodDrift(), change), nil), outcome, reason)
	}
	drifts(func(*Drift) {}, pass, "same")
	drifts(func(o *Drift) { o.Changes = one }, fail, "drifted")
	drifts(func(o *Drift) { o.Up.Exit = 1 }, fail, "up_failed")
	drifts(func(o *Drift) { o.Again.Exit = 1 }, fail, "not_idempotent")
	drifts(func(o *Drift) { o.Moved = one }, fail, "not_idempotent")
	drifts(func(o *Drift) { o.Made = Extent{} }, unproven, "empty")
	drifts(func(o *Drift) { o.Again = Ran{} }, unproven, "empty") // never run a second time
	j.rehearsals(t, one)
	for _, c := range Gate().Checks {
		for _, reason := range c.Reasons {
			if !slices.Contains(j[c.ID], reason) {
				t.Errorf("%s: no case reaches %q", c.ID, reason)
			}
		}
	}
}

func (j judged) rehearsals(t *testing.T, one Differences) {
	const pass, fail, unproven = evidence.Pass, evidence.Fail, evidence.Unproven
	backups := func(change func(*Backup), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, backupID, judgeBackup(spoil(goodBackup(), change), nil), outcome, reason)
	}
	backups(func(*Backup) {}, pass, "noticed")
	backups(func(o *Backup) { o.Copies[0].Restore.Exit, o.Copies[0].Changes = 0, 3 }, fail, "unnoticed")
	backups(func(o *Backup) { o.Copies[1].Changes = 0 }, fail, "blind")
	backups(func(o *Backup) { o.Copies[1].Changes, o.Copies[1].Differs = 0, false }, pass, "noticed") // no damage was done
	backups(func(o *Backup) {
		o.Copies = append(o.Copies, Copy{Damage: "flipped", Differs: true, Restore: Ran{Line: "restore"}})
	}, fail, "blind")
	backups(func(o *Backup) { o.Intact.Changes = 1 }, unproven, "no_baseline")
	backups(func(o *Backup) { o.Copies = nil }, unproven, "empty")
	backups(func(o *Backup) { o.Source.Format, o.Source.Size = opaque, 0 }, unproven, "opaque")
	backups(func(o *Backup) { o.Source.Format = "" }, fail, "no_file")
	backups(func(o *Backup) { o.Source.Command.Exit = 1 }, fail, "backup_failed")

	restores := func(change func(*Restored), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, restoreID, judgeRestore(spoil(goodRestore(), change), nil), outcome, reason)
	}
	restores(func(*Restored) {}, pass, "identical")
	restores(func(o *Restored) { o.Changes = one }, fail, "differs")
	restores(func(o *Restored) { o.Changes, o.Source.Moved = one, 1 }, unproven, "moving")
	restores(func(o *Restored) { o.Restore.Exit = 1 }, fail, "restore_failed")
	restores(func(o *Restored) { o.Source.Size = 0 }, fail, "no_file")
	restores(func(o *Restored) { o.Source.Command.Exit = 1 }, fail, "backup_failed")
	restores(func(o *Restored) { o.Source.Extent.Rows = 0 }, unproven, "empty")
	restores(func(o *Restored) { o.Compared = 0 }, unproven, "empty") // every row was excluded

	rolls := func(change func(*Rollback), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, rollbackID, judgeRollback(spoil(goodRollback(), change), nil), outcome, reason)
	}
	rolls(func(*Rollback) {}, pass, "reversible")
	rolls(func(o *Rollback) { o.Lossy = one }, pass, "reversible") // values without a place: told, no fault
	rolls(func(o *Rollback) { o.Moves[0].Ran.Exit = 1 }, fail, "down_failed")
	rolls(func(o *Rollback) { o.Moves[3].Ran.Exit = 1 }, fail, "up_failed")
	rolls(func(o *Rollback) { o.Moves[2].Version = 2 }, fail, "not_down")
	rolls(func(o *Rollback) { o.EmptyDowns, o.Moves[1].Ran.Exit = []string{"2_b.sql"}, 1 }, fail, "empty_down")
	rolls(func(o *Rollback) { o.LostFirst = one }, fail, "loses_rows")
	rolls(func(o *Rollback) { o.Lost = one }, fail, "loses_rows")
	rolls(func(o *Rollback) { o.Changed = one }, fail, "changes_rows")
	rolls(func(o *Rollback) { o.Inverse = one }, fail, "not_inverse")
	rolls(func(o *Rollback) { o.Left = one }, fail, "not_inverse")
	rolls(func(o *Rollback) { o.Back = one }, fail, "not_back")
	rolls(func(o *Rollback) { o.NewRows[0].Says = "refused" }, fail, "rows_refused")
	rolls(func(o *Rollback) { o.Inserted = 0 }, unproven, "no_new_rows")
	rolls(func(o *Rollback) { o.To.Exit = 1 }, unproven, "no_version")
	rolls(func(o *Rollback) { o.Compared = 0 }, unproven, "empty")
	rolls(func(o *Rollback) { o.To = Ran{} }, unproven, "empty")
	rolls(func(o *Rollback) { o.Moves = nil }, unproven, "empty")
	rolls(func(o *Rollback) { o.Restore.Exit = 1 }, fail, "restore_failed")
	rolls(func(o *Rollback) { o.Source.Format = "" }, fail, "no_file")
	rolls(func(o *Rollback) { o.Source.Command.Exit = 1 }, fail, "backup_failed")

	holds := func(change func(*Locks), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, locksID, judgeLocks(spoil(goodLocks(), change), nil), outcome, reason)
	}
	holds(func(*Locks) {}, pass, "bounded")
	holds(func(o *Locks) { o.Held = nil }, pass, "bounded") // only empty tables were locked
	holds(func(o *Locks) { o.Held[0].TimeoutMS = 0 }, fail, "unbounded")
	holds(func(o *Locks) { o.Traced, o.Held = 0, nil }, unproven, "silent")
	holds(func(o *Locks) { o.Moves[1].Exit = 1 }, unproven, "not_walked")
	holds(func(o *Locks) { o.Moves = o.Moves[:1] }, unproven, "empty")
	holds(func(o *Locks) { o.Restore.Exit = 1 }, fail, "restore_failed")
	holds(func(o *Locks) { o.Source.Format = "" }, fail, "no_file")
	holds(func(o *Locks) { o.Source.Command.Exit = 1 }, fail, "backup_failed")

	recovers := func(change func(*Recovery), outcome evidence.Outcome, reason string) {
		t.Helper()
		j.want(t, rtoID, judgeRTO(spoil(goodRecovery(), change), nil), outcome, reason)
	}
	recovers(func(*Recovery) {}, pass, "within")
	recovers(func(o *Recovery) { o.TotalMS++ }, fail, "too_slow")
	recovers(func(o *Recovery) { o.EveryMS++ }, fail, "loses_more")
	recovers(func(o *Recovery) { o.Ready = false }, fail, "not_ready")
	recovers(func(o *Recovery) { o.Status = 503 }, fail, "no_answer")
	recovers(func(o *Recovery) { o.Sessions = 0 }, unproven, "elsewhere")
	recovers(func(o *Recovery) { o.RTOMS = 0 }, unproven, "empty")
	recovers(func(o *Recovery) { o.Restore.Exit = 1 }, fail, "restore_failed")
	recovers(func(o *Recovery) { o.Source.Format = "" }, fail, "no_file")
	recovers(func(o *Recovery) { o.Source.Command.Exit = 1 }, fail, "backup_failed")
}

// pg_dump and pg_restore write \restrict with a key of that very run around a
// script (since 17.6, 16.10, 15.14): two scripts of one backup differ in it.
func TestWhatAScriptSays(t *testing.T) {
	script := func(key, row string) []byte {
		return []byte("--\n-- PostgreSQL database dump\n--\n\n\\restrict " + key + "\n\nCOPY public.t (a) FROM stdin;\n" + row + "\n\\.\n\n\\unrestrict " + key + "\n\n")
	}
	if got, want := said(script("aaa", "1")), said(script("bbb", "1")); got != want {
		t.Errorf("the keys of two runs are a difference: %q, %q", got, want)
	}
	if said(script("aaa", "1")) == said(script("aaa", "2")) {
		t.Error("another row is no difference")
	}
}

func TestASequenceMayHaveGoneOn(t *testing.T) {
	for _, c := range []struct {
		from, to, value string
		want            bool
	}{
		{"5", "5", "5", true}, {"5", "9", "7", true}, {"5", "9", "4", false}, {"5", "9", "10", false}, {"-5", "-9", "-7", true},
		{"", "", "", true}, {"", "3", "2", true}, {"", "", "1", false}, {"5", "5", "", false}, {"5", "5", "1", false},
	} {
		if got := between(c.from, c.to, c.value); got != c.want {
			t.Errorf("%q to %q, %q: %v", c.from, c.to, c.value, got)
		}
	}
	was := State{Sequences: []catalog.Rows{{Name: "s", Sum: "5"}}}
	if d := compareStates(was, State{Sequences: []catalog.Rows{{Name: "s"}}}, nil); d.Count != 1 {
		t.Errorf("a sequence at its beginning is no difference: %+v", d)
	}
}

func TestSettingsThatCanNeverBeRight(t *testing.T) {
	for _, s := range []Settings{
		{Statements: []Statement{{SQL: "select 1", SQLState: "2351"}}}, {Statements: []Statement{{SQL: "select 1; commit", SQLState: "00000"}}},
		{RollbackSteps: -1}, {RollbackSteps: 51}, {MigrateTo: "migrate to 5"}, {Smoke: "POST /x"}, {RTO: -1},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	good := healthyTwin().settings
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
