package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// Guard refuses a database that may not be listo's to touch. Loopback is no
// proof (a tunnel makes production loopback), so it asks the server itself: is
// it the very database that listo init recorded, is it no standby, and is
// nobody else in it? A scratch server needs no guard.
func Guard(ctx context.Context, cfg *config.Config, adminURL string, r *lab.Recorder) error {
	db := cfg.Database
	if db.Scratch || adminURL == "" {
		return nil
	}
	if db.SystemIdentifier == "" || db.Name == "" {
		return errors.New("database: it was never recorded as the one to audit: run listo init, which writes database.name and database.system_identifier")
	}
	bench := &lab.Bench{Config: cfg, Recorder: r, Target: lab.Target{AdminURL: adminURL}}
	session, err := sql.Open(ctx, bench)
	if err != nil {
		return err
	}
	defer session.Close()
	var name, identifier string
	var standby, sees bool
	err = session.One(ctx, `select current_database(), (select system_identifier::text from pg_control_system()), pg_is_in_recovery(),
 pg_has_role(current_user, 'pg_read_all_stats', 'usage')`, &name, &identifier, &standby, &sees)
	switch {
	case err != nil:
		return fmt.Errorf("database: asking who it is: %w: grant the role pg_monitor", err)
	case !sees: // the sessions of others would look like nobody's
		return errors.New("database: listo's role cannot see who is in it: grant it pg_monitor")
	case standby:
		return errors.New("database: it is a standby, so it belongs to something that is not dev: name the development primary")
	case name != db.Name || identifier != db.SystemIdentifier:
		return fmt.Errorf("database: it is %s of cluster %s, but listo init recorded %s of cluster %s: if that is right, run listo init again", name, identifier, db.Name, db.SystemIdentifier)
	}
	return noStrangers(ctx, session, cfg)
}

// noStrangers refuses a database with sessions that are neither the service's
// role's nor listo's own.
func noStrangers(ctx context.Context, session *sql.Session, cfg *config.Config) error {
	own := ""
	if c, err := pgx.ParseConfig(cfg.Database.URL); err == nil {
		own = c.User
	}
	rows, err := session.Query(ctx, `select usename::text, application_name, client_addr::text, count(*)
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
group by 1, 2, 3 order by 1, 2, 3`)
	if err != nil {
		return fmt.Errorf("database: asking who is in it: %w", err)
	}
	var strangers []string
	for _, row := range rows {
		if cfg.Service.Mode == config.Attached && row["usename"] == own {
			continue
		}
		strangers = append(strangers, fmt.Sprintf("%v (%v)", row["usename"], row["application_name"]))
	}
	if len(strangers) > 0 {
		return fmt.Errorf("database: others are working in it: %s: end their sessions or name another database", strings.Join(strangers, ", "))
	}
	return nil
}
