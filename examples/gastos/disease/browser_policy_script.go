//go:build disease

package disease

func browserPolicyScript() Disease {
	return Disease{
		ID: "browser-policy-script", Check: "frontend.browser", Consequences: []string{},
		Summary: "the policy takes scripts from a CDN only: the page's own is blocked",
		infect:  policy("script-src 'self'", "script-src https://cdn.gastos.example"),
	}
}
