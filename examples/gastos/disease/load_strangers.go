//go:build disease

package disease

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// The users of the load are those of company 1: 1, 4, 7 and so on up to 52. A cache
// whose key has neither user nor company hands one's answer to another.
const (
	companies = 3
	lastUser  = 52
)

func loadTenant() Disease {
	return Disease{
		ID: "load-tenant", Check: "performance.answers", Consequences: []string{},
		Summary: "under a crowd every second list is that of another company",
		infect: crowded("/api/gastos", func(user int64, r *http.Request) (*http.Request, int64) {
			if r.URL.Query().Get("empresaId") != "1" {
				return nil, 0
			}
			return withQuery(r, "empresaId", "2"), user + 1 // of company 2, whose rate nobody else spends
		}),
	}
}

func loadIdentity() Disease {
	return Disease{
		ID: "load-identity", Check: "performance.answers", Consequences: []string{},
		Summary: "under a crowd every second user is told that it is somebody else",
		infect: crowded("/api/me", func(user int64, r *http.Request) (*http.Request, int64) {
			return r, (user-1+companies)%lastUser + 1
		}),
	}
}

// crowded serves every second read of a path under a crowd as somebody else asked it;
// stranger gives that request and its user, nil to leave it.
func crowded(path string, stranger func(user int64, r *http.Request) (*http.Request, int64)) infect {
	var crowds rush
	var n atomic.Int64
	return overreached(func(user int64, as func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
		if strings.HasPrefix(r.URL.Path, "/api/") && crowds.now() && user%companies == 1 && is(r, http.MethodGet, path) && n.Add(1)%2 == 0 {
			if other, whose := stranger(user, r); other != nil {
				as(whose)
				other.Header.Set("Authorization", r.Header.Get("Authorization"))
				took("user " + strconv.FormatInt(user, 10) + " was given what is user " + strconv.FormatInt(whose, 10) + "'s")
				r = other
			}
		}
		next.ServeHTTP(w, r)
	})
}
