//go:build disease

package disease

func browserPolicyAPI() Disease {
	return Disease{
		ID: "browser-policy-api", Check: "frontend.browser", Consequences: []string{},
		Summary: "the policy forgets connect-src: the page may not call its API",
		infect:  policy("connect-src 'self'; ", ""),
	}
}
