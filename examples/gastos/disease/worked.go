//go:build disease

package disease

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"gastos/internal/config"
	"gastos/internal/service"
)

// worked is a disease of what the API does for users that have logged in: sick
// stands before it; logins, probes and the frontend stay well.
func worked(sick func(next http.Handler, took func(string)) http.HandlerFunc) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			ill := sick(next, took)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/api/auth/") {
					ill(w, r)
					return
				}
				next.ServeHTTP(w, r)
			})
		}}
	}
}

// crowd is how many requests within a second only peak users send: the demo's ten
// ordinary users send some 180, its thirty peak users some 540.
const crowd = 300

// rush knows whether the peak users are at work.
type rush struct {
	mu   sync.Mutex
	came []time.Time
}

// now counts a request and tells whether a crowd came within the last second.
func (r *rush) now() bool {
	at := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.came = append(r.came, at)
	for at.Sub(r.came[0]) > time.Second {
		r.came = r.came[1:]
	}
	return len(r.came) > crowd
}
