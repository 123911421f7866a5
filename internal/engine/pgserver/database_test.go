package pgserver

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestRolesAndDatabases(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{})
	// Names that would break out of a careless quotation.
	const role, database = `app "owner"; --`, `gastos 100% "ñ" /?#`
	must(t, s.CreateRole(t.Context(), role))
	must(t, s.CreateDatabase(t.Context(), database, role))
	address := s.URL(database, role)
	execute(t, address, "create table gastos (id int)")
	if got := query[string](t, address, "select current_user || '|' || current_database()"); got != role+"|"+database {
		t.Errorf("connected as %s", got)
	}
	if query[bool](t, address, "select rolsuper or rolcreaterole or rolcreatedb or rolreplication from pg_roles where rolname = current_user") {
		t.Error("a created role has privileges")
	}
	must(t, s.DropDatabase(t.Context(), database))
	must(t, s.DropDatabase(t.Context(), database)) // gone already
	for _, name := range []string{"", strings.Repeat("x", 64), "a\x00b"} {
		if s.CreateRole(t.Context(), name) == nil || s.CreateDatabase(t.Context(), name, role) == nil {
			t.Errorf("name %q was taken", name)
		}
	}
	wantError(t, s.CreateRole(t.Context(), role), "already exists")
	if got := s.URL(database, role); got != address {
		t.Error("a refused second CreateRole changed the first one's password")
	}
}

func TestCloneIsTheSameAndApart(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{})
	must(t, s.CreateRole(t.Context(), "app"))
	must(t, s.CreateRole(t.Context(), "reader"))
	must(t, s.CreateDatabase(t.Context(), "live", "app"))
	execute(t, s.URL("live", "app"), "create table gastos as select generate_series(1, 5000) id", "grant select on gastos to reader")
	execute(t, s.SuperuserURL("postgres"),
		`alter database live set search_path = "$user", public, extra`,
		"alter role app in database live set statement_timeout = '7s'",
		"revoke connect on database live from public", "grant connect on database live to reader")
	must(t, s.CloneDatabase(t.Context(), "live", "copy"))

	if got := query[int](t, s.URL("copy", "reader"), "select count(*) from gastos"); got != 5000 {
		t.Errorf("the clone has %d rows, want 5000", got)
	}
	const attributes = `select concat_ws(';', pg_get_userbyid(datdba), datacl, datconnlimit, (
		select string_agg(setrole::regrole || ':' || setconfig::text, ',' order by setrole) from pg_db_role_setting where setdatabase = d.oid))
		from pg_database d where datname = $1`
	want := query[string](t, s.SuperuserURL("postgres"), attributes, "live")
	if !strings.Contains(want, "statement_timeout") || !strings.Contains(want, "extra") || !strings.Contains(want, "reader") {
		t.Fatalf("the original lacks what the clone must keep: %s", want)
	}
	if got := query[string](t, s.SuperuserURL("postgres"), attributes, "copy"); got != want {
		t.Errorf("the clone is %s\nwant %s", got, want)
	}
	if got := query[string](t, s.URL("copy", "app"), "show statement_timeout"); got != "7s" {
		t.Errorf("statement_timeout in the clone is %s", got)
	}
	execute(t, s.URL("copy", "app"), "delete from gastos")
	if got := query[int](t, s.URL("live", "app"), "select count(*) from gastos"); got != 5000 {
		t.Errorf("writing to the clone left %d rows in the original", got)
	}
}

func TestCloneOfABusyDatabaseIsRefused(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{})
	must(t, s.CreateDatabase(t.Context(), "busy", superuser))
	session := connect(t, s.SuperuserURL("busy"))
	defer session.Close(t.Context())
	wantError(t, s.CloneDatabase(t.Context(), "busy", "copy"), "close every connection")
	wantError(t, s.CloneDatabase(t.Context(), "nowhere", "copy"), `"nowhere" does not exist`)
	must(t, s.DropDatabase(t.Context(), "busy")) // with the session in it
	_, err := session.Exec(t.Context(), "select 1")
	var ended *pgconn.PgError
	if err == nil || (errors.As(err, &ended) && ended.Code != "57P01") {
		t.Errorf("the session in a dropped database: %v", err)
	}
}
