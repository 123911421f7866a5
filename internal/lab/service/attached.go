package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// lookAt asks a service that runs already whether it is there. Without a ready
// path any answer will do.
func (s *Stay) lookAt(ctx context.Context, r *lab.Recorder) error {
	url := s.Target.Base + s.ground.cfg.Service.Ready
	touch := r.Touch("service", shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i"), shell.Lit(url)))
	status, err := statusOf(ctx, url)
	touch.End(status, err)
	switch {
	case err != nil:
		return fmt.Errorf("service: it does not answer: %w: start it, or correct service.url", err)
	case status != readyStatus && s.ground.cfg.Service.Ready != "":
		return fmt.Errorf("service: it is not ready: %s answered %d: wait until it is, or correct service.ready", url, status)
	}
	return nil
}

// goodbye is how long a session that was closed may still be shown by the server.
const goodbye = 2 * time.Second

// nothingLeft proves that an attached database holds nothing of listo's any
// more: no schema that it made, no session but the one that asks.
func (s *Stay) nothingLeft(r *lab.Recorder) error {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	session, err := sql.Open(ctx, &lab.Bench{Recorder: r, Target: s.Target})
	if err != nil {
		return err
	}
	defer session.Close()
	readings, err := session.Watch(ctx, 50*time.Millisecond, `select nspname::text as what from pg_namespace where nspname like 'listo%'
union all select 'a session' from pg_stat_activity where datname = current_database() and application_name = 'listo' and pid <> pg_backend_pid()`,
		nil, func(r sql.Reading) bool { return len(r.Rows) == 0 })
	if err != nil || len(readings) == 0 {
		return fmt.Errorf("database: looking for what listo may have left: %w", errors.Join(err, ctx.Err()))
	}
	if left := readings[len(readings)-1].Rows; len(left) > 0 {
		return fmt.Errorf("database: listo left %v behind: drop the schemas named listo…, end the sessions", left)
	}
	return nil
}
