//go:build disease

package disease

import (
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// admitting lets in further origins: those of which more is true.
func admitting(more func(allowed, origin string) bool) infect {
	return func(c config.Serve, took func(string)) service.Seams {
		return rewritten(func(r *http.Request, _ int, h http.Header) string {
			origin := r.Header.Get("Origin")
			if origin == "" || origin == c.FrontendOrigin || !more(c.FrontendOrigin, origin) {
				return ""
			}
			h.Set("Access-Control-Allow-Origin", origin)
			return "another origin is let in"
		})(c, took)
	}
}

func corsReflects() Disease {
	return Disease{
		ID: "cors-reflects", Check: "security.cors", Consequences: []string{},
		Summary: "every origin is told that it is the allowed one",
		infect:  admitting(func(string, string) bool { return true }),
	}
}

func corsEndsWith() Disease {
	return Disease{
		ID: "cors-ends-with", Check: "security.cors", Consequences: []string{},
		Summary: "an origin is let in when it ends like the allowed one",
		infect: admitting(func(allowed, origin string) bool {
			_, host, _ := strings.Cut(allowed, "://")
			return host != "" && strings.HasSuffix(origin, host)
		}),
	}
}

func corsNull() Disease {
	return Disease{
		ID: "cors-null", Check: "security.cors", Consequences: []string{},
		Summary: "the origin null is let in, which every sandboxed frame has",
		infect:  admitting(func(_, origin string) bool { return origin == "null" }),
	}
}

func corsWithoutVary() Disease {
	return Disease{
		ID: "cors-without-vary", Check: "security.cors", Consequences: []string{},
		Summary: "caches are not told that an answer depends on the origin",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			if strip(h, "Vary") {
				return "an answer without Vary"
			}
			return ""
		}),
	}
}
