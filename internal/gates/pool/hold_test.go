package pool

import (
	"bufio"
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/lab"
)

// holderURL, when set, makes this test binary a process that locks a table and
// never lets go.
const holderURL = "LISTO_POOL_TEST_HOLDER_URL"

func holdForEver() {
	folder, err := os.MkdirTemp("", "listo-hold-*")
	if err != nil {
		panic(err)
	}
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		panic(err)
	}
	b := &lab.Bench{Config: &config.Config{}, Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now)}
	b.Target.AdminURL = os.Getenv(holderURL)
	p := &probe{bench: b}
	h, code, err := p.tryLock(context.Background(), []string{"public.gastos"})
	_ = os.RemoveAll(folder)
	if err != nil || h == nil {
		fmt.Println("refused", code, err)
		os.Exit(1)
	}
	fmt.Println("held", h.session.PID())
	select {}
}

// holder starts the child and gives it once it holds the table.
func holder(t *testing.T, p place) (child *osexec.Cmd, pid int) {
	t.Helper()
	child = osexec.Command(os.Args[0])
	child.Env = append(os.Environ(), holderURL+"="+p.admin)
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if n, _ := fmt.Sscanf(line, "held %d", &pid); err != nil || n != 1 {
		t.Fatalf("the child said %q: %v", line, err)
	}
	return child, pid
}

// begun gives when the session's transaction began, by the server's clock.
func begun(t *testing.T, conn *pgx.Conn, pid int) (began time.Time) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "select xact_start from pg_stat_activity where pid = $1", pid).Scan(&began); err != nil {
		t.Fatalf("the child's session: %v", err)
	}
	return began
}

// heldFor waits until the session holds no lock any more and gives how long its
// transaction lasted, by the server's clock.
func heldFor(t *testing.T, conn *pgx.Conn, pid int, began time.Time) time.Duration {
	t.Helper()
	for {
		var now time.Time
		var locks int
		err := conn.QueryRow(t.Context(), "select clock_timestamp(), (select count(*) from pg_locks where pid = $1 and mode = 'AccessExclusiveLock')", pid).Scan(&now, &locks)
		if err != nil {
			t.Fatal(err)
		}
		if locks == 0 {
			return now.Sub(began)
		}
		if now.Sub(began) > 20*time.Second {
			t.Fatal("the lock is still held after 20 s")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// The lock of a listo that was killed or frozen goes away by itself within two
// seconds: the bound is the subject of this test.
func TestLockIsGoneWithinTwoSeconds(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "frozen": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			conn := connect(t, p.admin, "test")
			defer conn.Close(context.Background())
			child, pid := holder(t, p)
			began := begun(t, conn, pid)
			if err := child.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			held := heldFor(t, conn, pid, began)
			t.Logf("held for %v", held)
			if held > 2*time.Second {
				t.Errorf("held for %v, promised at most 2 s", held)
			}
			exec(t, p.app, "select count(*) from gastos")
		})
	}
}

func TestCancelledHoldIsReleased(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	b.Limits = limitsOf(effective())
	ctx, cancel := context.WithCancel(t.Context())
	locked := make(chan struct{})
	b.Progress = func(done, _ int) {
		if done == 1 {
			close(locked)
			cancel()
		}
	}
	if _, err := runEffective(ctx, b); err == nil {
		t.Error("a cancelled run gave an observation")
	}
	<-locked
	conn := connect(t, p.admin, "test")
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(t.Context(), "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and pid <> pg_backend_pid()").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d locks are still held (%v)", n, err)
	}
}

func TestLockRefusedByLeak(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	leaked := connect(t, p.app, "gastos")
	defer leaked.Close(context.Background())
	if _, err := leaked.Exec(t.Context(), "begin; select count(*) from gastos"); err != nil {
		t.Fatal(err)
	}
	want(t, try(t, b, effectiveID), 1, "leak")
	want(t, try(t, b, leaksID), 1, "leaked")
	want(t, try(t, b, churnID), 0, "occupied")
}

// A transaction of somebody else is no leak of the service.
func TestLockRefusedByStranger(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "4", reading(p.newPool(t, "gastos", 4)))
	stranger := connect(t, p.admin, "psql")
	defer stranger.Close(context.Background())
	if _, err := stranger.Exec(t.Context(), "begin; select count(*) from gastos"); err != nil {
		t.Fatal(err)
	}
	want(t, try(t, b, effectiveID), 0, "occupied")
}

// A statement that names the tables must not be fooled by their names.
func TestStrangeTableNames(t *testing.T) {
	p := newPlace(t)
	exec(t, p.admin, `create schema "Drop; --"; create table "Drop; --"."a""b, c" (id int); alter table gastos set schema "Drop; --";
		grant usage on schema "Drop; --" to app; alter role app in database `+pgx.Identifier{databaseOf(t, p.admin)}.Sanitize()+` set search_path = "Drop; --"`)
	b := p.serve(t, "3", reading(p.newPool(t, "gastos", 3)))
	want(t, try(t, b, effectiveID, "repeats", 1), 2, "exact")
}

func databaseOf(t *testing.T, url string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Database
}
