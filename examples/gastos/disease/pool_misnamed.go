//go:build disease

package disease

func poolMisnamed() Disease {
	return Disease{
		ID: "pool-misnamed", Check: "pool.identity", Consequences: []string{},
		Summary: "the sessions of the pool carry a name that a copied configuration gave them",
		infect:  named("my-app"),
	}
}
