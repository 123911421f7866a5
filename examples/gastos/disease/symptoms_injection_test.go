//go:build disease

package disease_test

import "net/url"

// injectionSymptoms shows, from the outside, that each disease of injections does what
// it says.
func injectionSymptoms() map[string]func(*patient) {
	const list = "/api/gastos?empresaId=1&q="
	return map[string]func(*patient){
		"search-glued": func(p *patient) {
			if _, err := p.watcher.Exec(p.t.Context(), `create sequence moved; grant usage on sequence moved to public`); err != nil {
				p.t.Fatal(err)
			}
			defer func() { _, _ = p.watcher.Exec(p.t.Context(), `drop sequence moved`) }()
			gets(list+url.QueryEscape("x'||nextval('moved')||'"), signed(key), 200)(p)
			var moved bool
			if err := p.watcher.QueryRow(p.t.Context(), `select is_called from moved`).Scan(&moved); err != nil || !moved {
				p.t.Errorf("moved: %t, %v", moved, err)
			}
		},
		"quote-breaks": both(gets(list+"%27", signed(key), 500), gets(list+"taxi", signed(key), 200)),
		"cookie-loose": carries("/", 200, "Set-Cookie", "gastos_session=0123456789abcdef; Path=/; SameSite=Lax"),
		"member-assigned": func(p *patient) {
			r := p.ask(p.t.Context(), "POST", "/api/gastos", signed(key),
				`{"empresaId":1,"concepto":"Taxi","importe":"12.00","categoria":"viaje","fecha":"2025-06-01","creadoEn":"1999-09-09T09:09:09Z"}`, "Content-Type", "application/json")
			var rows int
			if err := p.watcher.QueryRow(p.t.Context(), `select count(*) from gastos where creado_en = '1999-09-09T09:09:09Z'`).Scan(&rows); err != nil || r.status != 201 || rows != 1 {
				p.t.Errorf("%d %s: %d rows, %v", r.status, r.body, rows, err)
			}
		},
		"login-always-true": func(p *patient) {
			for email, want := range map[string]int{"x' or '1'='1' -- ": 200, "usuario01@gastos.example": 401} {
				if r := p.ask(p.t.Context(), "POST", "/api/auth/login", "", `{"email":"`+email+`","password":"wrong"}`, "Content-Type", "application/json"); r.status != want {
					p.t.Errorf("%s: %d", email, r.status)
				}
			}
		},
	}
}
