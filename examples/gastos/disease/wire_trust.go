//go:build disease

package disease

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

func forwardedHostRepeated() Disease {
	return Disease{
		ID: "forwarded-host-repeated", Check: "security.trust", Consequences: []string{},
		Summary: "links are made of X-Forwarded-Host, whoever sends it",
		infect: rewritten(func(r *http.Request, status int, h http.Header) string {
			host := r.Header.Get("X-Forwarded-Host")
			if status >= 400 || host == "" {
				return ""
			}
			h.Set("Link", "<https://"+host+r.URL.Path+`>; rel="canonical"`)
			return "a link with a name that the client made up"
		}),
	}
}

func originalURLHeeded() Disease {
	return Disease{
		ID: "original-url-heeded", Check: "security.trust", Consequences: []string{},
		Summary: "X-Original-URL takes the place of the path that was asked for",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			if other := r.Header.Get("X-Original-Url"); strings.HasPrefix(other, "/") {
				r.URL.Path, r.URL.RawPath = other, ""
				r.RequestURI = r.URL.RequestURI() // the cures read this one
				took("a path of a header was served")
			}
		}),
	}
}

func userSaid() Disease {
	return Disease{
		ID: "user-said", Check: "security.trust", Consequences: []string{},
		Summary: "whoever says X-Forwarded-User is that user",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("X-Forwarded-User") != "" && r.Header.Get("Authorization") == "" {
						r = r.Clone(r.Context())
						r.Header.Set("Authorization", tokenOf(c))
						took("a client said who it is and was believed")
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

func realIPBelieved() Disease {
	return Disease{
		ID: "real-ip-believed", Check: "security.trust", Consequences: []string{},
		Summary: "X-Real-IP is the client, whoever sends it",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			if client := r.Header.Get("X-Real-Ip"); net.ParseIP(client) != nil {
				r.RemoteAddr = net.JoinHostPort(client, "0")
				took("a client said its address and was believed")
			}
		}),
	}
}

func logForged() Disease {
	return Disease{
		ID: "log-forged", Check: "security.trust", Consequences: []string{},
		Summary: "a line of the log is made by joining text: a client can write lines of its own",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			fmt.Fprintln(os.Stdout, "asked: "+r.URL.Path)
			if strings.Contains(r.URL.Path, "\n") {
				took("a client wrote a line of the log")
			}
		}),
	}
}
