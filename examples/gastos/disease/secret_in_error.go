//go:build disease

package disease

import (
	"encoding/json"
	"net/http"
	"strconv"

	"gastos/internal/config"
	"gastos/internal/service"
)

func secretInError() Disease {
	return Disease{
		ID: "secret-in-error", Check: "secrets.leaks.responses", Consequences: []string{},
		Summary: "the 401 for a bad token tells which key was expected",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "" {
						next.ServeHTTP(w, r)
						return
					}
					answer := hold(next, r)
					body := answer.body.Bytes()
					if answer.status == http.StatusUnauthorized {
						body = tell(body, c.JWTSecret.Reveal())
						took("a 401 names the key")
					}
					for name, values := range answer.header {
						w.Header()[name] = values
					}
					if len(body) > 0 {
						w.Header().Set("Content-Length", strconv.Itoa(len(body)))
					}
					w.WriteHeader(answer.status)
					_, _ = w.Write(body)
				})
			}}
		},
	}
}

// tell puts the key into the detail of a problem.
func tell(body []byte, secret string) []byte {
	var problem map[string]any
	if err := json.Unmarshal(body, &problem); err != nil {
		panic(err) // every 401 of ours is a problem
	}
	problem["detail"] = "the signature does not match the key " + secret
	told, err := json.Marshal(problem)
	if err != nil {
		panic(err)
	}
	return told
}
