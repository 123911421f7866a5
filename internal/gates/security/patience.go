package security

import (
	"context"
	"strconv"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/http"
)

const (
	// mostPauses bounds how often a request is repeated after a 429, longestPause
	// how long one pause is.
	mostPauses   = 3
	longestPause = 5 * time.Second
)

// patient sends a request, and again after a 429: listo's own haste must not
// pass for an answer. All tries stand on the record.
func patient(ctx context.Context, c *http.Client, r http.Request) http.Answer {
	for range mostPauses {
		a := c.Do(ctx, r)
		wait, _ := retryAfter(a)
		if a.Status != 429 || wait > longestPause || ctx.Err() != nil {
			return a
		}
		pause(ctx, max(wait, 100*time.Millisecond))
	}
	return c.Do(ctx, r)
}

// retryAfter is how long the service asks to wait, in whole seconds (RFC 9110,
// section 10.2.3); said tells whether it says so in a way that can be read.
func retryAfter(a http.Answer) (wait time.Duration, said bool) {
	seconds, err := strconv.ParseUint(a.Header.Get("Retry-After"), 10, 24)
	return time.Duration(seconds) * time.Second, err == nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// firstToken logs in the first configured user.
func firstToken(ctx context.Context, b *lab.Bench) (http.Token, error) {
	tokens, err := http.On(b).Tokens(ctx, 1)
	if err != nil {
		return http.Token{}, err
	}
	return tokens[0], nil
}
