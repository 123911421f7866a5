//go:build disease

package disease

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// handwritten writes some answers to the connection by hand and ends it: write gives
// what is written, "" to leave the answer to the service.
func handwritten(how string, write func(r *http.Request, a *held) string) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/assets/") || r.URL.Path == "/" {
					next.ServeHTTP(w, r)
					return
				}
				answer := hold(next, r)
				text := write(r, answer)
				if text == "" {
					answer.release(w)
					return
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					panic(err) // the server speaks HTTP/1.1
				}
				_, _ = io.WriteString(conn, text)
				_ = conn.Close()
				took(how)
			})
		}}
	}
}

// release lets a kept answer go as it is.
func (h *held) release(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes())
}

// plain is a kept answer as it stands on the wire.
func (h *held) plain() string {
	var out strings.Builder
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", h.status, http.StatusText(h.status))
	h.header.Set("Content-Length", fmt.Sprint(h.body.Len()))
	_ = h.header.Write(&out) // a builder takes everything
	return out.String() + "\r\n" + h.body.String()
}

func errorOverflows() Disease {
	return Disease{
		ID: "error-overflows", Check: "contracts.errors.framing", Consequences: []string{},
		Summary: "behind a 404 stands a remark that its length does not count",
		infect: handwritten("a 404 is longer than it says", func(_ *http.Request, a *held) string {
			if a.status != http.StatusNotFound {
				return ""
			}
			return a.plain() + "<!-- not found -->"
		}),
	}
}

func errorCut() Disease {
	return Disease{
		ID: "error-cut", Check: "contracts.errors.framing", Consequences: []string{},
		Summary: "behind a refused body the connection is cut without a word",
		infect: handwritten("a 400 and an end", func(r *http.Request, a *held) string {
			if a.status != http.StatusBadRequest || r.Method != http.MethodPost {
				return ""
			}
			return a.plain()
		}),
	}
}

func errorHeadBody() Disease {
	return Disease{
		ID: "error-head-body", Check: "contracts.errors.framing", Consequences: []string{},
		Summary: "HEAD of what is not found is answered with a body",
		infect: handwritten("HEAD has a body", func(r *http.Request, a *held) string {
			if a.status != http.StatusNotFound || r.Method != http.MethodHead {
				return ""
			}
			if a.body.Len() == 0 {
				a.say("application/problem+json", `{"title":"Not Found","status":404}`)
			}
			return a.plain()
		}),
	}
}

func errorHeadFine() Disease {
	return Disease{
		ID: "error-head-fine", Check: "contracts.errors.framing", Consequences: []string{"contracts.undocumented"},
		Summary: "HEAD finds what GET does not",
		infect: reshaped("HEAD of nothing is 200", func(r *http.Request, a *held) bool {
			if r.Method != http.MethodHead || a.status != http.StatusNotFound {
				return false
			}
			a.status = http.StatusOK
			return true
		}),
	}
}

func errorGzipLie() Disease {
	return Disease{
		ID: "error-gzip-lie", Check: "contracts.errors.framing", Consequences: []string{},
		Summary: "an error keeps the Content-Encoding of the answer in whose place it came",
		infect: reshaped("a 404 says gzip and is not", func(r *http.Request, a *held) bool {
			if a.status != http.StatusNotFound || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				return false
			}
			a.header.Set("Content-Encoding", "gzip")
			return true
		}),
	}
}
