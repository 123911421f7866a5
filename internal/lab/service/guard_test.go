package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/engine/loopback"
	"listo/internal/engine/pgserver"
)

func session(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
}

func TestGuard(t *testing.T) {
	server := startServer(t, pgserver.Options{})
	ctx := t.Context()
	for _, role := range []string{"looker", "blind", "stranger"} {
		if err := server.CreateRole(ctx, role); err != nil {
			t.Fatal(err)
		}
	}
	obey(t, server.SuperuserURL("postgres"), "grant pg_monitor to looker")
	recorded := func(change ...func(*config.Config)) *config.Config {
		cfg := &config.Config{Service: config.Service{Mode: config.Managed},
			Database: config.Database{Name: "shop", SystemIdentifier: server.SystemIdentifier, URL: server.URL("shop", "app"), AdminURL: server.URL("shop", "looker")}}
		for _, c := range change {
			c(cfg)
		}
		return cfg
	}
	attached := func(c *config.Config) { c.Service.Mode = config.Attached }
	blind := func(c *config.Config) { c.Database.AdminURL = server.URL("shop", "blind") }
	cases := []struct {
		name string
		cfg  *config.Config
		in   []string // roles with a session in the database
		want string   // in the error; "" for none
	}{
		{"the recorded one, empty", recorded(), nil, ""},
		{"a scratch one needs no guard", &config.Config{Database: config.Database{Scratch: true}}, nil, ""},
		{"never recorded", recorded(func(c *config.Config) { c.Database.SystemIdentifier = "" }), nil, "run listo init"},
		{"its name never recorded", recorded(func(c *config.Config) { c.Database.Name = "" }), nil, "run listo init"},
		{"another cluster", recorded(func(c *config.Config) { c.Database.SystemIdentifier = "7000000000000000001" }), nil, "7000000000000000001"},
		{"another database", recorded(func(c *config.Config) { c.Database.Name = "shop_production" }), nil, "shop_production"},
		{"nobody there", recorded(func(c *config.Config) { c.Database.AdminURL = "postgres://a:b@127.0.0.1:1/shop" }), nil, "connecting"},
		{"a stranger", recorded(), []string{"stranger"}, "stranger"},
		{"a stranger, attached", recorded(attached), []string{"stranger"}, "stranger"},
		{"the service's own role, attached", recorded(attached), []string{"app", "app"}, ""},
		{"the service's own role, managed", recorded(), []string{"app"}, "app"},
		{"a superuser", recorded(attached), []string{"postgres"}, "postgres"},
		{"a stranger before blind eyes", recorded(attached, blind), []string{"stranger"}, "pg_monitor"},
		{"blind eyes alone", recorded(attached, blind), nil, "pg_monitor"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, role := range c.in {
				session(t, server.URL("shop", role))
			}
			r := record(t)
			err := Guard(ctx, c.cfg, c.cfg.Database.AdminURL, r)
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "database: ") {
				t.Errorf("the error does not start with the thing: %v", err)
			}
		})
		waitEmpty(t, server)
	}
}

// waitEmpty waits until the sessions of the last case are gone from the server's
// view: a closed connection lingers there for a moment.
func waitEmpty(t *testing.T, server *pgserver.Server) {
	t.Helper()
	eventually(t, "nobody is in the database", func() bool {
		return ask[int](t, server.SuperuserURL("postgres"), "select count(*) from pg_stat_activity where datname = 'shop'") == 0
	})
}

// A standby has the name and the identifier of its primary: only the server can
// tell.
func TestGuardRefusesAStandby(t *testing.T) {
	primary := startServer(t, pgserver.Options{Durable: true})
	standby := follow(t, primary)
	url := strings.Replace(primary.SuperuserURL("shop"), fmt.Sprintf(":%d/", primary.Port), fmt.Sprintf(":%d/", standby), 1)
	cfg := &config.Config{Service: config.Service{Mode: config.Managed},
		Database: config.Database{Name: "shop", SystemIdentifier: primary.SystemIdentifier, URL: url, AdminURL: url}}
	if err := Guard(t.Context(), cfg, primary.SuperuserURL("shop"), record(t)); err != nil {
		t.Fatalf("the primary itself: %v", err)
	}
	if err := Guard(t.Context(), cfg, url, record(t)); err == nil || !strings.Contains(err.Error(), "standby") {
		t.Errorf("got %v", err)
	}
}

// follow copies a server that rests after a checkpoint and starts the copy as a
// standby; it gives its port.
func follow(t *testing.T, primary *pgserver.Server) int {
	t.Helper()
	obey(t, primary.SuperuserURL("postgres"), "checkpoint")
	data := ask[string](t, primary.SuperuserURL("postgres"), "show data_directory")
	copied, err := os.MkdirTemp("", "stb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(copied) })
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("cp", "-a", data, filepath.Join(copied, "data")).CombinedOutput()
	if err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	to := filepath.Join(copied, "data")
	must(errors.Join(os.Remove(filepath.Join(to, "postmaster.pid")), os.Chmod(copied, 0o755)))
	must(os.WriteFile(filepath.Join(to, "standby.signal"), nil, 0o600))
	must(os.WriteFile(filepath.Join(to, "postgresql.conf"), nil, 0o600))
	must(os.WriteFile(filepath.Join(to, "pg_hba.conf"), []byte("host all all 127.0.0.1/32 scram-sha-256\n"), 0o600))
	must(filepath.WalkDir(copied, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
	}))
	port, err := loopback.FreePort()
	must(err)
	log, err := os.Create(filepath.Join(copied, "log"))
	must(err)
	defer log.Close()
	cmd := exec.Command(primary.Binaries.Postgres, "-D", to, "-h", "127.0.0.1", "-p", fmt.Sprint(port), "-k", copied, "-c", "hot_standby=on")
	cmd.Dir, cmd.Env = copied, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid, NoSetGroups: true}
	}
	must(cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGQUIT); _ = cmd.Wait() })
	eventually(t, "the standby lets one in", func() bool {
		text, err := os.ReadFile(log.Name())
		return err == nil && strings.Contains(string(text), "ready to accept read-only connections")
	})
	return port
}
