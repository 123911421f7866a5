package load

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/load"
	"listo/internal/engine/pgserver"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// A service whose requests wait for a row that another session holds: the run shows
// who waited, for how long, and who held the lock.
func TestTheDatabasesSideRunsAlong(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	url := server.SuperuserURL("postgres")
	holder, waiter := connect(t, url), connect(t, url)
	for _, statement := range []string{"create table counters (n int)", "insert into counters values (1)", "begin", "update counters set n = 2 -- the holder"} {
		if _, err := holder.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := waiter.Exec(context.WithoutCancel(t.Context()), "update counters set n = 3")
		waiting <- err
	}()
	b, _ := place(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(5 * time.Millisecond) })
	b = b.At(lab.Target{Base: b.Target.Base, AdminURL: url})
	run, err := Send(t.Context(), b, "held", scenario(), load.Profile{Users: 2, Duration: 1500 * time.Millisecond, Timeout: 5 * time.Second, Budget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Fatal(err)
	}
	last := Sample{}
	for _, s := range run.Database.Samples {
		last = s
	}
	if last.Open != 2 || last.Busy != 1 || last.Waiting != 1 || last.Holding != 1 || last.Longest <= 0 {
		t.Errorf("%+v", run.Database.Samples)
	}
	if all := run.Database.Statements; len(all) != 1 || !all[0].Waited || all[0].Text != "update counters set n = 3" || !strings.Contains(all[0].Blocker, "the holder") {
		t.Errorf("%+v", all)
	}
	if csv := string(run.course()); !strings.Contains(csv, "db_longest_ms\n") || !strings.Contains(csv, ",2,1,1,1,") {
		t.Errorf("%s", csv)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// A database that cannot be reached costs the run nothing but its columns.
func TestNoDatabaseIsNoFault(t *testing.T) {
	b, _ := place(t, func(w http.ResponseWriter, r *http.Request) {})
	for _, url := range []string{"", "postgres://nobody@127.0.0.1:1/none"} {
		b := b.At(lab.Target{Base: b.Target.Base, AdminURL: url})
		run, err := Send(t.Context(), b, "alone", scenario(), load.Profile{Users: 1, Requests: 10, Timeout: time.Second})
		if err != nil || len(run.Database.Samples) != 0 || run.Total.Requests != 10 {
			t.Errorf("%q: %+v, %v", url, run, err)
		}
	}
}

func TestTheSlowestStatementsAreKept(t *testing.T) {
	d := Database{}
	for _, ms := range []float64{30, 10, 50, 20, 40, 60} {
		text := map[bool]string{true: "select slow", false: "select " + time.Duration(ms).String()}[ms >= 50]
		d.look(sql.Reading{AtMS: ms, Rows: sql.Rows{{"state": "active", "waits": false, "sessions": int32(1), "longest_ms": ms, "statement": text, "blocker": nil}}})
	}
	if len(d.Samples) != 6 || len(d.Statements) != mostStatements || d.Statements[0].Longest != 60*time.Millisecond || d.Statements[1].Longest != 40*time.Millisecond {
		t.Errorf("%+v", d)
	}
}
