//go:build disease

package disease

import (
	"io"
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func gitServed() Disease {
	return Disease{
		ID: "git-served", Check: "security.exposed", Consequences: []string{},
		Summary: "the folder of the repository is served with its history",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/.git/HEAD" {
						next.ServeHTTP(w, r)
						return
					}
					took("a file of the repository is served")
					_, _ = io.WriteString(w, "ref: refs/heads/main\n")
				})
			}}
		},
	}
}

func versionTold() Disease {
	return Disease{
		ID: "version-told", Check: "security.exposed", Consequences: []string{},
		Summary: "every answer tells what the service is made of, and in which version",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			h.Set("Server", "gastos/1.4.2 (Go 1.26)")
			return "an answer tells a version"
		}),
	}
}
