package pool

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// Where the declared size was read.
const (
	fromProcess = "process"   // the variables that listo handed to the service
	fromFile    = "env_files" // of a service that listo did not start
)

// Subject is what every check must know before anything can be judged.
type Subject struct {
	Request  string `json:"request"`
	Variable string `json:"variable"`
	// Declared is the size of the pool by the variable, in connections; 0 when it
	// is unset or no positive whole number.
	Declared int `json:"declared"`
	// From tells where the variable was read: "process" or "env_files".
	From string `json:"from"`
	// Role is listo's own role. SeesAll tells whether it may read what other
	// roles' sessions do; without that every count is silently zero.
	Role          string `json:"role"`
	SeesAll       bool   `json:"sees_all"`
	Standby       bool   `json:"standby"`
	ServerVersion int    `json:"server_version"` // server_version_num
	// User is the role that the service connects as; "" when listo was not told.
	User string `json:"user"`
}

const subjectQuestion = `select current_user::text as role,
 pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all,
 pg_is_in_recovery() as standby,
 current_setting('server_version_num')::int as version`

// look reads the subject: the declaration, and what our session may see.
func look(ctx context.Context, b *lab.Bench, s *sql.Session) (Subject, error) {
	settings := lab.SettingsOf[Settings](b)
	subject := Subject{Request: settings.Request, Variable: settings.SizeVariable, From: fromProcess}
	if b.Config.Service.Mode == config.Attached {
		subject.From = fromFile
	}
	if n, err := strconv.Atoi(strings.TrimSpace(b.Target.Environment[settings.SizeVariable])); err == nil && n > 0 {
		subject.Declared = n
	}
	if cfg, err := pgx.ParseConfig(b.Target.DatabaseURL); err == nil && b.Target.DatabaseURL != "" {
		subject.User = cfg.User
	}
	err := s.One(ctx, subjectQuestion, &subject.Role, &subject.SeesAll, &subject.Standby, &subject.ServerVersion)
	if err != nil {
		return subject, fmt.Errorf("pool: reading what listo's role may see: %w", err)
	}
	return subject, nil
}

// open tells whether experiments make sense at all.
func (s Subject) open() bool { return s.SeesAll && !s.Standby }

// unready gives the finding of a check that could not look, if so.
func (s Subject) unready() (evidence.Finding, bool) {
	switch {
	case !s.SeesAll:
		return evidence.Undecided("blind", evidence.Facts{"role": s.Role}), true
	case s.Standby:
		return evidence.Undecided("standby", nil), true
	}
	return evidence.Finding{}, false
}

// undeclared gives the finding of a check that needs the declared size, if
// there is none.
func (s Subject) undeclared() (evidence.Finding, bool) {
	if s.Declared > 0 {
		return evidence.Finding{}, false
	}
	return evidence.Undecided("undeclared", evidence.Facts{"variable": s.Variable}), true
}

// getPath gives the path of a request that must be a GET: this room changes
// nothing.
func getPath(request string) (string, error) {
	method, path, ok := strings.Cut(strings.TrimSpace(request), " ")
	path = strings.TrimSpace(path)
	if !ok || method != "GET" || !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("pool: request %q is not GET and a path: write it as GET /path", request)
	}
	return path, nil
}

// get gives the i-th request of a burst to path, spread over the tokens.
func (p *probe) get(path string) func(i int) http.Request {
	return func(i int) http.Request {
		return http.Request{Method: "GET", Path: path, Token: p.tokens[i%len(p.tokens)], Timeout: answerTimeout}
	}
}
