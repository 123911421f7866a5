//go:build disease

package disease

import (
	"net"
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

const forwardedFor = "X-Forwarded-For"

// leftmost is what the client itself wrote into X-Forwarded-For, "" for nothing.
func leftmost(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get(forwardedFor), ",")
	return strings.TrimSpace(first)
}

func proxyAnybody() Disease {
	return Disease{
		ID: "proxy-anybody", Check: "parity.trust_proxy", Consequences: []string{"security.trust"},
		Summary: "the first entry of X-Forwarded-For is the client, whoever sends it",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			if client := leftmost(r); net.ParseIP(client) != nil {
				r.RemoteAddr = net.JoinHostPort(client, "0")
				r.Header.Del(forwardedFor)
				took("a client said who it is and was believed")
			}
		}),
	}
}

func proxyLeftmost() Disease {
	return Disease{
		ID: "proxy-leftmost", Check: "parity.trust_proxy", Consequences: []string{"security.trust"},
		Summary: "behind the trusted proxy the first entry of X-Forwarded-For is the client, which the client wrote",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			client := leftmost(r)
			if strings.HasPrefix(r.RemoteAddr, "127.0.0.1:") && client != strings.Join(r.Header.Values(forwardedFor), ",") {
				r.Header.Set(forwardedFor, client)
				took("the first of several entries was believed")
			}
		}),
	}
}

func proxyIgnored() Disease {
	return Disease{
		ID: "proxy-ignored", Check: "parity.trust_proxy", Consequences: []string{},
		Summary: "the trusted proxy is not listened to: all clients are one",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			if r.Header.Get(forwardedFor) != "" {
				r.Header.Del(forwardedFor)
				took("a proxy told of its client and was not heard")
			}
		}),
	}
}

func proxyProtoAnybody() Disease {
	return Disease{
		ID: "proxy-proto-anybody", Check: "parity.trust_proxy", Consequences: []string{},
		Summary: "whoever says X-Forwarded-Proto: https gets HSTS over plain http",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("X-Forwarded-Proto") == "https" { // after harden, which sets what is due
						w = &rewriting{ResponseWriter: w, change: func(h http.Header) {
							h.Set("Strict-Transport-Security", "max-age=31536000")
							took("X-Forwarded-Proto was believed")
						}}
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}
