package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"listo/harden"

	"gastos/internal/problem"
)

// enter is the door of a route: who is calling, and then the handler.
func (a *API) enter(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden.Of(r).Route = route.Path
		err := admit(route.access, r)
		if err == nil {
			err = route.handle(w, r)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

// Identify tells the user of a request's token; "" is nobody. Whoever limits requests per user asks it before a route is entered.
func (a *API) Identify(r *http.Request) string {
	token := bearer(r)
	if token == "" {
		return ""
	}
	id, err := a.Tokens.Verify(token)
	if err != nil {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func admit(need access, r *http.Request) error {
	switch {
	case need == open || harden.Of(r).Principal != "":
		return nil
	case bearer(r) == "":
		return problem.New(http.StatusUnauthorized, "a bearer token is needed: log in")
	}
	return problem.New(http.StatusUnauthorized, "the token is not valid or has expired: log in again")
}

// asker is the user that Identify told.
func asker(r *http.Request) int64 {
	id, _ := strconv.ParseInt(harden.Of(r).Principal, 10, 64) // admit let nobody else in
	return id
}
