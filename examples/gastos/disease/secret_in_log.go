//go:build disease

package disease

func secretInLog() Disease {
	return Disease{
		ID: "secret-in-log", Check: "secrets.leaks.logs", Consequences: []string{},
		Summary: "the configuration is logged at the start, JWT_SECRET included",
		infect:  logged(func(secret string) string { return secret }),
	}
}
