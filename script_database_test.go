package listo_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"listo/internal/engine/pgserver"
)

// postgres starts a PostgreSQL that lives as long as the story, with a database,
// the role that owns it and the role of its service. It sets ADMIN_URL, OWNER_URL
// and ROLE_URL, the role's PASSWORD, and SYSTEM_IDENTIFIER.
func postgres(ts *testscript.TestScript, args []string) {
	ctx := context.Background()
	server, err := pgserver.Start(ctx, pgserver.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = server.Stop() }) // the next start sweeps what it leaves
	database, owner, role := args[0], args[1], args[2]
	ts.Check(server.CreateRole(ctx, owner))
	ts.Check(server.CreateRole(ctx, role))
	ts.Check(server.CreateDatabase(ctx, database, owner))
	ts.Setenv("ADMIN_URL", server.SuperuserURL(database))
	ts.Setenv("OWNER_URL", server.URL(database, owner))
	ts.Setenv("ROLE_URL", server.URL(database, role))
	parsed, err := pgx.ParseConfig(server.URL(database, role))
	ts.Check(err)
	ts.Setenv("PASSWORD", parsed.Password)
	ts.Setenv("SYSTEM_IDENTIFIER", server.SystemIdentifier)
}

// inventory writes down all that a database holds: its schemas, relations with
// their number of rows, functions, roles, databases, and listo's sessions.
func inventory(ts *testscript.TestScript, args []string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, ts.Getenv("ADMIN_URL"))
	ts.Check(err)
	defer conn.Close(ctx)
	var all strings.Builder
	for _, question := range []string{
		`select 'database ' || datname from pg_database order by 1`,
		`select 'role ' || rolname from pg_roles order by 1`,
		`select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_(toast_)?temp_' order by 1`,
		`select 'function ' || oid::regprocedure::text from pg_proc where oid >= 16384 order by 1`,
		`select 'session of ' || application_name from pg_stat_activity where application_name like 'listo%' order by 1`,
		`select relkind::text || ' ' || oid::regclass::text || ' ' || case when relkind = 'r' then
			(xpath('/row/c/text()', query_to_xml('select count(*) as c from ' || oid::regclass::text, true, true, '')))[1]::text else '' end
			from pg_class where oid >= 16384 and relkind in ('r', 'v', 'm', 'S', 'i') and relnamespace <> 'pg_toast'::regnamespace order by 1`,
	} {
		rows, err := conn.Query(ctx, question)
		ts.Check(err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		ts.Check(err)
		fmt.Fprintln(&all, strings.Join(lines, "\n"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(all.String()), 0o644))
}

// stranger opens a session that stays until the story ends.
func stranger(ts *testscript.TestScript, args []string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, args[0])
	ts.Check(err)
	ts.Defer(func() { _ = conn.Close(ctx) })
}
