package service

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
)

// An attached service is looked at and never stopped.
func TestAnAttachedServiceStays(t *testing.T) {
	p, base := run(t, map[string]string{"SAYS": "hello"})
	if err := p.awaitReady(t.Context(), base+"/ready", patience); err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Folder: filepath.Dir(p.log), Service: config.Service{Mode: config.Attached, URL: base + "/", Log: filepath.Base(p.log)},
		Environment: map[string]string{"JWT_SECRET": "in the file"}}
	g := lay(t, cfg)
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err != nil {
		t.Fatal(err)
	}
	if log, err := stay.Target.Log(); err != nil || string(log) != "hello\n" {
		t.Errorf("the log: %q, %v", log, err)
	}
	if stay.Target.Base != base || stay.Target.Environment["JWT_SECRET"] != "in the file" || stay.Target.PID != 0 {
		t.Errorf("the target: %+v", stay.Target)
	}
	if handled := stay.Close(r); handled.Err != "" || handled.Act != "the patient was only looked at" || !alive(p.cmd.Process.Pid) {
		t.Errorf("%+v", handled)
	}
}

// A database of the user's own keeps what it has, and gets nothing.
func TestAnExistingDatabaseIsLeftAsFound(t *testing.T) {
	server := startServer(t, pgserver.Options{})
	obey(t, server.SuperuserURL("shop"), "create table things (id int); grant all on things to app; insert into things values (1), (2)")
	waitEmpty(t, server)
	cfg := managed()
	cfg.Database = config.Database{Name: "shop", SystemIdentifier: server.SystemIdentifier, URL: server.URL("shop", "app"), AdminURL: server.SuperuserURL("shop")}
	g := lay(t, cfg)
	before := databases(t, server.SuperuserURL("postgres"))
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err != nil {
		t.Fatal(err)
	}
	obey(t, stay.Target.DatabaseURL, "delete from things")
	if handled := stay.Close(r); handled.Err != "" {
		t.Errorf("%+v", handled)
	}
	if after := databases(t, server.SuperuserURL("postgres")); after != before {
		t.Errorf("the databases were %q and are %q", before, after)
	}
	if n := ask[int](t, server.SuperuserURL("shop"), "select count(*) from things"); n != 2 {
		t.Errorf("%d things are left of 2", n)
	}
}

// A template in use cannot be copied: the error says what to do.
func TestATemplateInUse(t *testing.T) {
	server := startServer(t, pgserver.Options{})
	cfg := managed()
	cfg.Database = config.Database{Name: "shop", SystemIdentifier: server.SystemIdentifier, URL: server.URL("shop", "app"), AdminURL: server.SuperuserURL("shop")}
	g := lay(t, cfg)
	waitEmpty(t, server)
	before := databases(t, server.SuperuserURL("postgres"))
	stranger, err := pgx.Connect(t.Context(), server.SuperuserURL("shop"))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close(context.Background())
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err == nil || !strings.Contains(err.Error(), "end the sessions that use it") {
		t.Errorf("got %v", err)
	}
	if handled := stay.Close(r); handled.Err != "" {
		t.Errorf("%+v", handled)
	}
	if after := databases(t, server.SuperuserURL("postgres")); after != before {
		t.Errorf("the databases were %q and are %q", before, after)
	}
}

// startServer gives a server with the database shop of the role app.
func startServer(t *testing.T, options pgserver.Options) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.CreateRole(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	if err := server.CreateDatabase(t.Context(), "shop", "app"); err != nil {
		t.Fatal(err)
	}
	return server
}
