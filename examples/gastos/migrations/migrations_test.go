package migrations_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gastos/internal/testdb"
	"gastos/migrations"
)

const latest = 7

func to(t *testing.T, m *migrations.Migrator, version int64) {
	t.Helper()
	if _, err := m.To(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// catalog describes everything in the schema but goose's own table.
func catalog(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	rows, _ := conn.Query(t.Context(), `
		select format('%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
		from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i', 'S') and c.relname not like 'goose%'
		union all select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint where connamespace = 'public'::regnamespace
		union all select indexdef from pg_indexes where schemaname = 'public'
		union all select format('%s %s', relname, coalesce(relacl, acldefault('r', relowner))) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'goose%'
		union all select format('%s %s', t.typname, e.enumlabel) from pg_enum e join pg_type t on t.oid = e.enumtypid
		union all select format('schema %s', nspacl) from pg_namespace where nspname = 'public'
		order by 1`)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestUpDownUpIsAFixpoint(t *testing.T) {
	d := testdb.New(t)
	conn, m := testdb.Connect(t, d.Super), d.Migrator(t)
	at := map[int64]string{}
	for v := int64(1); v <= latest; v++ {
		to(t, m, v)
		at[v] = catalog(t, conn)
		if at[v] == at[v-1] {
			t.Errorf("migration %d changes nothing", v)
		}
	}
	for v := int64(latest - 1); v >= 1; v-- {
		to(t, m, v)
		if got := catalog(t, conn); got != at[v] {
			t.Errorf("down to %d is not the inverse:\n%s\n--- was\n%s", v, got, at[v])
		}
	}
	to(t, m, 0)
	var left int
	if err := conn.QueryRow(t.Context(), `select count(*) from pg_class where relnamespace = 'public'::regnamespace and relname not like 'goose%'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d things left at version 0: %v", left, err)
	}
	to(t, m, latest)
	if got := catalog(t, conn); got != at[latest] {
		t.Errorf("up again differs:\n%s\n--- was\n%s", got, at[latest])
	}
	if steps, err := m.Up(t.Context()); err != nil || len(steps) != 0 {
		t.Errorf("up twice: %v, %v", steps, err)
	}
}

func TestRolesBecomeRole(t *testing.T) {
	d := testdb.New(t)
	m, conn := d.Migrator(t), testdb.Connect(t, d.Owner)
	to(t, m, 3)
	for email, roles := range map[string]string{"a@x": "admin", "b@x": "empleado, admin", "c@x": "empleado", "d@x": "", "e@x": "administrativo", "f@x": "admin,empleado"} {
		if _, err := conn.Exec(t.Context(), `insert into usuarios (nombre, email, roles, password_hash) values ('x', $1, $2, 'h')`, email, roles); err != nil {
			t.Fatal(err)
		}
	}
	to(t, m, latest)
	var admins string
	if err := conn.QueryRow(t.Context(), `select string_agg(email, ' ' order by email) from usuarios where role = 'admin'`).Scan(&admins); err != nil || admins != "a@x b@x f@x" {
		t.Errorf("admins %q, %v", admins, err)
	}
	testdb.Exec(t, d.Owner, `insert into usuarios (nombre, email, role, "authMethod") values ('x', 'sso@x', 'admin', 'sso')`)
	to(t, m, 3)
	if err := conn.QueryRow(t.Context(), `select string_agg(email, ' ' order by email) from usuarios where roles = 'admin' and password_hash is not null`).Scan(&admins); err != nil || admins != "a@x b@x f@x sso@x" {
		t.Errorf("back at 3: admins %q, %v", admins, err)
	}
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return fmt.Sprint(err)
}

func TestTheSchemaRefuses(t *testing.T) {
	d := testdb.Seeded(t)
	owner, app := testdb.Connect(t, d.Owner), testdb.Connect(t, d.App)
	for _, c := range []struct {
		conn      *pgx.Conn
		sql, want string
	}{
		{owner, `update usuarios set role = 'x' where id = 5`, "22P02"},
		{owner, `update usuarios set role = null where id = 5`, "23502"},
		{owner, `update usuarios set "authMethod" = 'x' where id = 5`, "23514"},
		{owner, `update usuarios set "authMethod" = null where id = 5`, "23502"},
		{owner, `update usuarios set password_hash = null where id = 5`, "23514"},
		{owner, `update usuarios set email = 'USUARIO06@gastos.example' where id = 5`, "23505"},
		{owner, `select roles from usuarios`, "42703"},
		{owner, `update gastos set importe = 0 where id = 1`, "23514"},
		{owner, `update gastos set empresa_id = 999 where id = 1`, "23503"},
		{owner, `delete from usuarios where id = 5`, "23503"},
		{app, `update usuarios set role = 'admin'`, "42501"},
		{app, `insert into membresias values (4, 2)`, "42501"},
		{app, `delete from empresas`, "42501"},
		{app, `truncate gastos`, "42501"},
		{app, `create table x ()`, "42501"},
		{app, `alter table gastos add column x int`, "42501"},
		{app, `select * from goose_db_version`, "42501"},
	} {
		if _, err := c.conn.Exec(t.Context(), c.sql); code(err) != c.want {
			t.Errorf("%s: %s, want %s", c.sql, code(err), c.want)
		}
	}
	var loose int
	if err := owner.QueryRow(t.Context(), `
		select (select count(*) from pg_constraint where not convalidated) + (select count(*) from pg_index where not indisvalid)`).Scan(&loose); err != nil || loose != 0 {
		t.Errorf("%d constraints or indexes not valid: %v", loose, err)
	}
}

func TestMigrationsDoNotWaitForLocks(t *testing.T) {
	d := testdb.New(t)
	m := d.Migrator(t)
	to(t, m, 3)
	blocker := testdb.Connect(t, d.Super)
	if _, err := blocker.Exec(t.Context(), `begin; lock table usuarios in access share mode`); err != nil {
		t.Fatal(err)
	}
	if _, err := m.To(t.Context(), latest); code(err) != "55P03" {
		t.Errorf("behind a lock: %v", err)
	}
	if version, err := m.GetDBVersion(t.Context()); err != nil || version != 3 {
		t.Errorf("half-way at %d, %v", version, err)
	}
	if _, err := blocker.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	to(t, m, latest)
}

func TestMissingAppRoleIsLeftAlone(t *testing.T) {
	d := testdb.New(t)
	d.AppRole = "nobody_of_this_name"
	to(t, d.Migrator(t), latest)
	to(t, d.Migrator(t), 0)
}

func TestEveryMigrationSetsALockTimeoutBothWays(t *testing.T) {
	files, err := filepath.Glob("*.sql")
	if err != nil || len(files) != latest {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		up, down, found := strings.Cut(string(text), "-- +goose Down")
		if !found || !strings.Contains(up, "set local lock_timeout = ") || !strings.Contains(down, "set local lock_timeout = ") {
			t.Errorf("%s: not set both ways", file)
		}
	}
}

// goose keeps no digest: the manifest tells when a released migration was edited.
func TestReleasedMigrationsAreRecorded(t *testing.T) {
	recorded, err := os.ReadFile("../migrations.sha256")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.sql")
	if err != nil || len(files) != latest {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var found strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&found, "%x  %s\n", sha256.Sum256(text), file)
	}
	if found.String() != string(recorded) {
		t.Errorf("record it with (cd migrations && sha256sum *.sql) > migrations.sha256, but only a new file: a released one stays as it is. Found:\n%s", &found)
	}
}
