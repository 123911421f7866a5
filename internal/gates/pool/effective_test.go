package pool

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"listo/internal/evidence"
)

func TestEffectiveSizes(t *testing.T) {
	for _, size := range []int{1, 2, 4, 10, 16, 32} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			p := newPlace(t)
			b := p.serve(t, fmt.Sprint(size), reading(p.newPool(t, "gastos", size)))
			want(t, try(t, b, effectiveID, "repeats", 1), evidence.Pass, "exact")
		})
	}
}

// A size that is not the declared one is found whatever the reason, and the
// right number is named.
func TestEffectiveDiffers(t *testing.T) {
	for _, c := range []struct {
		declared, real int
	}{{10, 20}, {10, 4}, {10, 1}, {10, 9}, {10, 11}, {5, 50}, {1, 2}} {
		t.Run(fmt.Sprintf("%d for %d", c.real, c.declared), func(t *testing.T) {
			p := newPlace(t)
			b := p.serve(t, fmt.Sprint(c.declared), reading(p.newPool(t, "gastos", c.real)))
			f := try(t, b, effectiveID, "repeats", 1)
			want(t, f, evidence.Fail, "differs")
			if f.Facts["measured"] != c.real {
				t.Errorf("measured %v, the pool has %d", f.Facts["measured"], c.real)
			}
		})
	}
}

func TestEffectiveTwoPools(t *testing.T) {
	p := newPlace(t)
	pools := []http.HandlerFunc{reading(p.newPool(t, "gastos", 5)), reading(p.newPool(t, "gastos-2", 5))}
	var n atomic.Int64
	b := p.serve(t, "5", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pools[n.Add(1)%2](w, r) }))
	f := try(t, b, effectiveID, "repeats", 1)
	want(t, f, evidence.Fail, "differs")
	if f.Facts["measured"] != 10 || len(f.Facts["callers"].([]string)) != 2 {
		t.Errorf("got %v, want 10 sessions of two callers", f.Facts)
	}
}

// connecting opens a connection for each request.
func connecting(p place, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cfg, err := pgx.ParseConfig(p.app)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		cfg.RuntimeParams["application_name"] = name
		conn, err := pgx.ConnectConfig(r.Context(), cfg)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer conn.Close(context.Background())
		reading(conn)(w, r)
	}
}

func TestConnectPerRequest(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "5", connecting(p, "gastos"))
	want(t, try(t, b, effectiveID, "repeats", 1), evidence.Fail, "unbounded")
	want(t, try(t, b, churnID), evidence.Fail, "churns")
}

// The leader of a parallel query waits before its workers start; workers are no
// connections.
func TestParallelQuery(t *testing.T) {
	p := newPlace(t)
	exec(t, p.admin, `insert into gastos (empresa_id, concepto) select i % 50, 'c' || i from generate_series(1, 200000) i; analyze gastos;
		alter table gastos set (parallel_workers = 2)`)
	pool := p.newPool(t, "gastos", 5, func(c *pgxpool.Config) {
		for name, value := range map[string]string{"parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0"} {
			c.ConnConfig.RuntimeParams[name] = value
		}
	})
	b := p.serve(t, "5", readingWith(pool, "select count(*), sum(length(concepto)) from gastos where id > $1"))
	want(t, try(t, b, effectiveID, "repeats", 1), evidence.Pass, "exact")
	want(t, try(t, b, samplingID), evidence.Pass, "sampled")
}

// The number needs no application_name, even beside a stranger without one.
func TestAnonymous(t *testing.T) {
	p := newPlace(t)
	stranger := connect(t, p.admin, "")
	defer stranger.Close(context.Background())
	b := p.serve(t, "5", reading(p.newPool(t, "", 5)))
	want(t, try(t, b, effectiveID, "repeats", 1), evidence.Pass, "exact")
	want(t, try(t, b, identityID), evidence.Fail, "anonymous")
}

// A role that cannot see other roles' sessions proves nothing.
func TestBlindRole(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "5", reading(p.newPool(t, "gastos", 5)))
	b.Target.AdminURL = p.app
	for _, check := range Gate().Checks {
		f := try(t, b, check.ID)
		want(t, f, evidence.Unproven, "blind")
		if f.Facts["role"] != "app" {
			t.Errorf("%s names the role %v", check.ID, f.Facts["role"])
		}
	}
	exec(t, p.admin, "grant pg_read_all_stats to app")
	defer exec(t, p.admin, "revoke pg_read_all_stats from app")
	want(t, try(t, b, effectiveID), evidence.Unproven, "forbidden")
}

func TestNotReached(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "5", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, check := range Gate().Checks {
		want(t, try(t, b, check.ID), evidence.Unproven, "not_reached")
	}
}

func TestUndeclared(t *testing.T) {
	p := newPlace(t)
	for _, declared := range []string{"", "abc", "0", "-4", "1e3"} {
		b := p.serve(t, declared, reading(p.newPool(t, "gastos", 3)))
		want(t, try(t, b, effectiveID), evidence.Unproven, "undeclared")
	}
}

func TestThrottled(t *testing.T) {
	p := newPlace(t)
	list := reading(p.newPool(t, "gastos", 5))
	var n atomic.Int64
	b := p.serve(t, "5", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 12 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		list(w, r)
	}))
	want(t, try(t, b, effectiveID), evidence.Unproven, "throttled")
	want(t, try(t, b, answeredID), evidence.Unproven, "throttled")
}

func TestSweep(t *testing.T) {
	for _, c := range []struct {
		declared, room int
		want           []int
	}{
		{10, 90, []int{30, 20, 11, 10, 5, 1}},
		{1, 90, []int{20, 3, 2, 1}},
		{32, 90, []int{90, 64, 33, 32, 20, 16, 1}},
		{50, 400, []int{100, 51, 50, 25, 20, 1}},
		{10, 4, []int{4, 1}},
		{10, 0, []int{}},
	} {
		if got := sweep(c.declared, 20, c.room); !slices.Equal(got, c.want) {
			t.Errorf("sweep(%d, 20, %d) = %v, want %v", c.declared, c.room, got, c.want)
		}
	}
}

// seen makes readings of a pool that takes at most real connections, as a test
// of the judge wants them.
func seen(declared, real int) Effective {
	o := Effective{Subject: knowing(declared), Reach: reached(), Concurrency: 20, Room: 90, Readings: []Reading{}}
	for range 3 {
		for _, k := range sweep(declared, 20, 90) {
			o.Readings = append(o.Readings, Reading{K: k, Waiting: min(k, real), Looks: 6, Steady: true, InFlight: k, InFlightAtEnd: k,
				Answers: Tally{Sent: k, Succeeded: k}})
		}
	}
	return o
}

func knowing(declared int) Subject {
	return Subject{Variable: "CONNECTION_POOL_SIZE", Declared: declared, SeesAll: true, ServerVersion: 150018, User: "app"}
}

func reached() Reach {
	return Reach{Tables: 2, Lockable: 2, Table: "public.gastos", Callers: []Caller{{"gastos", "app", "127.0.0.1"}}, Warm: Tally{Sent: 1, Succeeded: 1}}
}

func TestJudgeEffective(t *testing.T) {
	idle := &Refusal{Code: "55P03", Holders: []Holder{{Caller{"gastos", "app", "127.0.0.1"}, "idle in transaction", "public.gastos", 900}}}
	for _, c := range []struct {
		name    string
		change  func(*Effective)
		outcome evidence.Outcome
		reason  string
	}{
		{"exact", func(*Effective) {}, evidence.Pass, "exact"},
		{"larger", func(o *Effective) { *o = seen(10, 20) }, evidence.Fail, "differs"},
		{"smaller", func(o *Effective) { *o = seen(10, 9) }, evidence.Fail, "differs"},
		{"unbounded", func(o *Effective) { *o = seen(10, 1000) }, evidence.Fail, "unbounded"},
		{"blind", func(o *Effective) { o.Subject.SeesAll = false }, evidence.Unproven, "blind"},
		{"standby", func(o *Effective) { o.Subject.Standby = true }, evidence.Unproven, "standby"},
		{"undeclared", func(o *Effective) { o.Subject.Declared = 0 }, evidence.Unproven, "undeclared"},
		{"leak", func(o *Effective) { o.Readings[3].Refused = idle }, evidence.Fail, "leak"},
		{"somebody else's", func(o *Effective) { o.Readings[3].Refused, o.Subject.User = idle, "other" }, evidence.Unproven, "occupied"},
		{"forbidden", func(o *Effective) { o.Reach.Refused = &Refusal{Code: "42501"} }, evidence.Unproven, "forbidden"},
		{"not reached", func(o *Effective) { o.Reach.Table = "" }, evidence.Unproven, "not_reached"},
		{"throttled", func(o *Effective) { o.Readings[0].Answers.Throttled = 1 }, evidence.Unproven, "throttled"},
		{"no room", func(o *Effective) { o.Room = 9 }, evidence.Unproven, "no_room"},
		{"not in flight", func(o *Effective) { o.Readings[0].InFlight-- }, evidence.Unproven, "not_in_flight"},
		{"not held", func(o *Effective) { o.Readings[0].InFlightAtEnd, o.Readings[0].Waiting = 2, 2 }, evidence.Unproven, "not_held"},
		{"not steady", func(o *Effective) { o.Readings[0].Steady = false }, evidence.Unproven, "unsteady"},
		{"repeats disagree", func(o *Effective) { o.Readings[0].Waiting-- }, evidence.Unproven, "unsteady"},
		{"a repeat short", func(o *Effective) { o.Readings = o.Readings[:len(o.Readings)-1] }, evidence.Unproven, "incomplete"},
		{"too few at once", func(o *Effective) { o.Concurrency = 19 }, evidence.Unproven, "incomplete"},
		{"nothing", func(o *Effective) { o.Readings = nil }, evidence.Unproven, "incomplete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := seen(10, 10)
			c.change(&o)
			f := judgeEffective(o, limitsOf(effective()))
			want(t, f, c.outcome, c.reason)
			speak(t, effectiveID, f)
		})
	}
}
