package cli

import (
	"cmp"
	"context"
	"net/url"
	"os"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// session is what a database says of itself and of the role that listo would
// use there.
type session struct {
	version, name, role, system string
	super, monitor, creates     bool
	owns                        bool // has the rights of the database's owner
	tables, lockable            int
	owner                       string // of the first table that may not be locked
}

// A role may lock a table against everybody when it may update, delete or
// truncate it.
const sessionQuestion = `
with tab as (
  select c.relowner, has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate') as lockable
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' limit 5000)
select current_setting('server_version'), current_database(), current_user::text,
  r.rolsuper, pg_has_role('pg_monitor', 'usage'), r.rolcreatedb or r.rolsuper,
  (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()),
  (select count(*) from tab), (select count(*) from tab where lockable),
  coalesce((select pg_get_userbyid(relowner)::text from tab where not lockable order by 1 limit 1), '')
from pg_roles r where r.rolname = current_user`

// database looks at the database; a throw-away one is the machine's matter.
func (x *examination) database(ctx context.Context) {
	db := x.cfg.Database
	address := cmp.Or(db.AdminURL, db.URL)
	if db.Scratch || address == "" {
		return
	}
	blocks := x.checks(wantsPatient)
	s, err := look(ctx, address)
	if err != nil {
		x.broken("service.database.unreachable", x.detail(unreachable(err)), "pg_isready -d "+quoted(asSuperuser(address)), blocks)
		return
	}
	x.ok("service.database.reachable", facts{"version": s.version, "database": s.name, "role": s.role})
	x.rights(s, address)
	if db.Name == "" || db.SystemIdentifier == "" {
		x.cannot("service.database.unrecorded", nil, "DATABASE_URL="+x.urlOf()+" listo init --force", blocks)
		return
	}
	if err := x.guard(ctx, address); err != nil {
		x.broken("service.database.refused", x.detail(err), x.mendGuard(s, address), blocks)
		return
	}
	if s.monitor || s.super { // else the guard saw nobody because it cannot see
		x.ok("service.database.guarded", facts{"database": s.name, "system": db.SystemIdentifier})
	}
}

func look(ctx context.Context, address string) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	conn, err := connect(ctx, address)
	if err != nil {
		return session{}, err
	}
	defer disconnect(conn)
	var s session
	err = conn.QueryRow(ctx, sessionQuestion).Scan(&s.version, &s.name, &s.role, &s.super, &s.monitor, &s.creates, &s.owns, &s.tables, &s.lockable, &s.owner)
	if err == nil {
		err = conn.QueryRow(ctx, `select system_identifier::text from pg_control_system()`).Scan(&s.system)
	}
	return s, err
}

// rights says what the role may not see or do, with the one line that grants it.
func (x *examination) rights(s session, address string) {
	psql := "psql " + quoted(asSuperuser(address)) + " -c "
	role := pgx.Identifier{s.role}.Sanitize()
	f := facts{"role": s.role, "tables": s.tables, "owner": s.owner}
	if s.monitor || s.super {
		x.ok("service.database.monitor", f)
	} else {
		x.cannot("service.database.blind", f, psql+quoted("GRANT pg_monitor TO "+role+";"), x.checks(needs(evidence.NeedDatabase)))
	}
	if s.tables > 0 && s.lockable == 0 {
		x.cannot("service.database.locks", f, psql+quoted("GRANT "+pgx.Identifier{s.owner}.Sanitize()+" TO "+role+";"),
			x.checks(func(c evidence.Check) bool { return c.Loading && needs(evidence.NeedDatabase)(c) }))
	}
	if x.cfg.Service.Mode != config.Managed {
		return
	}
	switch {
	case !s.creates:
		x.cannot("service.database.clones", f, psql+quoted("ALTER ROLE "+role+" CREATEDB;"), x.checks(wantsPatient))
	case !s.owns && !s.super:
		x.cannot("service.database.copies", f, psql+quoted("ALTER DATABASE "+pgx.Identifier{s.name}.Sanitize()+" OWNER TO "+role+";"), x.checks(wantsPatient))
	}
}

// guard asks what an audit would ask before it touches anything. What the
// instrument writes down goes to a folder that is removed at once.
func (x *examination) guard(ctx context.Context, address string) error {
	folder, err := os.MkdirTemp("", "listo-doctor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	return service.Guard(ctx, x.cfg, address, lab.NewRecorder(blobs, x.redact, x.app.Now))
}

// mendGuard gives the command for what the guard refused: to record the database
// anew when it is another one, else to see who is in it.
func (x *examination) mendGuard(s session, address string) string {
	if s.name != x.cfg.Database.Name || s.system != x.cfg.Database.SystemIdentifier {
		return "DATABASE_URL=" + x.urlOf() + " listo init --force"
	}
	return "psql " + quoted(asSuperuser(address)) + " -c " +
		quoted("select pid, usename, application_name, client_addr from pg_stat_activity where datname = current_database();")
}

// urlOf names the variable that holds the database's URL, never its value.
func (x *examination) urlOf() string { return `"$DATABASE_URL"` }

// asSuperuser gives the address of the database for PostgreSQL's usual
// superuser, without any password.
func asSuperuser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	clean := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: u.Host, Path: u.Path}
	if host := u.Query().Get("host"); host != "" && u.Hostname() == "" {
		clean.RawQuery = "host=" + url.QueryEscape(host)
	}
	return clean.String()
}
