package listo_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"listo/internal/engine/pgserver"
)

// databaseDiseases are defects of migrations, of what was done to the database by
// hand, and of the commands that back up, restore and roll back.
func databaseDiseases() []disease {
	all := diseasesOfTheDatabase()
	for i := range all {
		all[i] = all[i].spared()
	}
	return all
}

// spared leaves out the rehearsals that the disease says nothing about, as its
// gates are: each takes seconds.
func (d disease) spared() disease {
	infect := d.infect
	d.infect = func(t *testing.T, w *workspace) {
		infect(t, w)
		if !strings.Contains(w.settings, "excused:\n") {
			return // of the whole audit nothing is left out
		}
		for _, check := range []string{"database.drift", "database.backup", "database.restore", "database.rollback", "database.locks", "database.rto"} {
			if check != d.Check && !slices.Contains(d.Consequences, check) {
				w.settings += "  " + check + ": this disease is none of its own\n"
			}
		}
	}
	return d
}

func diseasesOfTheDatabase() []disease {
	return []disease{
		{ID: "migration-edited", Check: "database.digests", Summary: "an applied migration was edited afterwards",
			infect: func(t *testing.T, w *workspace) {
				w.replaceIn(t, "migrations/00005_usuarios_auth_method.sql", "('password', 'sso')", "('password', 'sso', 'oauth')")
			}},
		{ID: "migration-lost", Check: "database.ledger", Summary: "the file of an applied migration is gone",
			Consequences: []string{"database.digests"},
			infect: func(t *testing.T, w *workspace) {
				if err := os.Remove(filepath.Join(w.folder, "migrations/00004_usuarios_role.sql")); err != nil {
					t.Fatal(err)
				}
			}},
		{ID: "migration-pending", Check: "database.ledger", Summary: "a migration was written and never applied",
			Consequences: []string{"database.digests"},
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "migrations/00008_gastos_nota.sql", "-- +goose Up\nalter table gastos add column nota text;\n-- +goose Down\nalter table gastos drop column nota;\n")
			}},
		byHand("index-dropped-by-hand", "database.drift", "an index was dropped by hand",
			"drop index gastos_listado_idx"),
		byHand("roles-still-there", "database.expectations", "the column roles is still there",
			"alter table usuarios add column roles text not null default ''empleado''",
			"database.drift", "database.rejections", "database.rollback"),
		byHand("auth-method-unchecked", "database.expectations", "authMethod takes any value",
			"alter table usuarios drop constraint usuarios_auth_method_check",
			"database.drift", "database.rejections", "database.rollback"),
		byHand("auth-method-not-validated", "database.expectations", "the constraint of authMethod was never held against the rows",
			`alter table usuarios drop constraint usuarios_auth_method_check, add constraint usuarios_auth_method_check check ("authMethod" in (''password'', ''sso'')) not valid`,
			"database.drift", "database.sound", "database.rollback"),
		byHand("role-nullable", "database.rejections", "role may be NULL",
			"alter table usuarios alter column role drop not null",
			"database.drift", "database.expectations", "database.rollback"),
		byHand("sequence-behind", "database.sound", "a sequence is behind its column: the next insert fails",
			"alter sequence gastos_id_seq restart with 1", "database.rollback", "contracts.positive"),
		byHand("foreign-key-not-validated", "database.sound", "a foreign key was never held against the rows",
			"alter table gastos drop constraint gastos_usuario_fkey, add constraint gastos_usuario_fkey foreign key (usuario_id) references usuarios (id) on delete restrict not valid",
			"database.drift"),
		{ID: "service-owns-schema", Check: "database.rights", Summary: "the service connects as the owner of the schema",
			Consequences: []string{"database.rejections"},
			infect: func(t *testing.T, w *workspace) {
				w.edits = append(w.edits, "  user: gastos_app\n", "  user: gastos_owner\n")
				w.prepare = "" // the dump that others restore wants the role that is missing here
			}},
		configured("down-loses-rows", "database.rollback", "the way down deletes rows",
			"  migrate_down: ", `  migrate_down: PSQL "$DATABASE_URL" -q -c "delete from gastos where id = (select max(id) from gastos)" && `),
		configured("down-does-nothing", "database.rollback", "the way down only says that it went down",
			"  migrate_down: ../../build/demo/gastos migrate down\n",
			`  migrate_down: PSQL "$DATABASE_URL" -q -c "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)"`+"\n"),
		configured("down-leaves-a-table", "database.rollback", "the way down leaves something behind",
			"  migrate_down: ", `  migrate_down: PSQL "$DATABASE_URL" -q -c "create table if not exists left_$(date +%s%N) ()" && `),
		configured("backup-without-rows", "database.restore", "the backup leaves out the rows of a table",
			"pg_dump --format", "pg_dump --exclude-table-data=gastos --format"),
		configured("restore-without-sequences", "database.restore", "the restore leaves the sequences at their beginning",
			"  restore: pg_restore ", `  restore: pg_restore --list "$BACKUP" | grep -v "SEQUENCE SET" > "$BACKUP.list" && pg_restore --use-list="$BACKUP.list" `, "database.rollback"),
		configured("restore-without-grants", "database.restore", "the restore loses the grants",
			"pg_restore --exit-on-error", "pg_restore --no-privileges --exit-on-error", "database.rollback", "database.rto"),
		configured("restore-hides-failure", "database.backup", "the restore says that all went well, whatever happened",
			"  restore: pg_restore --exit-on-error --single-transaction --dbname=\"$TARGET_URL\" \"$BACKUP\"\n",
			"  restore: pg_restore --dbname=\"$TARGET_URL\" \"$BACKUP\" || true\n"),
		configured("lock-without-timeout", "database.locks", "a migration waits for its lock for ever",
			"  migrate_up: ", `  migrate_up: PSQL "$DATABASE_URL" -q -c "alter table if exists gastos alter column concepto set not null" && `),
		configured("recovery-too-slow", "database.rto", "the recovery takes longer than promised",
			"  restore: pg_restore ", "  restore: sleep 1 && pg_restore ", "", "  rto: 5m\n", "  rto: 1s\n"),
		configured("backups-too-rare", "database.rto", "backups are taken too rarely for what was promised",
			"  backup_every: 24h\n", "  backup_every: 48h\n"),
	}
}

// byHand is a disease of a database that somebody changed by hand after it was
// migrated. statement stands between single quotes of YAML.
func byHand(id, check, summary, statement string, consequences ...string) disease {
	return disease{ID: id, Check: check, Summary: summary, Consequences: consequences,
		infect: func(t *testing.T, w *workspace) {
			const after = "  # What the gate \"database\" needs"
			w.mustHold(t, after)
			w.write(t, "by_hand.sql", strings.ReplaceAll(statement, "''", "'")+";\n")
			// A statement that takes no effect fails the preparation, and the test with it.
			w.edits = append([]string{after, "    - " + psqlOfTheMachine(t) + ` "$DATABASE_URL" -v ON_ERROR_STOP=1 -q -f by_hand.sql` + "\n" + after}, w.edits...)
		}}
}

// configured is a disease of a command or a promise in listo.yaml: pairs of text
// and its replacement; PSQL stands for the program. "" ends the consequences.
func configured(id, check, summary, old, changed string, more ...string) disease {
	d := disease{ID: id, Check: check, Summary: summary}
	pairs := []string{old, changed}
	for i, one := range more {
		if one == "" {
			pairs = append(pairs, more[i+1:]...)
			break
		}
		d.Consequences = append(d.Consequences, one)
	}
	d.infect = func(t *testing.T, w *workspace) {
		edits := []string{}
		for i := 0; i < len(pairs); i += 2 {
			w.mustHold(t, pairs[i])
			edits = append(edits, pairs[i], strings.ReplaceAll(pairs[i+1], "PSQL", psqlOfTheMachine(t)))
		}
		w.edits = append(edits, w.edits...)
	}
	return d
}

// mustHold makes sure that an edit of listo.yaml will find its text.
func (w *workspace) mustHold(t *testing.T, text string) {
	t.Helper()
	src, err := os.ReadFile("examples/gastos/listo.yaml")
	if err != nil || strings.Count(string(src), text) != 1 {
		t.Fatalf("%q stands %d times in the patient's listo.yaml, want once: %v", text, strings.Count(string(src), text), err)
	}
}

// replaceIn changes a file of the workspace.
func (w *workspace) replaceIn(t *testing.T, name, old, changed string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, name))
	if err != nil || strings.Count(string(text), old) != 1 {
		t.Fatalf("%s does not hold %q once: %v", name, old, err)
	}
	w.write(t, name, strings.Replace(string(text), old, changed, 1))
}

func psqlOfTheMachine(t *testing.T) string {
	t.Helper()
	found, err := pgserver.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found.Psql
}
