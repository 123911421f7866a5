//go:build disease

package disease

import (
	"net/http"
	"strings"
)

func cspUnsafeInline() Disease {
	return Disease{
		ID: "csp-unsafe-inline", Check: "security.csp", Consequences: []string{},
		Summary: "the policy lets scripts run that stand in the page itself",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			before := h.Get("Content-Security-Policy")
			after := strings.Replace(before, "script-src 'self'", "script-src 'self' 'unsafe-inline'", 1)
			h.Set("Content-Security-Policy", after)
			if before != after {
				return "'unsafe-inline' stands in the policy"
			}
			return ""
		}),
	}
}

func cspReportOnly() Disease {
	return Disease{
		ID: "csp-report-only", Check: "security.csp", Consequences: []string{"security.headers"},
		Summary: "the policy is reported about and never enforced",
		infect: rewritten(func(_ *http.Request, _ int, h http.Header) string {
			policy := h.Get("Content-Security-Policy")
			if strip(h, "Content-Security-Policy") {
				h.Set("Content-Security-Policy-Report-Only", policy)
				return "a policy that only reports"
			}
			return ""
		}),
	}
}
