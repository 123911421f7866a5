//go:build disease

package disease_test

import (
	"strings"
)

// asked asks once, as user 1, and wants a status and a text in the answer.
func asked(method, path, body string, status int, text string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		token := signed(key)
		if strings.HasPrefix(path, "!") { // nobody's token
			token, path = "", path[1:]
		}
		r := p.ask(p.t.Context(), method, path, token, body, "Content-Type", "application/json")
		if r.status != status || !strings.Contains(r.body, text) {
			p.t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
		}
	}
}

// groundless asks while the table of expenses is away.
func groundless(text string) func(*patient) {
	return func(p *patient) {
		for _, statement := range []string{"alter table gastos rename to aside", "", "alter table aside rename to gastos"} {
			if statement == "" {
				asked("GET", "/api/gastos?empresaId=1", "", 500, text)(p)
			} else if _, err := p.watcher.Exec(p.t.Context(), statement); err != nil {
				p.t.Fatal(err)
			}
		}
		asked("GET", "/api/gastos?empresaId=1", "", 200, "items")(p)
	}
}

// hurried asks until it is too much.
func hurried(text string) func(*patient) {
	return func(p *patient) {
		for range 2000 {
			if r := p.ask(p.t.Context(), "GET", "/api/me", signed(key), ""); r.status == 429 {
				if !strings.Contains(r.body, text) {
					p.t.Errorf("%s", r.body)
				}
				return
			}
		}
		p.t.Error("2000 requests in a row are not too many")
	}
}

func contractSymptoms() map[string]func(*patient) {
	const expense = `{"empresaId":1,"concepto":"x","importe":"1.00","categoria":"avión","fecha":"2025-01-01"}`
	return map[string]func(*patient){
		"contract-wrong-type":          asked("GET", "/api/gastos?empresaId=1", "", 200, `"moneda":"EUR"`),
		"contract-missing-field":       asked("GET", "/api/empresas", "", 200, `"nombre":"Andes"}`),
		"contract-duplicate-key":       asked("GET", "/api/me", "", 200, `{"id":0,"id":1`),
		"contract-wrong-media":         asked("GET", "/api/usuarios", "", 200, `"items"`),
		"contract-undocumented-status": asked("GET", "/api/gastos/99999999", "", 410, `"status":410`),
		"contract-shadow-route":        asked("GET", "!/api/_dump", "", 200, "JWT_SECRET"),
		"contract-shadow-method":       asked("PATCH", "/api/gastos/1", "{}", 200, "patched"),
		"contract-ghost":               asked("PUT", "/api/gastos/1", "{}", 405, `"status":405`),
		"contract-invalid-is-500":      asked("POST", "/api/gastos", "{}", 500, `"status":500`),
		"contract-minimum-ignored":     asked("GET", "/api/gastos?empresaId=1&page=0", "", 200, `"page":1`),
		"contract-format-ignored":      asked("GET", "/api/gastos?empresaId=1&desde=2024-02-30", "", 200, `"items"`),
		"contract-enum-ignored":        asked("POST", "/api/gastos", expense, 201, `"categoria":"otros"`),
		"error-html":                   asked("GET", "/nowhere", "", 404, "<h1>"),
		"error-status-lies":            asked("GET", "!/api/me", "", 401, `"status":403`),
		"error-method-unknown":         asked("DELETE", "/api/me", "", 404, `"status":404`),
		"error-stack":                  groundless("goroutine 42"),
		"error-sql":                    asked("GET", "/api/gastos?empresaId=1&page=0", "", 400, "SQLSTATE"),
		"error-method-crashes":         asked("FOOBAR", "/api/me", "", 500, `"status":500`),
		"error-limited-text":           hurried("please try again later"),
	}
}
