//go:build disease

package disease_test

// rateSymptoms shows, from the outside, that each disease of rateEdges does what it
// says.
func rateSymptoms() map[string]func(*patient) {
	refused := func(look func(*patient, reply)) func(*patient) {
		return func(p *patient) {
			r, _ := hammered(p, none)
			if r.status != 429 {
				p.t.Fatalf("%d", r.status)
			}
			look(p, r)
		}
	}
	return map[string]func(*patient){
		"rate-by-query": refused(func(p *patient, _ reply) {
			for range 10 {
				gets("/api/me?listo=1", signed(key), 200)(p)
			}
		}),
		"rate-leaky": refused(func(p *patient, _ reply) {
			served := 0
			for range 40 {
				if p.ask(p.t.Context(), "GET", "/api/me", signed(key), "").status == 200 {
					served++
				}
			}
			if served < 20 {
				p.t.Errorf("%d of 40", served)
			}
		}),
		"rate-refusal-bare": refused(func(p *patient, r reply) {
			if got := r.header.Get("X-Content-Type-Options"); got != "" {
				p.t.Errorf("%q", got)
			}
		}),
		"rate-refusal-lies": refused(func(p *patient, r reply) {
			if got := r.header.Get("RateLimit"); got != `"api-principal";r=7;t=1` {
				p.t.Errorf("%q", got)
			}
		}),
		"rate-of-preflights": refused(func(p *patient, _ reply) {
			got := 0
			for range 200 {
				if p.ask(p.t.Context(), "OPTIONS", "/api/me", "", "", "Origin", frontendOrigin, "Access-Control-Request-Method", "GET").status == 429 {
					got++
				}
			}
			if got == 0 {
				p.t.Error("no preflight was refused")
			}
		}),
	}
}
