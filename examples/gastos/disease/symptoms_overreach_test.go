//go:build disease

package disease_test

// overreachSymptoms shows, from the outside, that each disease of overreaches does
// what it says.
func overreachSymptoms() map[string]func(*patient) {
	return map[string]func(*patient){
		"role-unchecked": both(gets("/api/usuarios?empresaId=2", of("5"), 200), gets("/api/usuarios?empresaId=3", of("5"), 403)),
		"tenant-parameter-twice": both(gets("/api/gastos?empresaId=3&empresaId=2", of("3"), 200),
			both(gets("/api/gastos?empresaId=2", of("3"), 403), gets("/api/gastos?empresaId=2&empresaId=3", of("3"), 400))),
		"tenant-deleted-silently": func(p *patient) {
			gets("/api/gastos/5", of("2"), 200)(p)
			if r := p.ask(p.t.Context(), "DELETE", "/api/gastos/5", of("3"), ""); r.status/100 != 4 {
				p.t.Errorf("%d", r.status)
			}
			gets("/api/gastos/5", of("2"), 404)(p)
		},
	}
}
