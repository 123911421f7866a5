package service

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
)

// managed is the test's own service on a scratch database.
func managed() *config.Config {
	return &config.Config{
		Name: "patient", Folder: "/",
		Service: config.Service{Mode: config.Managed, Start: "exec " + os.Args[0], URL: "http://127.0.0.1:{port}/", Ready: "/ready",
			ReadyWithin: patience, StopWithin: patience,
			Environment: map[string]string{roleVariable: "serve", "ALSO": "{database_url}|{port}"}},
		Database: config.Database{Scratch: true, Name: "shop", User: "app", Owner: "shop_owner", MaxConnections: 30,
			Prepare: []string{`psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -c 'create table things (id int); insert into things select generate_series(1, 5); grant all on things to app'`}},
	}
}

func newClaim(t *testing.T) *Claim {
	t.Helper()
	claim, err := NewClaim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := claim.Release(); err != nil {
			t.Error(err)
		}
	})
	return claim
}

// lay prepares a ground that must succeed.
func lay(t *testing.T, cfg *config.Config) *Ground {
	t.Helper()
	r := record(t)
	g, err := Lay(t.Context(), cfg, newClaim(t), r)
	t.Cleanup(func() {
		if err := g.Clear(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatalf("%v: %+v", err, steps(t, r))
	}
	return g
}

func ask[T any](t *testing.T, url, question string) (answer T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), question).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return answer
}

func databases(t *testing.T, url string) string {
	t.Helper()
	return ask[string](t, url, "select string_agg(datname, ' ' order by datname) from pg_database")
}

// Each stay has a fresh service on a fresh clone, and leaves neither.
func TestAStayLeavesThingsAsFound(t *testing.T) {
	temp := ownTemp(t)
	g := lay(t, managed())
	maintenance := g.server.SuperuserURL("postgres")
	before := databases(t, maintenance)
	for _, gate := range []string{"pool", "secrets"} {
		r := record(t)
		stay, err := g.Open(t.Context(), gate, r)
		if err != nil {
			t.Fatal(err)
		}
		target := stay.Target
		if n := ask[int](t, target.DatabaseURL, "select count(*) from things"); n != 5 {
			t.Errorf("%s: the clone has %d things: the gate before it wrote into the template", gate, n)
		}
		if user := ask[string](t, target.DatabaseURL, "select current_user"); user != "app" {
			t.Errorf("the service comes as %s", user)
		}
		if super := ask[bool](t, target.AdminURL, "select rolsuper and current_database() = '"+databaseOf(t, target.DatabaseURL)+"' from pg_roles where rolname = current_user"); !super {
			t.Error("listo's own session is not the superuser's in the clone")
		}
		obey(t, target.DatabaseURL, "insert into things values (6)")
		env := environmentOf(t, target.Base)
		want := map[string]string{"DATABASE_URL": target.DatabaseURL, "ALSO": target.DatabaseURL + "|" + env["PORT"], mark: g.claim.Folder}
		for name, value := range want {
			if env[name] != value || target.Environment[name] != value {
				t.Errorf("%s is %q there and %q on the target, want %q", name, env[name], target.Environment[name], value)
			}
		}
		if target.Base != "http://127.0.0.1:"+env["PORT"] || target.PID == 0 || !alive(target.PID) {
			t.Errorf("the target: %+v", target)
		}
		handled := stay.Close(r)
		if handled.Err != "" || handled.Act != "stopped by itself" || alive(target.PID) {
			t.Errorf("%+v", handled)
		}
		if after := databases(t, maintenance); after != before {
			t.Errorf("the databases were %q and are %q", before, after)
		}
		for _, s := range steps(t, r) {
			if strings.Contains(s.Replay, databasePassword(t, target.DatabaseURL)) {
				t.Errorf("a password stands in %q", s.Replay)
			}
		}
	}
	if err := g.Clear(); err != nil {
		t.Fatal(err)
	}
	wantLeft(t, temp, filepath.Base(g.claim.Folder))
}

func databaseOf(t *testing.T, url string) string       { return parse(t, url).Database }
func databasePassword(t *testing.T, url string) string { return parse(t, url).Password }

func parse(t *testing.T, url string) *pgx.ConnConfig {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func obey(t *testing.T, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func environmentOf(t *testing.T, base string) map[string]string {
	t.Helper()
	resp, err := http.Get(base + "/env")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var pairs []string
	if err := json.NewDecoder(resp.Body).Decode(&pairs); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

// A ground that cannot be laid says why, and clears away what there is of it.
func TestAGroundThatCannotBeLaid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"the build fails":      {func(c *config.Config) { c.Service.Build = "echo line one >&2; exit 3" }, "it ended with 3: line one"},
		"the build is missing": {func(c *config.Config) { c.Service.Build = "listo-no-such-program" }, "it ended with 127"},
		"no such folder":       {func(c *config.Config) { c.Service.Build, c.Service.Directory = "true", "no/such/folder" }, "no/such/folder"},
		"preparing fails":      {func(c *config.Config) { c.Database.Prepare = append(c.Database.Prepare, "echo half done; exit 9") }, "it ended with 9: half done"},
		"SQL that is none":     {func(c *config.Config) { c.Database.Prepare = []string{`psql -X "$DATABASE_URL" -c nonsense`} }, "nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := ownTemp(t)
			cfg, r := managed(), record(t)
			c.change(cfg)
			claim := newClaim(t)
			g, err := Lay(t.Context(), cfg, claim, r)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if all := steps(t, r); len(all) == 0 {
				t.Error("nothing is on the record")
			}
			if err := g.Clear(); err != nil {
				t.Error(err)
			}
			wantLeft(t, temp, filepath.Base(claim.Folder))
		})
	}
}

// A service that does not come up leaves no clone and no process.
func TestAServiceThatDoesNotComeUp(t *testing.T) {
	ownTemp(t)
	cfg := managed()
	cfg.Service.Environment["EXITS"], cfg.Service.Environment["SAYS"] = "1", "connecting to {database_url} failed"
	g := lay(t, cfg)
	before := databases(t, g.server.SuperuserURL("postgres"))
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err == nil || !strings.Contains(err.Error(), "ended before it was ready") || strings.Contains(err.Error(), databasePassword(t, stay.Target.DatabaseURL)) {
		t.Errorf("got %v", err)
	}
	if handled := stay.Close(r); handled.Err != "" || handled.Act != "it had ended before it was stopped" {
		t.Errorf("%+v", handled)
	}
	if after := databases(t, g.server.SuperuserURL("postgres")); after != before {
		t.Errorf("the databases were %q and are %q", before, after)
	}
}

// What the service leaves behind itself ends with the stay, not with the audit.
func TestADaemonOfTheServiceEndsWithTheStay(t *testing.T) {
	ownTemp(t)
	folder := t.TempDir()
	cfg := managed()
	cfg.Database = config.Database{}
	cfg.Service.Start = fmt.Sprintf(`(setsid sh -c 'echo $$ >%s/pid; exec sleep 600' &); exec %s`, folder, os.Args[0])
	g := lay(t, cfg)
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err != nil {
		t.Fatal(err)
	}
	var daemon int
	eventually(t, "the daemon runs", func() bool {
		text, err := os.ReadFile(filepath.Join(folder, "pid"))
		return err == nil && scan(string(text), &daemon)
	})
	if handled := stay.Close(r); handled.Err != "" || handled.Act != "stopped by itself" {
		t.Errorf("%+v", handled)
	}
	if alive(daemon) {
		t.Error("the daemon lives")
	}
}

// A server that dies is an error of every stay after it, and hangs nothing.
func TestTheDatabaseDies(t *testing.T) {
	ownTemp(t)
	g := lay(t, managed())
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.server.Stop(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if handled := stay.Close(r); handled.Err == "" || alive(stay.Target.PID) {
			t.Errorf("%+v", handled)
		}
		if _, err := g.Open(t.Context(), "secrets", r); err == nil {
			t.Error("a stay without a database")
		}
	}()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("it waits for a dead server")
	}
}
