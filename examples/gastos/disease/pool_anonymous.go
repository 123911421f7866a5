//go:build disease

package disease

func poolAnonymous() Disease {
	return Disease{
		ID: "pool-anonymous", Check: "pool.identity", Consequences: []string{},
		Summary: "the sessions of the pool have no application_name",
		infect:  named(""),
	}
}
