//go:build disease

package disease_test

import (
	"context"
	"strings"
	"time"

	"gastos/internal/testdb"
)

// browserSymptoms shows from the outside what a browser is told.
func browserSymptoms() map[string]func(*patient) {
	asBrowser := []string{"Sec-Fetch-Mode", "cors"}
	return map[string]func(*patient){
		"browser-policy-script": both(tells("/", "Content-Security-Policy", "script-src https://cdn.gastos.example;"), serves("/", page)),
		"browser-policy-api": func(p *patient) {
			if got := p.ask(p.t.Context(), "GET", "/", "", "").header.Get("Content-Security-Policy"); strings.Contains(got, "connect-src") || !strings.Contains(got, "default-src 'none'") {
				p.t.Error(got)
			}
		},
		"browser-elsewhere": both(tells("/", "Link", "<http://estilos.example/marca.css>"),
			both(tells("/", "Content-Security-Policy", "style-src 'self' http://estilos.example;"), serves("/", page))),
		"browser-list-fails": both(answers("GET", "/api/gastos?empresaId=1", "", 500, asBrowser...), answers("GET", "/api/gastos?empresaId=1", "", 200)),
		"browser-list-hangs": both(hangs("/api/gastos?empresaId=1", asBrowser...), answers("GET", "/api/gastos?empresaId=1", "", 200)),
		"browser-login-refused": func(p *patient) {
			const login = `{"email":"usuario01@gastos.example","password":"` + testdb.Password + `"}`
			answers("POST", "/api/auth/login", login, 403, append(asBrowser, "Origin", p.url)...)(p)
			answers("POST", "/api/auth/login", login, 200)(p)
		},
		"browser-script-type":   both(tells("/assets/index-1.js", "Content-Type", "text/plain"), serves("/assets/index-1.js", script)),
		"browser-script-broken": serves("/assets/index-1.js", script[:len(script)*9/10]+"\nif ("),
		"frontend-writes":       serves("/", page),
	}
}

// tells wants a header of an answer to hold a text.
func tells(path, name, part string) func(*patient) {
	return func(p *patient) {
		if got := p.ask(p.t.Context(), "GET", path, "", "").header.Get(name); !strings.Contains(got, part) {
			p.t.Errorf("%s: %s is %q, want %q in it", path, name, got, part)
		}
	}
}

func answers(method, path, body string, status int, headers ...string) func(*patient) {
	return func(p *patient) {
		if got := p.ask(p.t.Context(), method, path, signed(key), body, headers...); got.status != status {
			p.t.Errorf("%s %s %v: %d %s, want %d", method, path, headers, got.status, got.body, status)
		}
	}
}

// hangs wants no answer for a while.
func hangs(path string, headers ...string) func(*patient) {
	return func(p *patient) {
		short, cancel := context.WithTimeout(p.t.Context(), 500*time.Millisecond)
		defer cancel()
		if got := p.ask(short, "GET", path, signed(key), "", headers...); got.status != 0 {
			p.t.Errorf("%s: %d", path, got.status)
		}
	}
}
