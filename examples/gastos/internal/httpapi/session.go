package httpapi

import (
	"errors"
	"net/http"
	"time"

	"gastos/internal/problem"
	"gastos/internal/store"
)

type session struct {
	Token     string        `json:"token"`
	ExpiresAt time.Time     `json:"expiresAt"`
	Usuario   store.Usuario `json:"usuario"`
}

// login takes no connection while it hashes: hashing is slow, connections are few.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	body, err := readFields(r)
	if err != nil {
		return err
	}
	email := body.text("email", 3, maxEmail)
	password := body.text("password", 1, maxPassword)
	if err := body.done(); err != nil {
		return err
	}
	u, hash, err := a.Store.Credentials(r.Context(), email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	ok, err := a.Passwords.Check(r.Context(), hash, password)
	if err != nil {
		return err
	}
	if !ok {
		// One answer for an unknown user, a wrong password and single sign-on.
		return problem.New(http.StatusUnauthorized, "the e-mail address or the password is wrong")
	}
	token, expires, err := a.Tokens.Issue(u.ID)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, session{Token: token, ExpiresAt: expires, Usuario: u})
}

func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	u, err := a.Store.Me(r.Context(), asker(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, u)
}
