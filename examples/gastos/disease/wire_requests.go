//go:build disease

package disease

import (
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"listo/harden"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/service"
)

// instead answers some requests itself; answer tells how the defect took effect, ""
// when it left the request alone.
func instead(answer func(c config.Serve, w http.ResponseWriter, r *http.Request) (how string)) infect {
	return func(c config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if how := answer(c, w, r); how != "" {
					took(how)
					return
				}
				next.ServeHTTP(w, r)
			})
		}}
	}
}

// taken takes a connection over and says something on it.
func taken(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text) // a client that went away is no concern
	_ = conn.Close()
}

func connectGranted() Disease {
	return Disease{
		ID: "connect-granted", Check: "security.requests", Consequences: []string{},
		Summary: "CONNECT opens a tunnel to wherever the client says",
		infect: answering(func(client net.Conn, head string) (how string) {
			target, ok := strings.CutPrefix(head, "CONNECT ")
			if !ok {
				return ""
			}
			host, _, _ := strings.Cut(target, " ")
			if conn, err := net.DialTimeout("tcp", host, time.Second); err == nil {
				_ = conn.Close()
			}
			_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n") // a client that went away is no concern
			return "a tunnel was granted"
		}),
	}
}

func upgradeGranted() Disease {
	return Disease{
		ID: "upgrade-granted", Check: "security.requests", Consequences: []string{},
		Summary: "every Upgrade is granted, to pages of any origin",
		infect: instead(func(_ config.Serve, w http.ResponseWriter, r *http.Request) string {
			if r.Header.Get("Upgrade") == "" {
				return ""
			}
			taken(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+r.Header.Get("Upgrade")+"\r\n\r\n")
			return "a connection speaks another protocol"
		}),
	}
}

// tokenOf gives a token of user 1, as a service does that skips its own rule.
func tokenOf(c config.Serve) string {
	token, _, err := auth.NewTokens([]byte(c.JWTSecret.Reveal()), time.Now).Issue(1)
	if err != nil {
		panic(err)
	}
	return "Bearer " + token
}

func pathUndressed() Disease {
	return Disease{
		ID: "path-undressed", Check: "security.requests", Consequences: []string{},
		Summary: "the rule looks at the path as written, the router at the tidied one",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tidy := strings.ToLower(path.Clean("/" + r.URL.Path))
					if r.URL.Path == tidy || !strings.HasPrefix(tidy, "/api/") || r.Header.Get("Authorization") != "" {
						next.ServeHTTP(w, r)
						return
					}
					r = r.Clone(r.Context())
					r.URL.Path, r.URL.RawPath = tidy, ""
					r.RequestURI = r.URL.RequestURI() // the cures read this one
					r.Header.Set("Authorization", tokenOf(c))
					took("a path in disguise needed no token")
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

func folderLeft() Disease {
	return Disease{
		ID: "folder-left", Check: "security.requests", Consequences: []string{},
		Summary: "a path with dots leads out of the folder that is served",
		infect: instead(func(_ config.Serve, w http.ResponseWriter, r *http.Request) string {
			if !strings.Contains(r.URL.Path, "..") {
				return ""
			}
			file, err := os.Open(path.Join("/srv/frontend", r.URL.Path))
			if err != nil {
				return ""
			}
			defer file.Close()
			if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
				return ""
			}
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.Copy(w, file)
			return "a file from outside is served"
		}),
	}
}

func hostRepeated() Disease {
	return Disease{
		ID: "host-repeated", Check: "security.requests", Consequences: []string{},
		Summary: "links are made of the name that the client wrote into Host",
		infect: rewritten(func(r *http.Request, status int, h http.Header) string {
			if status >= 400 || r.Host == "" {
				return ""
			}
			h.Set("Link", "<http://"+r.Host+r.URL.Path+`>; rel="canonical"`)
			return "a link with the client's name for the service"
		}),
	}
}

func headEndless() Disease {
	return Disease{
		ID: "head-endless", Check: "security.requests", Consequences: []string{},
		Summary: "the head of a request may be of any size",
		infect: softened(func(c *harden.Config) {
			c.Requests.HeaderBytes, c.Requests.TargetBytes, c.Requests.MostHeaders = 64<<20, 64<<20, 1<<20
		}),
	}
}

func jsonDeepBreaks() Disease {
	return Disease{
		ID: "json-deep-breaks", Check: "security.requests", Consequences: []string{},
		Summary: "JSON that is deep breaks the service",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost || r.ContentLength > bodyLimit {
						next.ServeHTTP(w, r)
						return
					}
					body := readAll(r)
					if strings.Count(body, "[") > 1000 {
						took("a deep body broke the service")
						w.WriteHeader(http.StatusInternalServerError)
						return
					}
					r = r.Clone(r.Context())
					r.Body = reading(strings.NewReader(body))
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}
