package load

import (
	"context"
	"slices"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// Database is the database's side of a run: what its sessions were seen to do. No
// samples where listo has no session of its own there.
type Database struct {
	Samples []Sample
	// Statements are those seen running for longest, the slowest first.
	Statements []Statement
}

// Sample is one look at the sessions that are not listo's.
type Sample struct {
	At   time.Duration // since the run began
	Open int           // sessions
	// Busy run a statement; Waiting are those of them that wait for a lock.
	Busy    int
	Waiting int
	// Holding have a transaction open and run nothing in it.
	Holding int
	// Longest is how long the oldest statement had been running.
	Longest time.Duration
}

// Statement is one that was seen running.
type Statement struct {
	Text    string
	Longest time.Duration
	Waited  bool   // for a lock
	Blocker string // the last statement of the session that held it
}

const (
	// lookEvery is the pause between two looks at the database: four looks a second
	// cost it less than a thousandth of a core.
	lookEvery = 250 * time.Millisecond
	// mostStatements is how many statements are kept.
	mostStatements = 3
)

// sessionsQuestion tells the sessions apart by what they do, and gives the oldest
// statement of each kind. Whoever waits for a lock is asked who holds it
// (PostgreSQL, System Administration Functions, pg_blocking_pids).
const sessionsQuestion = `select state, waits, count(*)::int as sessions, max(ms)::float8 as longest_ms,
 (array_agg(statement order by ms desc))[1] as statement, (array_agg(blocker order by ms desc))[1] as blocker
from (select coalesce(a.state, '') as state, coalesce(a.wait_event_type, '') = 'Lock' as waits,
 coalesce(extract(epoch from clock_timestamp() - a.query_start) * 1000, 0) as ms, left(a.query, 240) as statement,
 case when a.wait_event_type = 'Lock' then
  (select left(b.query, 240) from pg_stat_activity b where b.pid = (pg_blocking_pids(a.pid))[1]) end as blocker
 from pg_stat_activity a where a.backend_type = 'client backend' and a.datname = current_database()
 and a.pid <> pg_backend_pid() and a.application_name is distinct from $1) sessions
group by state, waits`

// databaseWatch looks at the sessions of the patient's database until it is ended.
type databaseWatch struct {
	process int // of the server, when it runs on this machine; 0 else
	end     func() Database
}

// watchDatabase begins to look. A database that cannot be looked at is no fault of
// the run: then less is known, and nothing else.
func watchDatabase(ctx context.Context, b *lab.Bench) databaseWatch {
	blind := databaseWatch{end: func() Database { return Database{} }}
	if b.Target.AdminURL == "" {
		return blind
	}
	session, err := sql.Open(ctx, b)
	if err != nil {
		return blind
	}
	watching, stop := context.WithCancel(ctx)
	readings := make(chan []sql.Reading, 1)
	go func() {
		all, _ := session.Watch(watching, lookEvery, sessionsQuestion, []any{sql.ApplicationName}, func(sql.Reading) bool { return false })
		readings <- all
	}()
	// The server tells each client the process of its backend when it connects
	// (PostgreSQL, message BackendKeyData).
	return databaseWatch{serverOf(session.PID()), func() (d Database) {
		stop()
		for _, r := range <-readings {
			d.look(r)
		}
		session.Close()
		return d
	}}
}

// look adds what one reading shows.
func (d *Database) look(r sql.Reading) {
	s := Sample{At: duration(r.AtMS)}
	for _, row := range r.Rows {
		state, _ := row["state"].(string)
		waits, _ := row["waits"].(bool)
		sessions, _ := row["sessions"].(int32)
		ms, _ := row["longest_ms"].(float64)
		n, longest := int(sessions), duration(ms)
		s.Open += n
		switch state {
		case "active", "fastpath function call":
			s.Busy += n
			s.Longest = max(s.Longest, longest)
			if waits {
				s.Waiting += n
			}
			d.ran(row, longest, waits)
		case "idle in transaction", "idle in transaction (aborted)":
			s.Holding += n
		}
	}
	d.Samples = append(d.Samples, s)
}

// ran keeps a statement when it is among the slowest.
func (d *Database) ran(row map[string]any, longest time.Duration, waits bool) {
	s := Statement{Longest: longest, Waited: waits}
	s.Text, _ = row["statement"].(string)
	s.Blocker, _ = row["blocker"].(string)
	if i := slices.IndexFunc(d.Statements, func(o Statement) bool { return o.Text == s.Text }); i < 0 {
		d.Statements = append(d.Statements, s)
	} else if d.Statements[i].Longest < s.Longest {
		d.Statements[i] = s
	}
	slices.SortStableFunc(d.Statements, func(a, b Statement) int { return int(b.Longest - a.Longest) })
	d.Statements = d.Statements[:min(len(d.Statements), mostStatements)]
}

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
