package pool

import (
	"context"
	"fmt"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const headroomID = "pool.headroom"

// Headroom is how many sessions the server can give and how many production
// will ask for.
type Headroom struct {
	Subject  Subject `json:"subject"`
	Reach    Reach   `json:"reach"`
	Replicas int     `json:"replicas"`
	Rolling  bool    `json:"rolling"`
	// Extra counts the service's sessions outside the pool, such as a readiness
	// probe's own. Each replica has them.
	Extra int `json:"extra"`
	// MaxConnections, Superuser and Reserved are the server's settings; Others
	// are the sessions of everybody else on the whole server, ours excepted.
	MaxConnections int `json:"max_connections"`
	Superuser      int `json:"superuser_reserved_connections"`
	Reserved       int `json:"reserved_connections"` // PostgreSQL 16 and later
	Others         int `json:"others"`
	// RoleLimit and DatabaseLimit are CONNECTION LIMITs; -1 means none.
	RoleLimit     int `json:"role_limit"`
	DatabaseLimit int `json:"database_limit"`
}

func headroom() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: headroomID, Class: classHeadroom, Loading: true, Needs: needs(),
		Reasons: reasonsWith("enough", "exhausted", "undeclared"),
	}, runHeadroom, judgeHeadroom)
}

func runHeadroom(ctx context.Context, b *lab.Bench) (Headroom, error) {
	settings := lab.SettingsOf[Settings](b)
	o := Headroom{Replicas: settings.Replicas, Rolling: settings.Rolling}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() {
		return o, nil
	}
	all, err := p.sessions(ctx)
	if err != nil {
		return o, err
	}
	own := of(all, p.isService)
	o.Extra = len(own) - len(of(all, p.isPool))
	err = o.readServer(ctx, p, len(own))
	return o, err
}

const serverQuestion = `select current_setting('max_connections')::int as max_connections,
 current_setting('superuser_reserved_connections')::int as superuser,
 coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int as reserved,
 (select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name <> $2)::int as sessions,
 coalesce((select rolconnlimit from pg_roles where rolname = $1), -1)::int as role_limit,
 (select datconnlimit from pg_database where datname = current_database())::int as database_limit`

// readServer asks for the server's side; own sessions of the service are not
// among the others.
func (o *Headroom) readServer(ctx context.Context, p *probe, own int) error {
	rows, err := p.watch.Query(ctx, serverQuestion, p.reach.Callers[0].User, sql.ApplicationName)
	if err != nil || len(rows) != 1 {
		return fmt.Errorf("pool: reading the server's limits: %d rows: %w", len(rows), err)
	}
	sessions := 0
	for name, into := range map[string]*int{"max_connections": &o.MaxConnections, "superuser": &o.Superuser,
		"reserved": &o.Reserved, "sessions": &sessions, "role_limit": &o.RoleLimit, "database_limit": &o.DatabaseLimit} {
		if *into, err = number(rows[0], name); err != nil {
			return err
		}
	}
	o.Others = max(0, sessions-own)
	return nil
}

// Available is how many sessions all replicas together may open.
func (o Headroom) Available() int {
	n := o.MaxConnections - o.Superuser - o.Reserved - o.Others
	for _, limit := range []int{o.RoleLimit, o.DatabaseLimit} {
		if limit >= 0 {
			n = min(n, limit)
		}
	}
	return n
}

// Generations is how many sets of replicas run at once: two in a rolling deployment.
func (o Headroom) Generations() int {
	if o.Rolling {
		return 2
	}
	return 1
}

// Needed is how many sessions all replicas together may ask for.
func (o Headroom) Needed() int {
	return o.Generations() * o.Replicas * (o.Subject.Declared + o.Extra)
}

func judgeHeadroom(o Headroom, _ evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if f, ok := o.Subject.undeclared(); ok {
		return f
	}
	facts := evidence.Facts{"needed": o.Needed(), "available": o.Available(), "replicas": o.Replicas, "generations": o.Generations(),
		"declared": o.Subject.Declared, "extra": o.Extra, "max_connections": o.MaxConnections,
		"superuser": o.Superuser, "reserved": o.Reserved, "others": o.Others}
	if o.Replicas < 1 || o.Needed() > o.Available() {
		return evidence.Failed("exhausted", facts)
	}
	return evidence.Passed("enough", facts)
}
