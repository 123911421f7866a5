// Package httpapi is the HTTP face of the service: its routes, what they accept and
// what they answer.
//
// It knows HTTP, JSON and the shapes of the contract (openapi.json). It does not
// know SQL, nor how a token or a password is checked.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"listo/harden"

	"gastos/internal/auth"
	"gastos/internal/frontend"
	"gastos/internal/store"
)

// Tokens issues and verifies access tokens; *auth.Tokens is one.
type Tokens interface {
	Issue(usuarioID int64) (token string, expiresAt time.Time, err error)
	Verify(token string) (usuarioID int64, err error)
}

// API is what the handlers need. Every field is required.
type API struct {
	Store     *store.Store
	Ready     func(context.Context) error
	Tokens    Tokens
	Passwords *auth.Passwords
	Site      *frontend.Site
	OpenAPI   []byte
	Log       *slog.Logger
}

// handler answers a request or returns the error to answer with.
type handler func(http.ResponseWriter, *http.Request) error

// access is what a route asks of the caller, before anything else is looked at.
type access int

const (
	open      access = iota // nothing
	byUsuario               // a token
)

// Route is one operation. Path is a pattern of http.ServeMux.
type Route struct {
	Method, Path string
	access       access
	handle       handler
}

// Routes is the table of contents of the service.
func (a *API) Routes() []Route {
	return []Route{
		{"POST", "/api/auth/login", open, a.login},
		{"GET", "/api/me", byUsuario, a.me},
		{"GET", "/api/empresas", byUsuario, a.listEmpresas},
		{"GET", "/api/usuarios", byUsuario, a.listUsuarios},
		{"GET", "/api/usuarios/{id}", byUsuario, a.showUsuario},
		{"GET", "/api/gastos", byUsuario, a.listGastos},
		{"POST", "/api/gastos", byUsuario, a.createGasto},
		{"GET", "/api/gastos/{id}", byUsuario, a.showGasto},
		{"PUT", "/api/gastos/{id}", byUsuario, a.updateGasto},
		{"DELETE", "/api/gastos/{id}", byUsuario, a.deleteGasto},
		{"GET", "/healthz", open, a.healthz},
		{"GET", "/readyz", open, a.readyz},
		{"GET", "/openapi.json", open, a.openapi},
		{"GET", "/{$}", open, a.index},
		{"GET", "/assets/{file}", open, a.asset},
	}
}

// RateClasses limits each user, and each address that logs in, to q.
func RateClasses(q harden.Quota) []harden.RateClass {
	return []harden.RateClass{
		{Name: "login", Prefixes: []string{"/api/auth/login"}, Client: q},
		{Name: "api", Prefixes: []string{"/api/"}, User: q},
	}
}

// Handler serves the routes.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range a.Routes() {
		mux.Handle(route.Method+" "+route.Path, a.enter(route))
	}
	return &router{mux}
}
