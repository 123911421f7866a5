//go:build disease

package disease

import (
	"net/http"
	"strings"
)

func idCredulous() Disease {
	return Disease{
		ID: "id-credulous", Check: "observability.hostile_id", Consequences: []string{},
		Summary: "whatever a caller sends as an id comes back as it was",
		infect: rewritten(func(r *http.Request, _ int, h http.Header) string {
			sent := strings.Join(r.Header.Values("X-Request-Id"), ", ")
			if sent == "" || h.Get("X-Request-Id") == sent {
				return ""
			}
			h.Set("X-Request-Id", sent)
			return "an id that was refused comes back"
		}),
	}
}
