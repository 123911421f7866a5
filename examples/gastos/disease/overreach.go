//go:build disease

package disease

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

// overreached lets sick see a request and whom its token names (0: nobody), and gives it
// a way to serve it as somebody else.
func overreached(sick func(user int64, as func(user int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string))) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		var tokens httpapi.Tokens
		return service.Seams{
			Tokens: func(healthy httpapi.Tokens) httpapi.Tokens { tokens = healthy; return healthy },
			Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					user, _ := tokens.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
					sick(user, func(other int64) {
						token, _, err := tokens.Issue(other)
						if err != nil {
							panic(err) // the healthy service signs tokens all the time
						}
						r.Header.Set("Authorization", "Bearer "+token)
					}, w, r, next, took)
				})
			},
		}
	}
}

// adminOf is the administrator of a user's company.
func adminOf(user int64) int64 { return (user-1)%3 + 1 }

func roleUnchecked() Disease {
	return Disease{
		ID: "role-unchecked", Check: "security.roles", Consequences: []string{},
		Summary: "whoever has a token may list the users of its company, which is for administrators",
		infect: overreached(func(user int64, as func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
			if user > 3 && is(r, http.MethodGet, "/api/usuarios") {
				as(adminOf(user))
				took("an employee is served as the administrator")
			}
			next.ServeHTTP(w, r)
		}),
	}
}

func tenantParameterTwice() Disease {
	return Disease{
		ID: "tenant-parameter-twice", Check: "security.tenants", Consequences: []string{},
		Summary: "of two companies in the query the first is checked and the second listed",
		infect: overreached(func(user int64, as func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
			companies := r.URL.Query()["empresaId"]
			if user == 0 || len(companies) != 2 || !is(r, http.MethodGet, "/api/gastos") {
				next.ServeHTTP(w, r)
				return
			}
			if hold(next, withQuery(r, "empresaId", companies[0])).status != http.StatusOK {
				next.ServeHTTP(w, r)
				return
			}
			as(everywhere)
			took("the second company is listed")
			next.ServeHTTP(w, withQuery(r, "empresaId", companies[1]))
		}),
	}
}

func tenantDeletedSilently() Disease {
	return Disease{
		ID: "tenant-deleted-silently", Check: "security.tenants", Consequences: []string{"security.roles"},
		Summary: "a stranger's delete is refused after it was done",
		infect: overreached(func(user int64, as func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
			if user <= 1 || r.Method != http.MethodDelete || !anExpense(r) {
				next.ServeHTTP(w, r)
				return
			}
			again := r.Clone(r.Context())
			answer := hold(next, r)
			if answer.status == http.StatusNotFound || answer.status == http.StatusForbidden {
				r.Header = again.Header.Clone()
				as(everywhere)
				done := httptest.NewRecorder()
				next.ServeHTTP(done, r)
				if done.Code/100 == 2 {
					took("a stranger's delete is done and then refused")
				}
			}
			for name, values := range answer.header {
				w.Header()[name] = values
			}
			w.WriteHeader(answer.status)
			_, _ = w.Write(answer.body.Bytes())
		}),
	}
}

// overreaches are the diseases of who may do what.
func overreaches() []Disease {
	return []Disease{roleUnchecked(), tenantParameterTwice(), tenantDeletedSilently()}
}
