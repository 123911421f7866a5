package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestStartAnswersAndStopLeavesNothing(t *testing.T) {
	temp := ownTemp(t)
	s := mustStart(t, Options{})
	if got := query[string](t, s.SuperuserURL("postgres"), "select current_setting('server_version')"); !strings.HasPrefix(got, s.Binaries.Version) {
		t.Errorf("the server is %s, the binaries said %s", got, s.Binaries.Version)
	}
	if log := s.Log(); !strings.Contains(log, "ready to accept connections") {
		t.Errorf("the log does not say that the server is ready:\n%s", log)
	}
	for range 2 { // a second Stop is harmless
		must(t, s.Stop())
	}
	wantEmpty(t, temp)
	wantNoProcess(t, s.SocketDir)
	if log := s.Log(); !strings.Contains(log, "database system is shut down") {
		t.Errorf("the log after Stop does not show the shutdown:\n%s", log)
	}
}

func TestTwoServersAreStrangers(t *testing.T) {
	ownTemp(t)
	one, two := mustStart(t, Options{}), mustStart(t, Options{})
	if one.Port == two.Port || one.SocketDir == two.SocketDir || one.SystemIdentifier == two.SystemIdentifier {
		t.Fatalf("two servers share port, directory or identity: %+v %+v", one, two)
	}
	execute(t, one.SuperuserURL("postgres"), "create table only_here (n int)", "checkpoint")
	if query[bool](t, two.SuperuserURL("postgres"), "select to_regclass('only_here') is not null") {
		t.Error("a table of one server is seen in the other")
	}
	const identity = "select system_identifier::text from pg_control_system()"
	for _, s := range []*Server{one, two} {
		if got := query[string](t, s.SuperuserURL("postgres"), identity); got != s.SystemIdentifier {
			t.Errorf("identity %s, want %s", got, s.SystemIdentifier)
		}
	}
	must(t, one.Stop())
	if got := query[int](t, two.SuperuserURL("postgres"), "select 1"); got != 1 {
		t.Error("stopping one server disturbed the other")
	}
}

// The write-ahead log carries the server's identity too. Only a recovery reads
// it, so make one happen.
func TestCrashRecoveryReadsItsOwnLog(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{Durable: true})
	execute(t, s.SuperuserURL("postgres"), "create table kept as select generate_series(1, 1000) n")
	conn := connect(t, s.SuperuserURL("postgres"))
	must(t, syscall.Kill(int(conn.PgConn().PID()), syscall.SIGKILL)) // the server restarts after a crashed backend
	eventually(t, "the server recovers", func() bool {
		return strings.Contains(s.Log(), "automatic recovery in progress") && strings.Count(s.Log(), "ready to accept connections") == 2
	})
	if got := query[int](t, s.SuperuserURL("postgres"), "select count(*) from kept"); got != 1000 {
		t.Errorf("%d rows after recovery, want 1000", got)
	}
}

func TestTCPRefusesWhoHasNoPassword(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{})
	must(t, s.CreateRole(t.Context(), "app"))
	for _, name := range []string{superuser, "app", "nobody_known"} {
		for _, password := range []string{"", "postgres", "wrong"} {
			address := fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/postgres?sslmode=disable", name, password, s.Port)
			_, err := pgx.Connect(t.Context(), address)
			var refused *pgconn.PgError
			if err == nil || (errors.As(err, &refused) && refused.Code != "28P01") {
				t.Errorf("%s with password %q: %v, want a refusal", name, password, err)
			}
		}
	}
	if got := query[string](t, s.SuperuserURL("postgres"), "show listen_addresses"); got != "127.0.0.1" {
		t.Errorf("the server listens on %s", got)
	}
	if got := query[string](t, s.SuperuserURL("postgres"), "select string_agg(type || ' ' || auth_method, ',' order by type) from pg_hba_file_rules"); got != "host scram-sha-256,local trust" {
		t.Errorf("access rules are %s", got)
	}
	if strings.Contains(s.Log(), s.passwords[superuser]) || strings.Contains(s.Log(), s.passwords["app"]) {
		t.Error("a password stands in the log")
	}
}

func TestSocketIsPrivate(t *testing.T) {
	ownTemp(t)
	s := mustStart(t, Options{})
	info, err := os.Stat(s.SocketDir)
	must(t, err)
	if mode := info.Mode().Perm(); mode != 0o700 {
		t.Errorf("the socket's directory has mode %o", mode)
	}
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != s.dir.account.uid || owner == 0 {
		t.Errorf("the socket's directory belongs to uid %d", owner)
	}
	if os.Geteuid() != 0 {
		return // the mode is all that a normal user can show
	}
	stranger, err := user.Lookup("nobody")
	must(t, err)
	knocker := perform(t, "knock", stranger, "HOME=/nonexistent", "PGSERVER_TEST_SOCKET="+s.SocketDir, fmt.Sprintf("PGSERVER_TEST_PORT=%d", s.Port))
	if err := knocker.command.Wait(); err == nil || !strings.Contains(knocker.errors.String(), "permission denied") {
		t.Errorf("another user at the socket: %v %s, want permission denied", err, knocker.errors)
	}
}

func TestAPortTakenMeanwhileIsReplaced(t *testing.T) {
	ownTemp(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	picks := 0
	s, err := start(t.Context(), Options{}, func() (int, error) {
		if picks++; picks == 1 {
			return taken.Addr().(*net.TCPAddr).Port, nil
		}
		return freePort()
	})
	must(t, err)
	defer s.Stop()
	if picks != 2 || s.Port == taken.Addr().(*net.TCPAddr).Port {
		t.Errorf("%d ports tried, now on %d", picks, s.Port)
	}
}

func TestPortsThatAreAllTakenAreAnError(t *testing.T) {
	temp := ownTemp(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	picks := 0
	_, err = start(t.Context(), Options{}, func() (int, error) {
		picks++
		return taken.Addr().(*net.TCPAddr).Port, nil
	})
	wantError(t, err, "exited before it answered", "Address already in use")
	if picks != portAttempts {
		t.Errorf("%d ports tried, want %d", picks, portAttempts)
	}
	wantEmpty(t, temp)
}

func TestSettings(t *testing.T) {
	temp := ownTemp(t)
	s := mustStart(t, Options{MaxConnections: 7, Durable: true, Settings: map[string]string{"log_line_prefix": `it's a \ `, "WORK_MEM": "3MB"}})
	for name, want := range map[string]string{
		"max_connections": "7", "fsync": "on", "full_page_writes": "on", "autovacuum": "on", "log_line_prefix": `it's a \ `, "work_mem": "3MB",
	} {
		if got := query[string](t, s.SuperuserURL("postgres"), "select current_setting($1)", name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	must(t, s.Stop())
	fast := mustStart(t, Options{})
	if got := query[string](t, fast.SuperuserURL("postgres"), "show fsync"); got != "off" {
		t.Errorf("fsync is %s in a server that need not be durable", got)
	}
	must(t, fast.Stop())
	for _, refused := range []Options{
		{Settings: map[string]string{"listen_addresses": "*"}},
		{Settings: map[string]string{"HBA_FILE": "/dev/null"}},
		{Settings: map[string]string{"work_mem": "1MB'\nlisten_addresses = '*"}},
		{Settings: map[string]string{"a = 'b'\nport": "1"}},
		{MaxConnections: -1},
	} {
		if _, err := Start(t.Context(), refused); err == nil {
			t.Errorf("%+v was taken", refused)
		}
	}
	wantEmpty(t, temp)
}

func TestFailureShowsTheServersLog(t *testing.T) {
	temp := ownTemp(t)
	_, err := Start(t.Context(), Options{Settings: map[string]string{"shared_buffers": "plenty"}})
	wantError(t, err, "pgserver: cannot start PostgreSQL", `invalid value for parameter "shared_buffers": "plenty"`)
	wantEmpty(t, temp)
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	ownCache(t) // empty: the start must run initdb
	temp := ownTemp(t)
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Start(ctx, Options{})
		wantError(t, err, "cancel")
		wantEmpty(t, temp)
	})
	t.Run("during initdb", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			eventually(t, "initdb runs", func() bool { return initdbRuns(temp) })
			cancel()
		}()
		_, err := Start(ctx, Options{})
		wantError(t, err, "cancel", "initdb")
		wantEmpty(t, temp)
	})
	t.Run("before the first answer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := start(ctx, Options{}, func() (int, error) { cancel(); return freePort() })
		wantError(t, err, "cancel")
		wantEmpty(t, temp)
	})
}
