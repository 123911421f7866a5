package pool

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
)

// a and e of docs/innocents.md: a pool that opens nothing before it is asked, beside
// backends that are nobody's sessions: a WAL sender under the service's very name and
// role, and autovacuum's launcher.
func TestOtherBackendsAreNoSessions(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Options{MaxConnections: 100,
		Settings: map[string]string{"wal_level": "replica", "max_wal_senders": "2", "autovacuum": "on"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(adminURL, server.SuperuserURL("postgres"))
	p := newPlace(t)
	exec(t, p.admin, "alter role app replication")
	sending(t, p.app)

	conn := connect(t, p.admin, "test")
	for _, kind := range []string{"walsender", "autovacuum launcher"} {
		var there bool
		if err := conn.QueryRow(t.Context(), "select exists (select from pg_stat_activity where backend_type = $1)", kind).Scan(&there); err != nil || !there {
			t.Fatalf("there is no %s: %v", kind, err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	lazy := p.newPool(t, "gastos", 7)
	if open := lazy.Stat().TotalConns(); open != 0 {
		t.Fatalf("the pool has %d connections before it was asked", open)
	}
	b := p.serve(t, "7", reading(lazy))
	for _, check := range Gate().Checks {
		if f := try(t, b, check.ID, "repeats", 1); f.Outcome != evidence.Pass {
			t.Errorf("%s: %v (%s) %v", check.ID, f.Outcome, f.Reason, f.Facts)
		}
	}
}

// sending opens a connection of replication in a database, until the test ends.
func sending(t *testing.T, url string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.RuntimeParams["application_name"], cfg.RuntimeParams["replication"] = "gastos", "database"
	conn, err := pgconn.ConnectConfig(t.Context(), &cfg.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the server ends next
	if _, err := conn.Exec(t.Context(), "IDENTIFY_SYSTEM").ReadAll(); err != nil {
		t.Fatal(err)
	}
}
