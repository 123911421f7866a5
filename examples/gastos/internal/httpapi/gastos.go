package httpapi

import (
	"fmt"
	"net/http"

	"gastos/internal/store"
)

func (a *API) listGastos(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	filter := store.Filter{
		EmpresaID: q.requiredID("empresaId"),
		Categoria: q.oneOf("categoria", categorias),
		Estado:    q.oneOf("estado", estados),
		Desde:     q.date("desde"),
		Hasta:     q.date("hasta"),
		Q:         q.search("q"),
	}
	page := q.page()
	if err := q.done(); err != nil {
		return err
	}
	items, total, err := a.Store.Gastos(r.Context(), asker(r), filter, page)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, pageOf[store.Gasto]{items, total, page.Number, page.Size})
}

func (a *API) createGasto(w http.ResponseWriter, r *http.Request) error {
	body, err := readFields(r)
	if err != nil {
		return err
	}
	nuevo := store.NuevoGasto{
		EmpresaID: body.id("empresaId"),
		Concepto:  body.text("concepto", 1, maxConcepto),
		Importe:   body.amount("importe"),
		Categoria: body.oneOf("categoria", categorias),
		Fecha:     body.date("fecha"),
	}
	if err := body.done(); err != nil {
		return err
	}
	g, err := a.Store.CreateGasto(r.Context(), asker(r), nuevo)
	if err != nil {
		return err
	}
	w.Header().Set("Location", fmt.Sprintf("/api/gastos/%d", g.ID))
	return answer(w, http.StatusCreated, g)
}

func (a *API) showGasto(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	g, err := a.Store.Gasto(r.Context(), asker(r), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, g)
}

func (a *API) updateGasto(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	body, err := readFields(r)
	if err != nil {
		return err
	}
	cambio := store.CambioGasto{
		Concepto:  body.text("concepto", 1, maxConcepto),
		Importe:   body.amount("importe"),
		Categoria: body.oneOf("categoria", categorias),
		Fecha:     body.date("fecha"),
		Estado:    body.oneOf("estado", estados),
	}
	if err := body.done(); err != nil {
		return err
	}
	g, err := a.Store.UpdateGasto(r.Context(), asker(r), id, cambio)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, g)
}

func (a *API) deleteGasto(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteGasto(r.Context(), asker(r), id); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
