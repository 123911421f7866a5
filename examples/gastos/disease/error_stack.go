//go:build disease

package disease

import "net/http"

func errorStack() Disease {
	return Disease{
		ID: "error-stack", Check: "contracts.errors.server", Consequences: []string{},
		Summary: "a 500 shows where it happened",
		infect: reshaped("a 500 has a stack", func(r *http.Request, a *held) bool {
			if a.status != http.StatusInternalServerError {
				return false
			}
			a.say("text/plain; charset=utf-8", "panic: boom\n\ngoroutine 42 [running]:\nmain.list()\n\t/srv/gastos/internal/store/gasto.go:61 +0x1d\n")
			return true
		}),
	}
}
