package service

import (
	"context"
	"fmt"

	"listo/internal/engine/shell"
	"listo/internal/lab"
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
