//go:build disease

package disease

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

func compressionAbsent() Disease {
	return Disease{
		ID: "compression-absent", Check: "parity.compression", Consequences: []string{},
		Summary: "nothing is compressed, whatever the client accepts",
		infect: before(func(r *http.Request, _ http.ResponseWriter, took func(string)) {
			if asksForGzip(r) {
				r.Header.Del("Accept-Encoding")
				took("gzip was accepted and the service was not told")
			}
		}),
	}
}

func compressionStale() Disease {
	return Disease{
		ID: "compression-stale", Check: "parity.compression", Consequences: []string{},
		Summary: "the compressed form of openapi.json is that of an older release",
		infect:  gzipped("/openapi.json", func(body []byte) []byte { return append([]byte(" "), body...) }),
	}
}

func compressionNeedless() Disease {
	return Disease{
		ID: "compression-needless", Check: "parity.compression", Consequences: []string{},
		Summary: "answers of a few bytes are compressed too, and grow",
		infect:  gzipped("/healthz", func(body []byte) []byte { return body }),
	}
}

func compressionNoVary() Disease {
	return Disease{
		ID: "compression-no-vary", Check: "parity.compression", Consequences: []string{},
		Summary: "answers do not tell caches that they depend on Accept-Encoding",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(&unvaried{ResponseWriter: w, took: took}, r)
				})
			}}
		},
	}
}

// unvaried is an answer without Accept-Encoding in Vary.
type unvaried struct {
	http.ResponseWriter
	took func(string)
	sent bool
}

func (u *unvaried) WriteHeader(status int) {
	if !u.sent {
		u.sent = true
		all := strings.Split(strings.Join(u.Header().Values("Vary"), ", "), ", ")
		rest := slices.DeleteFunc(slices.Clone(all), func(v string) bool { return strings.EqualFold(v, "Accept-Encoding") })
		if len(rest) < len(all) {
			u.Header().Set("Vary", strings.Join(rest, ", "))
			u.took("an answer lost Accept-Encoding from Vary")
		}
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *unvaried) Write(b []byte) (int, error) {
	if !u.sent {
		u.WriteHeader(http.StatusOK)
	}
	return u.ResponseWriter.Write(b)
}

func (u *unvaried) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// gzipped compresses what alter makes of one path's answer, for whoever accepts it.
func gzipped(path string, alter func([]byte) []byte) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return altered(path, took, func(r *http.Request, h http.Header, body []byte) []byte {
			if !asksForGzip(r) {
				return body
			}
			h.Set("Content-Encoding", "gzip")
			if !slices.Contains(h.Values("Vary"), "Accept-Encoding") {
				h.Add("Vary", "Accept-Encoding")
			}
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, _ = w.Write(alter(body))
			_ = w.Close()
			return packed.Bytes()
		})
	}
}

func asksForGzip(r *http.Request) bool {
	accept := r.Header.Get("Accept-Encoding")
	return strings.Contains(accept, "gzip") && !strings.Contains(accept, "gzip;q=0")
}

// before changes each request before the service sees it.
func before(change func(*http.Request, http.ResponseWriter, func(string))) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r = r.Clone(r.Context())
				change(r, w, took)
				next.ServeHTTP(w, r)
			})
		}}
	}
}
