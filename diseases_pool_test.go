package listo_test

import (
	"testing"
)

func poolDiseases() []disease {
	return []disease{
		{ID: "pool-too-large", Check: "pool.headroom", Summary: "two replicas want more connections than the server allows",
			infect: func(t *testing.T, w *workspace) {
				w.edits = append(w.edits, "pool:\n", "pool:\n  replicas: 12\n")
			}},
	}
}
