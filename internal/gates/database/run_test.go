package database

import (
	"strings"
	"testing"
)

func TestTheHealthyTwinIsGreen(t *testing.T) {
	b := lived(t, healthyTwin())
	want := map[string]string{ledgerID: "current", digestsID: "recorded", expectationsID: "met", rejectionsID: "as_wanted", soundID: "sound",
		rightsID: "narrow", driftID: "same", backupID: "noticed", restoreID: "identical", rollbackID: "reversible", locksID: "bounded", rtoID: "within"}
	for _, c := range Gate().Checks {
		expect(t, c, b, want[c.ID])
	}
}

func TestEveryControlIsCaught(t *testing.T) {
	gate := Gate()
	for _, control := range gate.Controls {
		t.Run(control.Class, func(t *testing.T) {
			twin, away, err := control.Twin(t.Context(), bare(t))
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			for _, c := range gate.Checks {
				if c.ID != control.Check {
					continue
				}
				raw, err := c.Run(t.Context(), twin)
				if err != nil {
					t.Fatal(err)
				}
				if f, err := c.Judge(raw, nil); err != nil || !control.Caught(f) {
					t.Errorf("the twin is %q, %v: %v", f.Reason, err, f.Facts)
				}
			}
		})
	}
}

// A sick twin of each kind that the controls do not show.
func TestOtherDiseasesOfTheTwin(t *testing.T) {
	timeout := "set local lock_timeout = '2s';\n"
	second := func(from, to string) func(*twin) {
		return func(w *twin) {
			w.files["00002_clase.sql"] = strings.Replace(twinSecond, from, to, 1)
			if w.files["00002_clase.sql"] == twinSecond {
				t.Fatalf("no effect: %q", from)
			}
		}
	}
	down := timeout + "alter table cuentas drop column clase;\n"
	for _, c := range []struct {
		what, check, reason string
		infect              func(*twin)
	}{
		{"an empty down", rollbackID, "empty_down", second(down, "")},
		{"a down that leaves an index", rollbackID, "not_inverse", second("alter table cuentas add", "create index if not exists extra on cuentas (nombre);\nalter table cuentas add")},
		{"a down that fails", rollbackID, "down_failed", second(down, "select 1 / 0;\n")},
		{"a down that changes rows", rollbackID, "changes_rows", second(down, "update cuentas set nombre = nombre || '.' where id = 1;\n"+down)},
		{"a down that loses the first rows", rollbackID, "loses_rows", second(down, "delete from cuentas where id <= 3;\n"+down)},
		{"a version that refuses its rows", rollbackID, "rows_refused", func(w *twin) { w.settings.NewRows = []string{"insert into cuentas (nombre, clase) values ('x', 'y')"} }},
		{"no new rows", rollbackID, "no_new_rows", func(w *twin) { w.settings.NewRows = []string{"select 1"} }},
		{"a migration that fails on an empty server", driftID, "up_failed", func(w *twin) {
			w.settings.MigrateUp = "sh migrate.sh up && test -z \"$(psql \"$DATABASE_URL\" -At -c 'select 1 where current_database() = $$from_migrations$$')\""
		}},
		{"a way up that fails where it never was newer", rollbackID, "no_version", func(w *twin) {
			w.settings.MigrateUp = "sh migrate.sh up && test -z \"$(psql \"$DATABASE_URL\" -At -c 'select 1 where current_database() = $$never_newer$$')\""
		}},
		{"only excluded rows", restoreID, "empty", func(w *twin) { w.settings.ExcludedTables = []string{"public.cuentas", "public.goose_db_version"} }},
		{"a backup that fails", restoreID, "backup_failed", func(w *twin) { w.settings.Backup = "echo no >&2; exit 3" }},
		{"a backup that writes nothing", restoreID, "no_file", func(w *twin) { w.settings.Backup = "true" }},
		{"a restore that fails", restoreID, "restore_failed", func(w *twin) { w.settings.Restore = "exit 4" }},
		{"a restore that does nothing", backupID, "unnoticed", func(w *twin) { w.settings.Restore = "true" }},
		{"a restore of another file than it is given", backupID, "unnoticed", func(w *twin) {
			w.settings.Backup += ` && cp "$BACKUP" "$(dirname "$BACKUP")/whole"`
			w.settings.Restore = strings.Replace(w.settings.Restore, `"$BACKUP"`, `"$(dirname "$BACKUP")/whole"`, 1)
		}},
		{"a database setting", restoreID, "differs", func(w *twin) { w.after = []string{"alter database twin set work_mem = '5MB'"} }},
		{"a service that answers no data", rtoID, "no_answer", func(w *twin) {
			w.settings.Restore += ` && psql "$TARGET_URL" -q -c "drop table cuentas"`
		}},
		{"backups too rare", rtoID, "loses_more", func(w *twin) { w.settings.BackupEvery *= 2 }},
		{"an update that touches nothing", rejectionsID, "touches_nothing", func(w *twin) {
			w.settings.Statements = []Statement{{SQL: "update cuentas set clase = 'oro' where id = -1", SQLState: "00000"}}
		}},
		{"a wrong state", rejectionsID, "other_state", func(w *twin) {
			w.settings.Statements = []Statement{{SQL: "update cuentas set clase = null where id = 1", SQLState: "23514"}}
		}},
		{"a refused statement", rejectionsID, "refused", func(w *twin) {
			w.settings.Statements = []Statement{{SQL: "delete from cuentas", SQLState: "00000", As: "service"}}
		}},
		{"a column that should be gone", expectationsID, "unmet", func(w *twin) {
			w.settings.Expect = []Expectation{{Table: "cuentas", Column: "clase", Absent: true}}
		}},
		{"a table that is not there", expectationsID, "unmet", func(w *twin) {
			w.settings.Expect = []Expectation{{Table: "quentas", Column: "clase", Absent: true}}
		}},
		{"another ledger", ledgerID, "other_tool", func(w *twin) {
			w.settings.LedgerTable = "no_such_table"
			w.after = []string{"create table _prisma_migrations (id text)"}
		}},
		{"no ledger", ledgerID, "no_ledger", func(w *twin) { w.settings.LedgerTable = "no_such_table" }},
		{"a sequence behind", soundID, "unsound", func(w *twin) { w.after = []string{"alter sequence cuentas_id_seq restart"} }},
		{"foreign keys switched off", soundID, "unsound", func(w *twin) {
			w.after = []string{"create table hija (id int references cuentas)", "alter table hija disable trigger all"}
		}},
		{"a service that may create", rightsID, "wide", func(w *twin) { w.after = []string{"grant create on schema public to " + twinService} }},
		{"a service that may become the owner", rightsID, "wide", func(w *twin) {
			w.after = []string{"alter role " + twinService + " noinherit", "grant " + twinOwner + " to " + twinService}
		}},
		{"a service that may truncate", rightsID, "wide", func(w *twin) { w.after = []string{"grant truncate on cuentas to " + twinService} }},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := healthyTwin()
			c.infect(w)
			b := lived(t, w)
			for _, check := range Gate().Checks {
				if check.ID == c.check {
					expect(t, check, b, c.reason)
				}
			}
		})
	}
}

// The witness of a damage must not see one in the very backup.
func TestTheSameBackupSaysTheSame(t *testing.T) {
	r, err := rehearse(t.Context(), lived(t, healthyTwin()), false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if _, _, err := r.back(t.Context()); err != nil {
		t.Fatal(err)
	}
	if other, err := r.saysOther(t.Context(), r.backupFile()); err != nil || other {
		t.Errorf("the backup says something else than itself: %v %v", other, err)
	}
}

// Plain text is damaged as text. psql takes the end of a file for the end of the
// rows, so its last line has to be asked for.
func TestAPlainBackup(t *testing.T) {
	w := healthyTwin()
	w.settings.Backup = `pg_dump --snapshot="$SNAPSHOT" --file="$BACKUP" "$SOURCE_URL"`
	w.settings.Restore = `psql "$TARGET_URL" -X -q -1 -v ON_ERROR_STOP=1 -f "$BACKUP"`
	b := lived(t, w)
	expect(t, restored(), b, "identical")
	expect(t, backup(), b, "unnoticed")
	w.settings.Restore = `tail -n 5 "$BACKUP" | grep -q "PostgreSQL database dump complete" && ` + w.settings.Restore
	if f := on(t, backup(), b); f.Reason != "noticed" || f.Facts["copies"] != 5 {
		t.Errorf("%q: %v", f.Reason, f.Facts)
	}
}
