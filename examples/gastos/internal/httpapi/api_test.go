package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"listo/harden"

	"gastos"
	"gastos/internal/store"
	"gastos/internal/testdb"
)

type object = map[string]any

func TestAPI(t *testing.T) {
	b := newBench(t, testdb.Seeded(t).App, generous())
	for name, test := range map[string]func(*bench){
		"login": login, "who": who, "directory": directory, "listing": listing, "tenants": tenants,
		"life of an expense": life, "permissions": permissions, "open routes": openRoutes, "malformed": malformed,
	} {
		t.Run(name, func(t *testing.T) {
			own := *b
			own.t = t
			test(&own)
		})
	}
}

func login(b *bench) {
	w := b.as(0, "POST", "/api/auth/login", object{"email": "Usuario07@GASTOS.example", "password": testdb.Password}, 200)
	s := decode[session](b.t, w)
	if id, err := b.tokens.Verify(s.Token); err != nil || id != 7 || s.Usuario.ID != 7 || s.Usuario.AuthMethod != "password" {
		b.t.Errorf("%+v, %d, %v", s, id, err)
	}
	if strings.Contains(w.Body.String(), "argon2") {
		b.t.Error("the hash comes back")
	}
	wrong := b.as(0, "POST", "/api/auth/login", object{"email": "usuario07@gastos.example", "password": "x"}, 401).Body.String()
	nobody := b.as(0, "POST", "/api/auth/login", object{"email": "nobody@gastos.example", "password": "x"}, 401).Body.String()
	var a, c struct{ Detail string }
	if json.Unmarshal([]byte(wrong), &a) != nil || json.Unmarshal([]byte(nobody), &c) != nil || a != c {
		b.t.Errorf("the answer tells who exists: %s, %s", wrong, nobody)
	}
	for _, like := range []string{"%", "usuario0_@gastos.example", "' or 1=1 --"} {
		b.as(0, "POST", "/api/auth/login", object{"email": like + "   ", "password": testdb.Password}, 401)
	}
}

func who(b *bench) {
	if u := decode[store.Usuario](b.t, b.as(1, "GET", "/api/me", nil, 200)); u.Role != "admin" || u.Email != "usuario01@gastos.example" {
		b.t.Errorf("%+v", u)
	}
	for _, target := range []string{"/api/me", "/api/empresas", "/api/usuarios", "/api/usuarios/1", "/api/gastos?empresaId=1", "/api/gastos/1"} {
		b.as(999, "GET", target, nil, 401) // the token is good, its user is gone
		b.as(0, "GET", target, nil, 401)
	}
	b.as(999, "DELETE", "/api/gastos/1", nil, 401)
}

func directory(b *bench) {
	if got := decode[list[store.Empresa]](b.t, b.as(1, "GET", "/api/empresas", nil, 200)); got.Total != 3 || got.Items[2].Nombre != "Cantábrico" {
		b.t.Errorf("%+v", got)
	}
	if got := decode[list[store.Empresa]](b.t, b.as(5, "GET", "/api/empresas", nil, 200)); got.Total != 1 || got.Items[0].ID != 2 {
		b.t.Errorf("%+v", got)
	}
	if got := decode[pageOf[store.Usuario]](b.t, b.as(1, "GET", "/api/usuarios?pageSize=100", nil, 200)); got.Total != 54 || len(got.Items) != 54 {
		b.t.Errorf("%d of %d", len(got.Items), got.Total)
	}
	// Company 2 has its 18 and user 1.
	got := decode[pageOf[store.Usuario]](b.t, b.as(2, "GET", "/api/usuarios?page=2&pageSize=10", nil, 200))
	if got.Total != 19 || len(got.Items) != 9 || got.Page != 2 {
		b.t.Errorf("%d of %d on page %d", len(got.Items), got.Total, got.Page)
	}
	b.as(2, "GET", "/api/usuarios?empresaId=3", nil, 403)
	b.as(5, "GET", "/api/usuarios", nil, 403)
	b.as(5, "GET", "/api/usuarios/5", nil, 200)
	b.as(5, "GET", "/api/usuarios/8", nil, 403)
	b.as(2, "GET", "/api/usuarios/5", nil, 200)
	b.as(2, "GET", "/api/usuarios/6", nil, 404)
	b.as(2, "GET", "/api/usuarios/999", nil, 404)
}

func listing(b *bench) {
	page := func(query string) pageOf[store.Gasto] {
		return decode[pageOf[store.Gasto]](b.t, b.as(4, "GET", "/api/gastos?empresaId=1&"+query, nil, 200))
	}
	all, seen := page("pageSize=100"), map[int64]bool{}
	for n := int64(1); n <= 70; n++ {
		last := store.Gasto{Fecha: "9999-12-31"}
		for _, g := range page(fmt.Sprintf("pageSize=100&page=%d", n)).Items {
			if seen[g.ID] || g.EmpresaID != 1 || g.Fecha > last.Fecha || (g.Fecha == last.Fecha && g.ID > last.ID) {
				b.t.Fatalf("page %d: %+v after %+v", n, g, last)
			}
			seen[g.ID], last = true, g
		}
	}
	if all.Total != 7000 || len(seen) != 7000 {
		b.t.Errorf("total %d, pages hold %d", all.Total, len(seen))
	}
	if got := page("page=71&pageSize=100"); got.Items == nil || len(got.Items) != 0 || got.Total != 7000 {
		b.t.Errorf("past the end: %+v", got)
	}
	some := page("categoria=viaje&estado=aprobado&desde=2024-06-01&hasta=2024-06-30&q=TREN")
	if some.Total == 0 || some.Total > 100 {
		b.t.Errorf("%d found", some.Total)
	}
	for _, g := range some.Items {
		if g.Categoria != "viaje" || g.Estado != "aprobado" || !strings.HasPrefix(g.Fecha, "2024-06") || !strings.Contains(g.Concepto, "Tren") {
			b.t.Errorf("%+v", g)
		}
	}
	if page("").PageSize != 20 || page("q=%25").Total != 0 || page("q=_").Total != 0 || page("desde=2025-01-02&hasta=2025-01-01").Total != 0 {
		b.t.Error("a default or a filter is wrong")
	}
}

func tenants(b *bench) {
	b.as(4, "GET", "/api/gastos?empresaId=2", nil, 403)
	b.as(4, "GET", "/api/gastos?empresaId=999", nil, 403)
	foreign := object{"empresaId": 2, "concepto": "x", "importe": "1.00", "categoria": "otros", "fecha": "2024-01-01"}
	b.as(4, "POST", "/api/gastos", foreign, 403)
	change := object{"concepto": "x", "importe": "1.00", "categoria": "otros", "fecha": "2024-01-01", "estado": "pendiente"}
	for _, asker := range []int64{4, 3} { // an employee of 1, an admin of 3
		b.as(asker, "GET", "/api/gastos/2", nil, 404)
		b.as(asker, "PUT", "/api/gastos/2", change, 404)
		b.as(asker, "DELETE", "/api/gastos/2", nil, 404)
	}
	b.as(5, "GET", "/api/gastos/2", nil, 200)
	b.as(1, "GET", "/api/gastos/2", nil, 200)
}

func life(b *bench) {
	body := object{"empresaId": 1, "concepto": "Ñandú 😀 <b>'\"", "importe": "0.10", "categoria": "otros", "fecha": "2024-02-29"}
	w := b.as(4, "POST", "/api/gastos", body, 201)
	created := decode[store.Gasto](b.t, w)
	where := w.Header().Get("Location")
	if created.UsuarioID != 4 || created.Estado != "pendiente" || created.Importe != "0.10" || created.Concepto != body["concepto"] || created.Fecha != "2024-02-29" {
		b.t.Errorf("%+v", created)
	}
	if got := decode[store.Gasto](b.t, b.as(4, "GET", where, nil, 200)); got != created {
		b.t.Errorf("read %+v, created %+v", got, created)
	}
	change := object{"concepto": "otro", "importe": "99999999.99", "categoria": "viaje", "fecha": "2024-03-01", "estado": "pendiente"}
	first := decode[store.Gasto](b.t, b.as(4, "PUT", where, change, 200))
	again := decode[store.Gasto](b.t, b.as(4, "PUT", where, change, 200))
	if first != again || first.Importe != "99999999.99" || first.ID != created.ID || first.CreadoEn != created.CreadoEn {
		b.t.Errorf("%+v, then %+v", first, again)
	}
	b.as(4, "DELETE", where, nil, 204)
	b.as(4, "DELETE", where, nil, 404)
	b.as(4, "GET", where, nil, 404)
}

func permissions(b *bench) {
	body := object{"empresaId": 1, "concepto": "x", "importe": "1.00", "categoria": "otros", "fecha": "2024-01-01"}
	where := b.as(4, "POST", "/api/gastos", body, 201).Header().Get("Location")
	change := func(estado string) object {
		return object{"concepto": "x", "importe": "1.00", "categoria": "otros", "fecha": "2024-01-01", "estado": estado}
	}
	b.as(7, "GET", where, nil, 200) // a colleague reads
	b.as(7, "PUT", where, change("pendiente"), 403)
	b.as(7, "DELETE", where, nil, 403)
	b.as(4, "PUT", where, change("aprobado"), 403) // nobody approves their own
	if got := decode[store.Gasto](b.t, b.as(1, "PUT", where, change("aprobado"), 200)); got.Estado != "aprobado" || got.UsuarioID != 4 {
		b.t.Errorf("%+v", got)
	}
	b.as(4, "PUT", where, change("aprobado"), 200)
	b.as(1, "DELETE", where, nil, 204)
}

func openRoutes(b *bench) {
	b.as(0, "GET", "/healthz", nil, 200)
	b.as(0, "GET", "/readyz", nil, 200)
	if w := b.as(0, "GET", "/openapi.json", nil, 200); !bytes.Equal(w.Body.Bytes(), gastos.OpenAPI) {
		b.t.Error("another document is served")
	}
	b.as(0, "GET", "/", nil, 200)
	b.as(0, "GET", "/assets/app-1.js", nil, 200)
	b.as(0, "GET", "/assets/app-2.js", nil, 404)
}

func malformed(b *bench) {
	for target, want := range map[string]int{
		"/api/gastos": 400, "/api/gastos?empresaId=1&page=-1": 400, "/api/gastos?empresaId=1&q=%00": 400, "/api/usuarios?empresaId=x": 400,
		"/api/gastos/0": 400, "/api/gastos/x": 400, "/api/gastos/%00": 400, "/api/gastos/9223372036854775808": 400, "/api/gastos/%F0%9F": 400,
		"/api/gastos/9007199254740991": 404, "/api/usuarios/9007199254740991": 404, "/api/gastos?empresaId=9007199254740991": 403,
	} {
		b.as(1, "GET", target, nil, want)
	}
	b.as(1, "POST", "/api/gastos", "{", 400)
	b.as(1, "POST", "/api/gastos", "{}", 422)
	b.as(1, "POST", "/api/gastos", strings.Repeat(" ", 64<<10+1), 413)
	b.as(0, "POST", "/api/auth/login", strings.Repeat(" ", 64<<10+1), 413)
	b.as(0, "POST", "/api/auth/login", "[]", 422)
	r := httptest.NewRequest("POST", "/api/auth/login", strings.NewReader("a=b"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if b.conforms("POST", "/api/auth/login", w); w.Code != 415 {
		b.t.Errorf("a form: %d", w.Code)
	}
}

func TestRateLimit(t *testing.T) {
	b := newBench(t, testdb.Seeded(t).App, harden.Quota{Requests: 3, Window: time.Hour})
	for range 3 {
		b.as(4, "GET", "/api/me", nil, 200)
		b.as(0, "POST", "/api/auth/login", "{}", 422)
	}
	b.as(4, "GET", "/api/empresas", nil, 429) // documented, with Retry-After
	b.as(0, "POST", "/api/auth/login", "{}", 429)
	b.as(7, "GET", "/api/me", nil, 200) // another user has a bucket of their own
	for range 10 {
		b.as(0, "GET", "/healthz", nil, 200)
	}
}

func TestDatabaseAway(t *testing.T) {
	d := testdb.Migrated(t)
	b := newBench(t, strings.Replace(d.App, d.Name, "no_such_database", 1), generous())
	b.as(1, "GET", "/api/me", nil, 503)
	b.as(1, "GET", "/api/gastos?empresaId=1", nil, 503)
	b.as(0, "POST", "/api/auth/login", object{"email": "a@b", "password": "x"}, 503)
	b.as(0, "GET", "/healthz", nil, 200)
	b.ready = fmt.Errorf("away")
	if w := b.as(0, "GET", "/readyz", nil, 503); strings.Contains(w.Body.String(), "away") {
		t.Errorf("the cause is told: %s", w.Body)
	}
}
