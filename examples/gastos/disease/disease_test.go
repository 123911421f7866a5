//go:build disease

package disease_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"gastos/disease"
	"gastos/internal/testdb"
)

func TestEveryDiseaseTakesEffectAndProvesIt(t *testing.T) {
	d := testdb.Seeded(t)
	shown := symptoms()
	for _, one := range disease.All() {
		t.Run(one.ID, func(t *testing.T) {
			symptom := shown[one.ID]
			if symptom == nil {
				t.Fatal("no symptom shows this disease")
			}
			p, proof := admit(t, d, one.ID)
			symptom(p)
			if got := awaited(proof); !strings.HasPrefix(got, one.ID+": ") || strings.Count(got, "\n") != 1 {
				t.Errorf("the proof is %q", got)
			}
		})
	}
}

// The healthy service goes through the same hands and shows nothing.
func TestTheHealthyShowNothing(t *testing.T) {
	d := testdb.Seeded(t)
	p, proof := admit(t, d, "")
	sessions(1)(p)
	effective(declared)(p)
	for range 40 {
		p.list("empresaId=1")
	}
	p.list("empresaId=1&page=0")
	p.list("empresaId=999")
	p.eventually("nothing is forgotten", forgotten, 0)
	p.eventually("ten sessions of the right name, all used", `
		select count(*) = 10 and bool_and(application_name = 'gastos' and query_start is not null) from pg_stat_activity where usename = $1`)
	takes(map[string]int{"its own": 200, "JWT_SECRET": 200})(p)
	serves("/", page)(p)
	serves("/assets/index-1.js", script)(p)
	serves("/assets/index-1.js", script, "Accept-Encoding", "gzip")(p)
	for _, form := range []string{key, base64.StdEncoding.EncodeToString([]byte(key))} {
		if strings.Contains(p.log.String(), form) {
			t.Errorf("the log has %q", form)
		}
	}
	probes("/healthz", 200, 200, 200)(p)
	probes("/readyz", 200, 503, 200)(p)
	echoes(plainID, plainID)(p)
	if with, without, statuses := p.accessLines(); with == 0 || without != 0 || statuses[503] == 0 {
		t.Errorf("%d access lines with an id, %d without, statuses %v", with, without, statuses)
	}
	if proof() != "" {
		t.Errorf("a healthy service proves %q", proof())
	}
}

func TestTheListIsSound(t *testing.T) {
	checks := []string{"pool.effective", "pool.churn", "pool.leaks", "pool.unused", "pool.sampling", "pool.answered", "pool.identity",
		"secrets.effective", "secrets.leaks.logs", "secrets.leaks.responses", "frontend.served", "frontend.unchanged", "frontend.browser",
		"parity.compression", "parity.trust_proxy", "parity.timeouts", "parity.keep_alive", "parity.body_limit"}
	checks = append(checks, securityChecks()...)
	checks = append(checks, "contracts.positive", "contracts.negative", "contracts.statuses", "contracts.unserved", "contracts.undocumented",
		"contracts.errors.shape", "contracts.errors.leak", "contracts.errors.method", "contracts.errors.protocol", "contracts.errors.server", "contracts.errors.limited",
		"contracts.errors.disguised", "contracts.errors.companions", "contracts.errors.framing")
	checks = append(checks, loadChecks()...)
	checks = append(checks, observabilityChecks()...)
	seen, caught := map[string]bool{}, map[string]bool{}
	for _, d := range disease.All() {
		if seen[d.ID] || d.Summary == "" || d.Consequences == nil || !slices.Contains(checks, d.Check) || slices.Contains(d.Consequences, d.Check) {
			t.Errorf("%+v", d)
		}
		seen[d.ID], caught[d.Check] = true, true
	}
	for _, check := range checks {
		if !caught[check] {
			t.Errorf("no disease for %s", check)
		}
	}
	for id := range symptoms() {
		if !seen[id] {
			t.Errorf("%s is shown but not listed", id)
		}
	}
}

func TestAnUnknownDiseaseIsRefused(t *testing.T) {
	env := map[string]string{"DATABASE_URL": "postgres://x@127.0.0.1/x", "JWT_SECRET": key, "CONNECTION_POOL_SIZE": "1", "PORT": "1", "GASTOS_DISEASE": "plague"}
	if _, err := disease.Seams(func(name string) (string, bool) { v, ok := env[name]; return v, ok }); err == nil || !strings.HasPrefix(err.Error(), "GASTOS_DISEASE: ") {
		t.Errorf("%v", err)
	}
}
