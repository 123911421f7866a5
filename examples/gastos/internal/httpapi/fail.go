package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"listo/harden"

	"gastos/internal/problem"
	"gastos/internal/store"
)

// retryAfter is what a caller is told when the database is away.
const retryAfter = time.Second

// fail answers with the problem that an error stands for. What the caller is told
// says nothing of the cause; the cause goes to the log.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem.Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, store.ErrUnknownUser):
		p = problem.New(http.StatusUnauthorized, "the user of this token does not exist any more")
	case errors.Is(err, store.ErrForbidden):
		p = problem.New(http.StatusForbidden, "this user may not do that")
	case errors.Is(err, store.ErrNotFound):
		p = problem.New(http.StatusNotFound, "there is no such thing")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p = problem.New(http.StatusServiceUnavailable, "the service cannot answer right now: try again")
		p.RetryAfter = retryAfter
	default:
		p = problem.New(http.StatusInternalServerError, "something went wrong on our side")
	}
	if p.Status >= 500 {
		a.Log.ErrorContext(r.Context(), "request failed", "requestId", harden.Of(r).ID,
			"status", p.Status, "error", err.Error())
	}
	problem.Write(w, r, p)
}
