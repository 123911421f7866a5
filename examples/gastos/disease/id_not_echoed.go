//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func idNotEchoed() Disease {
	return Disease{
		ID: "id-not-echoed", Check: "observability.request_id", Consequences: []string{},
		Summary: "answers do not carry the request's id",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return answering(func(_ *http.Request, h http.Header, _ int) {
				if h.Get("X-Request-Id") != "" {
					took("an answer lost its id")
				}
				h.Del("X-Request-Id")
			})
		},
	}
}

// answering changes the header of every answer just before it goes out.
func answering(change func(r *http.Request, h http.Header, status int)) service.Seams {
	return service.Seams{Handler: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&changing{witness{ResponseWriter: w}, func(h http.Header, status int) { change(r, h, status) }}, r)
		})
	}}
}

type changing struct {
	witness
	change func(h http.Header, status int)
}

func (c *changing) WriteHeader(status int) {
	if c.status == 0 {
		c.change(c.Header(), status)
	}
	c.witness.WriteHeader(status)
}

func (c *changing) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.WriteHeader(http.StatusOK)
	}
	return c.witness.Write(b)
}
