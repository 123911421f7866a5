package httpapi

import (
	"fmt"
	"net/http"
	"strconv"

	"gastos/internal/problem"
	"gastos/internal/store"
)

type health struct {
	Status string `json:"status"`
}

// healthz says that the process lives. It asks nobody else: a dead database is no
// reason to restart us.
func (a *API) healthz(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, health{"ok"})
}

// readyz says whether requests can be served now.
func (a *API) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := a.Ready(r.Context()); err != nil {
		return fmt.Errorf("%w: not ready: %w", store.ErrUnavailable, err)
	}
	return answer(w, http.StatusOK, health{"ready"})
}

func (a *API) openapi(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(a.OpenAPI)))
	_, _ = w.Write(a.OpenAPI)
	return nil
}

func (a *API) index(w http.ResponseWriter, r *http.Request) error {
	return a.file(w, r, "index.html")
}

func (a *API) asset(w http.ResponseWriter, r *http.Request) error {
	return a.file(w, r, "assets/"+r.PathValue("file"))
}

func (a *API) file(w http.ResponseWriter, r *http.Request, name string) error {
	if !a.Site.Serve(w, r, name) {
		return problem.New(http.StatusNotFound, "no such file")
	}
	return nil
}
