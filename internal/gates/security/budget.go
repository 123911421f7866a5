package security

import (
	"context"
	"time"

	"listo/internal/lab"
)

// A check sends some dozens of requests, and each may wait for its whole deadline
// when the service is stuck: together they have this long.
const (
	budget     = 45 * time.Second
	rateBudget = 4 * time.Minute // windows and pauses of rateLimit come on top
)

// timed bounds a run. What was not asked when the time was up has no answer; the
// rest is judged.
func timed[O any](limit time.Duration, run func(context.Context, *lab.Bench) (O, error)) func(context.Context, *lab.Bench) (O, error) {
	return func(ctx context.Context, b *lab.Bench) (O, error) {
		bounded, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		o, err := run(bounded, b)
		if err == context.DeadlineExceeded && ctx.Err() == nil { // the bound itself; an error of an instrument wraps it
			err = nil
		}
		return o, err
	}
}
