//go:build disease

package disease

import (
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// headed lets the answers of a path go out with other headers than the service
// gave them. change tells what it did, "" for nothing.
func headed(path string, took func(string), change func(http.Header) string) service.Seams {
	return service.Seams{Handler: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				next.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(&rewriting{ResponseWriter: w, change: func(h http.Header) {
				if did := change(h); did != "" {
					took(did)
				}
			}}, r)
		})
	}}
}

// rewriting changes the header just before it goes out.
type rewriting struct {
	http.ResponseWriter
	change func(http.Header)
	done   bool
}

func (w *rewriting) WriteHeader(status int) {
	if !w.done {
		w.done = true
		w.change(w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rewriting) Write(b []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *rewriting) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// policy replaces one directive of the page's policy.
func policy(from, to string) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return headed("/", took, func(h http.Header) string {
			const name = "Content-Security-Policy"
			before := h.Get(name)
			after := strings.Replace(before, from, to, 1)
			if h.Set(name, after); after == before {
				return ""
			}
			return "the page's policy is: " + after
		})
	}
}

// byBrowser tells a request by what only browsers send (Fetch Metadata).
func byBrowser(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Mode") != "" }
