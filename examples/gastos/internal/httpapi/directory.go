package httpapi

import (
	"net/http"

	"gastos/internal/store"
)

func (a *API) listEmpresas(w http.ResponseWriter, r *http.Request) error {
	items, err := a.Store.Empresas(r.Context(), asker(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, list[store.Empresa]{Items: items, Total: int64(len(items))})
}

func (a *API) listUsuarios(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	empresaID, page := q.optionalID("empresaId"), q.page()
	if err := q.done(); err != nil {
		return err
	}
	items, total, err := a.Store.Usuarios(r.Context(), asker(r), empresaID, page)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, pageOf[store.Usuario]{items, total, page.Number, page.Size})
}

func (a *API) showUsuario(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	u, err := a.Store.Usuario(r.Context(), asker(r), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, u)
}
