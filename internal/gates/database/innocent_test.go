package database

import (
	"testing"

	"listo/internal/engine/catalog"
)

// What databases are like without anything being wrong with them.
func TestInnocents(t *testing.T) {
	w := healthyTwin()
	w.after = []string{
		// Rows in another physical order, bloat, a column that was dropped: columns and
		// rows stand elsewhere in the copy.
		"alter table cuentas add column sobra int", "update cuentas set nombre = nombre || ''", "alter table cuentas drop column sobra", "delete from cuentas where id % 7 = 0",
		// Types whose text depends on settings.
		`create table rarezas (id int generated always as identity primary key, j jsonb, f float8, r real, n numeric, ts timestamptz, iv interval, b bytea, a text[], u uuid, d date, js json)`,
		`insert into rarezas (j, f, r, n, ts, iv, b, a, u, d, js) values ('{"b": 1, "a": [1.50]}', 0.1::float8 + 0.2, 1e-10, 1.500, now(), '1 mon 2 days 03:00', '\x00ff', '{NULL,"NULL",""}', gen_random_uuid(), 'infinity', '{"b":1,"a":2}'),
		 (null, 'NaN', '-Infinity', 'NaN', '-infinity', null, '', '{}', null, null, null)`,
		// A list of varchar values, which PostgreSQL writes otherwise once it was dumped.
		"create table estados (estado varchar(20) check (estado in ('abierto', 'cerrado')), check (estado <> 'it''s'))",
		// Another tool's schema, a view, a materialized view, a function, a trigger, a policy.
		"create schema otra", "create table otra._prisma_migrations (id text)", "create view ricas as select * from cuentas where clase = 'oro'",
		"create materialized view resumen as select clase, count(*) from cuentas group by 1",
		"create function suma(a int, b int default 1) returns int language sql immutable as 'select a + b'",
		"create function toca() returns trigger language plpgsql as $$ begin return new; end $$",
		"create trigger toque before update on cuentas for each row execute function toca()",
		"create table politica (id int)", "alter table politica enable row level security", "create policy mia on politica using (id > 0)",
		"create table partida (id int, k int) partition by range (k)", "create table partida_1 partition of partida for values from (0) to (10)", "insert into partida values (1, 5)",
		"create unlogged table cache (k text)", "create sequence suelta start 10", "select nextval('suelta')", "create domain positivo as int check (value > 0)",
		"comment on table cuentas is 'con comentario'", "create index partial on cuentas (lower(nombre)) where clase = 'oro'",
		"alter default privileges for role " + twinOwner + " grant select on tables to " + twinService,
		"revoke execute on function suma from public", "grant select (nombre) on cuentas to " + twinService,
	}
	w.settings.Statements = append(w.settings.Statements, Statement{SQL: "insert into estados values ('abierto')", SQLState: "00000", As: ""})
	b := lived(t, w)
	b.Config.Database.Owner = "postgres" // who made the rarities
	for id, reason := range map[string]string{restoreID: "identical", backupID: "noticed", ledgerID: "current", expectationsID: "met", rejectionsID: "as_wanted", soundID: "sound", rightsID: "narrow"} {
		for _, c := range Gate().Checks {
			if c.ID == id {
				expect(t, c, b, reason)
			}
		}
	}
}

// Rows that are written while the backup is taken are in neither: the source is
// read in the backup's own snapshot.
func TestWritesMeanwhileDoNotConfuse(t *testing.T) {
	w := healthyTwin()
	w.settings.Backup = `psql "$SOURCE_URL" -X -q -c "insert into cuentas (nombre) values ('meanwhile')" && ` + w.settings.Backup
	b := lived(t, w)
	// The sequence is part of no snapshot and has gone on: that is no difference.
	expect(t, restored(), b, "identical")
	w.settings.Backup = `psql "$SOURCE_URL" -X -q -c "update cuentas set nombre = nombre || '.'" && pg_dump --format=custom --file="$BACKUP" "$SOURCE_URL"`
	expect(t, restored(), b, "moving")
}

// Every change of a definition is seen. Each is tried in a transaction.
func TestEveryMutationOfTheCatalogIsSeen(t *testing.T) {
	b := lived(t, healthyTwin())
	s := session(t, b)
	execute(t.Context(), t, s, "create function f() returns int language sql as 'select 1'", "create type color as enum ('a', 'b')",
		"create view v as select 1 as uno", "create table hija (id int references cuentas, k int)", "create sequence s", "create index i on hija (k)",
		"create function g() returns trigger language plpgsql as $$ begin return new; end $$", "create trigger t before insert on hija for each row execute function g()",
		"create domain dom as int check (value > 0)")
	before, err := readCatalog(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, mutation := range []string{
		"alter table cuentas add column x int", "alter table cuentas drop column clase", "alter table cuentas rename column clase to klase",
		"alter table cuentas alter column clase type varchar(40)", "alter table cuentas alter column clase drop not null", "alter table cuentas alter column clase drop default",
		"alter table cuentas alter column clase set default 'oro'", "alter table cuentas alter column nombre type text collate \"C\"", "alter table cuentas alter column id drop identity",
		"alter table cuentas alter column id set generated always", "alter table cuentas drop constraint cuentas_clase_check", "alter table cuentas rename to kuentas",
		"alter table hija set unlogged", "alter table cuentas enable row level security", "alter table cuentas force row level security", "alter table cuentas set (fillfactor = 50)",
		"alter table cuentas replica identity full", "alter table cuentas owner to " + twinService, "comment on table cuentas is 'x'",
		"grant delete on cuentas to " + twinService, "revoke insert on cuentas from " + twinService, "grant update (clase) on cuentas to " + twinService,
		"grant select on cuentas to public", "grant usage on schema public to " + twinService, "alter schema public owner to " + twinOwner, "create schema nuevo",
		"create index j on hija (id)", "drop index i", "alter index i rename to ii", "create unique index u on hija (id)",
		"alter table hija drop constraint hija_id_fkey", "alter table hija add constraint c check (k > 0) not valid", "alter table hija add unique (k)", "alter table hija add primary key (id)",
		"drop trigger t on hija", "alter table hija disable trigger t", "create or replace function g() returns trigger language plpgsql as $$ begin return null; end $$",
		"create or replace function f() returns int language sql as 'select 2'", "alter function f() security definer", "alter function f() volatile strict", "revoke execute on function f() from public", "drop function f()",
		"create or replace view v as select 1 as uno, 2 as dos", "drop view v", "alter type color add value 'c'", "alter type color rename value 'a' to 'z'",
		"alter sequence s increment 5", "alter sequence s cycle", "alter sequence s maxvalue 99", "drop sequence s",
		"create policy p on hija using (true)", "create rule r as on insert to hija do instead nothing", "create table nueva ()", "alter domain dom set not null",
		"alter default privileges in schema public grant select on tables to " + twinService, "create materialized view m as select 1",
		"create aggregate agg (int) (sfunc = int4pl, stype = int)", "create event trigger e on ddl_command_end execute function evt()",
	} {
		execute(t.Context(), t, s, "begin", "set local search_path = public")
		if mutation == "create event trigger e on ddl_command_end execute function evt()" {
			execute(t.Context(), t, s, "create function evt() returns event_trigger language plpgsql as $$ begin end $$")
		}
		execute(t.Context(), t, s, mutation)
		after, err := readCatalog(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %v", mutation, err)
		}
		if len(catalog.Compare(before, after)) == 0 {
			t.Errorf("not seen: %s", mutation)
		}
		execute(t.Context(), t, s, "rollback")
	}
	after, err := readCatalog(t.Context(), s)
	if err != nil || after.Digest() != before.Digest() {
		t.Errorf("without a change it is another: %v %v", catalog.Compare(before, after), err)
	}
}
