//go:build disease

package disease

import "net/http"

func idNotEchoed() Disease {
	return Disease{
		ID: "id-not-echoed", Check: "observability.request_id", Consequences: []string{},
		Summary: "answers do not carry the request's id",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			if h.Get("X-Request-Id") == "" {
				return ""
			}
			h.Del("X-Request-Id")
			return "an answer lost its id"
		}),
	}
}
