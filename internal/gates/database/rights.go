package database

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	rightsID    = "database.rights"
	classRights = "database.rights"
)

// rights asks whether the role of the service could do to the database what only
// a migration may.
func rights() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rightsID, Class: classRights, Needs: []evidence.Need{evidence.NeedDatabase},
		Reasons: []string{"narrow", "wide", "nobody"},
	}, runRights, judgeRights)
}

// Rights are those of the service's role.
type Rights struct {
	Role    string `json:"role"`
	Found   bool   `json:"found"`
	Tables  int    `json:"tables"`  // all that there are
	Schemas int    `json:"schemas"` // likewise
	// TooMuch lists what the role has and should not.
	TooMuch Differences `json:"too_much"`
}

const roleQuestion = `select r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
 (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and ` + userSchemas + `) as tables,
 (select count(*) from pg_namespace n where ` + userSchemas + `) as schemas
from pg_roles r where r.rolname = $1`

// A member owns what its role owns, whether it inherits or has to say SET ROLE first.
const powersQuestion = `select 'owns' as what, c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S') and ` + userSchemas + ` and pg_has_role($1, c.relowner, 'member')
union all select 'owns', n.nspname::text from pg_namespace n where ` + userSchemas + ` and pg_has_role($1, n.nspowner, 'member')
union all select 'may create in', n.nspname::text from pg_namespace n where ` + userSchemas + ` and has_schema_privilege($1, n.oid, 'create') and not pg_has_role($1, n.nspowner, 'member')
union all select 'may truncate', c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and ` + userSchemas + ` and has_table_privilege($1, c.oid, 'truncate') and not pg_has_role($1, c.relowner, 'member')
order by 1, 2`

func runRights(ctx context.Context, b *lab.Bench) (Rights, error) {
	o := Rights{Role: serviceRole(b)}
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, roleQuestion, o.Role)
	if err != nil {
		return o, fmt.Errorf("database: asking about the service's role: %w", err)
	}
	if o.Found = len(rows) == 1; !o.Found {
		return o, nil
	}
	tables, _ := rows[0]["tables"].(int64)
	schemas, _ := rows[0]["schemas"].(int64)
	o.Tables, o.Schemas = int(tables), int(schemas)
	for _, power := range []string{"rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls"} {
		if rows[0][power] == true {
			o.TooMuch.add(Difference{"is", power[len("rol"):], "", power[len("rol"):]})
		}
	}
	if rows[0]["rolsuper"] == true {
		return o, nil // everything else follows
	}
	powers, err := s.Query(ctx, powersQuestion, o.Role)
	if err != nil {
		return o, fmt.Errorf("database: asking what the service's role may do: %w", err)
	}
	for _, r := range powers {
		o.TooMuch.add(Difference{text(r, "what"), text(r, "name"), "", o.Role})
	}
	return o, nil
}

// serviceRole is whom the service connects as.
func serviceRole(b *lab.Bench) string {
	if c, err := pgx.ParseConfig(b.Target.DatabaseURL); err == nil && b.Target.DatabaseURL != "" {
		return c.User
	}
	return b.Config.Database.User
}

func judgeRights(o Rights, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"role": o.Role, "tables": o.Tables, "schemas": o.Schemas, "too_much": o.TooMuch.Count, "names": o.TooMuch.names()}
	switch {
	case !o.Found || o.Tables == 0:
		return evidence.Undecided("nobody", facts)
	case o.TooMuch.Count > 0:
		return evidence.Failed("wide", facts)
	}
	return evidence.Passed("narrow", facts)
}
