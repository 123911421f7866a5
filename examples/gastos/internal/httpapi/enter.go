package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"gastos/internal/middleware"
	"gastos/internal/problem"
	"gastos/internal/trace"
)

// enter is the door of a route: who is calling, how often, and then the handler.
func (a *API) enter(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := trace.From(r.Context())
		t.Route = route.Path
		err := a.admit(route.access, r, t)
		if err == nil {
			err = route.handle(w, r)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

func (a *API) admit(need access, r *http.Request, t *trace.Request) error {
	switch need {
	case open:
		return nil
	case byAddress:
		return a.limit("login " + middleware.ClientAddress(r))
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return problem.New(http.StatusUnauthorized, "a bearer token is needed: log in")
	}
	id, err := a.Tokens.Verify(token)
	if err != nil {
		return problem.New(http.StatusUnauthorized, "the token is not valid or has expired: log in again")
	}
	t.UsuarioID = id
	return a.limit("usuario " + strconv.FormatInt(id, 10))
}

func (a *API) limit(key string) error {
	wait, ok := a.Limiter.Allow(key, time.Now())
	if ok {
		return nil
	}
	p := problem.New(http.StatusTooManyRequests, "too many requests: wait and try again")
	p.RetryAfter = wait
	return p
}

// asker is the user of the token that admit has verified.
func asker(r *http.Request) int64 { return trace.From(r.Context()).UsuarioID }
