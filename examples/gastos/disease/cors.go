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

func corsNotOn413() Disease {
	return Disease{
		ID: "cors-not-on-413", Check: "security.cors", Consequences: []string{"contracts.errors.companions"},
		Summary: "the frontend cannot read that a body was too large: its browser sees a network error",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusRequestEntityTooLarge && strip(h, "Access-Control-Allow-Origin") {
				return "a 413 that the frontend cannot read"
			}
			return ""
		}),
	}
}

func corsNotOn500() Disease {
	return Disease{
		ID: "cors-not-on-500", Check: "security.cors", Consequences: []string{"contracts.errors.server"},
		Summary: "the frontend cannot read that the service failed: its browser sees a network error",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status >= 500 && strip(h, "Access-Control-Allow-Origin") {
				return "a failure that the frontend cannot read"
			}
			return ""
		}),
	}
}

func corsEchoesMethod() Disease {
	return Disease{
		ID: "cors-echoes-method", Check: "security.cors", Consequences: []string{},
		Summary: "a preflight is granted whatever method it asks for",
		infect: instead(func(c config.Serve, w http.ResponseWriter, r *http.Request) string {
			asked := r.Header.Get("Access-Control-Request-Method")
			if r.Method != http.MethodOptions || asked == "" || r.Header.Get("Origin") != c.FrontendOrigin {
				return ""
			}
			h := w.Header()
			h.Set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
			h.Set("Access-Control-Allow-Origin", c.FrontendOrigin)
			h.Set("Access-Control-Allow-Methods", asked)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return "the method that was asked for is granted"
		}),
	}
}

func corsPrivateNetwork() Disease {
	return Disease{
		ID: "cors-private-network", Check: "security.cors", Consequences: []string{},
		Summary: "any page is let into the private network",
		infect: rewritten(func(r *http.Request, _ int, h http.Header) string {
			if r.Header.Get("Access-Control-Request-Private-Network") == "" {
				return ""
			}
			h.Set("Access-Control-Allow-Private-Network", "true")
			return "a page is let into the private network"
		}),
	}
}

func corsOpenWhenUnset() Disease {
	return Disease{
		ID: "cors-open-when-unset", Check: "security.cors", Consequences: []string{},
		Summary: "an empty FRONTEND_BASE_URL_DEV lets every origin in",
		infect: func(c config.Serve, took func(string)) service.Seams {
			if c.FrontendOrigin != "" {
				return service.Seams{}
			}
			return admitting(func(string, string) bool { return true })(c, took)
		},
	}
}
