package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"listo/internal/config"
	"listo/internal/lab"
)

// copies are the further processes of the patient that the checks of one gate
// have started and not yet stopped.
type copies struct {
	mu      sync.Mutex
	running map[*process]func(*lab.Recorder) error
}

// Start starts another copy of the patient on the gate's clone and gives what
// stops it. Only a managed patient can have copies.
func (s *Stay) Start(ctx context.Context, r *lab.Recorder, v lab.Variant) (lab.Target, func() error, error) {
	if s.ground.cfg.Service.Mode == config.Attached {
		return lab.Target{}, nil, errors.New("service: it runs already, so that listo cannot start another copy of it: declare how it is started and set service.mode: managed")
	}
	proc, target, err := s.launch(ctx, r, v)
	if proc == nil {
		return lab.Target{}, nil, err
	}
	s.copies.add(proc, func(r *lab.Recorder) (err error) {
		touch := r.Touch("service", cmp.Or(proc.stop, "# SIGTERM to the process group of the copy"))
		if within := s.ground.cfg.Service.StopWithin; proc.end(within) == killed {
			err = fmt.Errorf("service: the copy did not stop within %v and was killed", within)
		}
		captureLog(touch, proc)
		touch.End(0, err)
		return err
	})
	stop := func() error { return s.copies.take(proc)(r) }
	if err != nil {
		return lab.Target{}, nil, errors.Join(err, stop())
	}
	return target, stop, nil
}

func (c *copies) add(p *process, stop func(*lab.Recorder) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		c.running = map[*process]func(*lab.Recorder) error{}
	}
	c.running[p] = stop
}

// take gives what stops the copy, once; afterwards something that does nothing.
func (c *copies) take(p *process) func(*lab.Recorder) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := c.running[p]
	delete(c.running, p)
	if stop == nil {
		return func(*lab.Recorder) error { return nil }
	}
	return stop
}

// stop ends every copy that is still there; the record tells how.
func (c *copies) stop(r *lab.Recorder) {
	c.mu.Lock()
	left := slices.Collect(maps.Keys(c.running))
	c.mu.Unlock()
	for _, p := range left {
		_ = c.take(p)(r)
	}
}
