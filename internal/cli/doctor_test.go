package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/words"
)

// healthy is the patient in a git repository of its own, with all it wants.
func healthy(t *testing.T) (folder string, w *world) {
	t.Helper()
	folder = copyOf(t, patient, configFile, "frontend.sha256")
	git(t, folder, "init", "-q")
	git(t, folder, "add", "-A")
	git(t, folder, "commit", "-q", "-m", "first")
	w = &world{}
	if code := w.run("init", folder); code != 0 {
		t.Fatal(w.err.String())
	}
	write(t, "JWT_SECRET=0123456789abcdef0123456789abcdef\nCONNECTION_POOL_SIZE=10\nSEED_PASSWORD=long-enough\n", folder, ".env")
	text := read(t, folder, configFile)
	text = regexp.MustCompile(`(?m)^  # claims:.*$`).ReplaceAllString(text, "  claims: {sub: \"1\"}")
	text = regexp.MustCompile(`(?m)^# +browser:.*$`).ReplaceAllString(text, "  browser: {login: [{click: button}], rows: tr}")
	write(t, text, folder, configFile)
	return folder, w
}

func git(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=listo", "-c", "user.email=listo@example.invalid"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

type printed struct {
	Checks, Able int
	Blocked      []string
	Empty        []string `json:"gates_without_checks"`
	Diagnoses    []diagnosis
}

// diagnose runs doctor with --json.
func (w *world) diagnose(t *testing.T, folder string, args ...string) (printed, int) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "seal.key")
	code := w.run(append([]string{"doctor", "--json", "-c", filepath.Join(folder, configFile), "--key", key}, args...)...)
	var p printed
	if err := json.Unmarshal(w.out.Bytes(), &p); err != nil {
		t.Fatalf("exit %d: %v: %s", code, err, w.err.String())
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("doctor made a key")
	}
	return p, code
}

func (p printed) find(phrase string) (diagnosis, bool) {
	i := slices.IndexFunc(p.Diagnoses, func(d diagnosis) bool { return d.Phrase == phrase })
	if i < 0 {
		return diagnosis{}, false
	}
	return p.Diagnoses[i], true
}

func (p printed) want(t *testing.T, phrase string, s state, mend string) diagnosis {
	t.Helper()
	d, ok := p.find(phrase)
	if !ok || d.State != s || !strings.Contains(d.Mend, mend) {
		t.Errorf("%s: got %+v, want %s and %q", phrase, d, s, mend)
	}
	return d
}

// provisioned gives the patient with its own listo.yaml and every variable set.
func provisioned(t *testing.T) (folder string, w *world) {
	t.Helper()
	folder = copyOf(t, patient)
	git(t, folder, "init", "-q")
	git(t, folder, "add", "-A")
	git(t, folder, "commit", "-q", "-m", "first")
	write(t, "JWT_SECRET=0123456789abcdef0123456789abcdef\nCONNECTION_POOL_SIZE=10\nSEED_PASSWORD=long-enough\n"+
		"FRONTEND_BASE_URL_DEV=http://localhost:5173\nUSUARIOS_CONC_DEV=10\nUSUARIOS_PICO_DEV=30\nP95_MS_DEV=250\n", folder, ".env")
	return folder, &world{}
}

// What make demo audits, doctor finds able to be proved, all of it.
func TestDoctorOfAHealthyRepository(t *testing.T) {
	folder, w := provisioned(t)
	p, code := w.diagnose(t, folder)
	if code != 0 || p.Able != p.Checks || p.Checks == 0 {
		t.Errorf("exit %d, %d of %d checks: %s", code, p.Able, p.Checks, w.out.String())
	}
	p.want(t, "service.program.built", stateOK, "")
	p.want(t, "machine.git.found", stateOK, "")
	for _, lang := range words.Languages() {
		if code := w.run("doctor", "--language", string(lang), "-c", filepath.Join(folder, configFile)); code != 0 {
			t.Errorf("%s: exit %d: %s", lang, code, w.err.String())
		}
		for _, text := range []string{"✔ ", fmt.Sprintf("%d ", p.Checks)} {
			if !strings.Contains(w.out.String(), text) {
				t.Errorf("%s: %q is missing in:\n%s", lang, text, w.out.String())
			}
		}
	}
}

func TestDoctorNamesWhatIsMissingAndItsMend(t *testing.T) {
	folder, w := healthy(t)
	if err := os.Remove(filepath.Join(folder, ".env")); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(read(t, folder, configFile), "go build -o", "no-such-program -o", 1)
	text = regexp.MustCompile(`(?m)^  request: GET .*$`).ReplaceAllString(text, "")
	write(t, text, folder, configFile)
	p, code := w.diagnose(t, folder)
	if code != evidence.ExitUnproven {
		t.Errorf("exit %d", code)
	}
	env := filepath.Join(folder, ".env")
	p.want(t, "configuration.env_file", stateCannot, "install -m 600 "+env+".example "+env)
	if d := p.want(t, "configuration.required", stateCannot, "CONNECTION_POOL_SIZE=10"); !slices.Contains(d.Blocks, "pool.effective") || !slices.Contains(d.Blocks, "secrets.present") {
		t.Errorf("a missing secret blocks %v", d.Blocks)
	}
	p.want(t, "configuration.variable", stateCannot, "SEED_PASSWORD=")
	if d := p.want(t, "configuration.key", stateCannot, "# pool.request: "); !slices.Contains(d.Blocks, "pool.churn") || !strings.Contains(d.Says, "pool.request") {
		t.Errorf("a missing request: %+v", d)
	}
	p.want(t, "service.program.missing", stateBroken, "no-such-program")
	p.want(t, "gates.partly", stateCannot, "")
	if got, ok := p.find("gates.empty"); len(p.Empty) > 0 && (!ok || got.State != stateCannot) {
		t.Errorf("gates without a check: %v, said %+v", p.Empty, got)
	}
	// The mend of a missing env file really mends it.
	d, _ := p.find("configuration.env_file")
	if out, err := exec.Command("sh", "-c", d.Mend).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", d.Mend, err, out)
	}
	if p, _ := w.diagnose(t, folder); len(p.Diagnoses) == 0 {
		t.Error("no diagnosis")
	} else if d, still := p.find("configuration.env_file"); still {
		t.Errorf("after its mend: %+v", d)
	}
}

func TestDoctorEndsWithConfiguration(t *testing.T) {
	folder := t.TempDir()
	w := &world{}
	if code := w.run("doctor", "-c", filepath.Join(folder, configFile)); code != exitConfig || !strings.Contains(w.err.String(), "listo init") {
		t.Errorf("no file: exit %d: %s", code, w.err.String())
	}
	write(t, "version: 2\n", folder, configFile)
	if code := w.run("doctor", "-c", filepath.Join(folder, configFile)); code != exitConfig {
		t.Errorf("a bad file: exit %d: %s", code, w.err.String())
	}
}

func TestDoctorOfAKeyThatIsOpen(t *testing.T) {
	folder, w := healthy(t)
	key := filepath.Join(t.TempDir(), "seal.key")
	if err := os.WriteFile(key, []byte("no key"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, code := w.diagnose(t, folder, "--key", key)
	if d := p.want(t, "machine.key.bad", stateBroken, "chmod 600 "+key); code != evidence.ExitUnproven || len(d.Blocks) != p.Checks {
		t.Errorf("exit %d, blocks %d of %d", code, len(d.Blocks), p.Checks)
	}
}

// attached is a running service with a database whose role sees nobody.
func attached(t *testing.T, status int) (folder string, w *world, super *pgx.Conn, requests *atomic.Int64) {
	t.Helper()
	pg := startPostgres(t)
	if err := errors.Join(pg.CreateRole(t.Context(), "shop"), pg.CreateRole(t.Context(), "owner"), pg.CreateDatabase(t.Context(), "shop_dev", "owner")); err != nil {
		t.Fatal(err)
	}
	super, err := pgx.Connect(t.Context(), pg.SuperuserURL("shop_dev"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { disconnect(super) })
	if _, err := super.Exec(t.Context(), `set role owner; create schema shop; create table shop.orders (n int); reset role`); err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Method != http.MethodGet || r.URL.Path != "/readyz" {
			t.Errorf("doctor sent %s %s", r.Method, r.URL)
		}
		rw.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	folder = t.TempDir()
	write(t, fmt.Sprintf(`version: 1
name: shop
service: {mode: attached, url: "%s", ready: /readyz}
database: {url: "${DATABASE_URL}", name: shop_dev, system_identifier: "%s"}
pool: {request: GET /orders}
`, server.URL, pg.SystemIdentifier), folder, configFile)
	return folder, &world{env: map[string]string{"DATABASE_URL": pg.URL("shop_dev", "shop"), "JWT_SECRET": "0123456789abcdef", "CONNECTION_POOL_SIZE": "5"}}, super, requests
}

func TestDoctorOfAnAttachedService(t *testing.T) {
	folder, w, super, requests := attached(t, http.StatusOK)
	p, code := w.diagnose(t, folder)
	if code != evidence.ExitUnproven || requests.Load() != 1 {
		t.Errorf("exit %d, %d requests, want one", code, requests.Load())
	}
	p.want(t, "service.ready", stateOK, "")
	if d := p.want(t, "service.unowned", stateCannot, "--i-own-this-target shop"); !slices.Contains(d.Blocks, "pool.effective") {
		t.Errorf("without the name typed: %v", d.Blocks)
	}
	blind := p.want(t, "service.database.blind", stateCannot, `GRANT pg_monitor TO "shop";`)
	locks := p.want(t, "service.database.locks", stateCannot, `GRANT "owner" TO "shop";`)
	if d, said := p.find("service.database.guarded"); said {
		t.Errorf("a role that sees nobody says that nobody is there: %+v", d)
	}
	grant := regexp.MustCompile(`GRANT [^']*;`)
	for _, d := range []diagnosis{blind, locks} {
		if _, err := super.Exec(t.Context(), grant.FindString(d.Mend)); err != nil {
			t.Fatalf("%s: %v", d.Mend, err)
		}
	}
	p, _ = w.diagnose(t, folder)
	p.want(t, "service.database.refused", stateBroken, "pg_stat_activity") // the test's own session is a stranger
	disconnect(super)
	if code := w.run("doctor", "-c", filepath.Join(folder, configFile), "--i-own-this-target", "other"); code != exitUsage {
		t.Errorf("another target's name: exit %d", code)
	}
	p, code = w.diagnose(t, folder, "--i-own-this-target", "shop")
	p.want(t, "service.database.monitor", stateOK, "")
	p.want(t, "service.database.guarded", stateOK, "")
	for _, phrase := range []string{"service.database.locks", "service.unowned", "service.database.blind"} {
		if d, still := p.find(phrase); still {
			t.Errorf("after its mend: %+v", d)
		}
	}
	if slices.ContainsFunc(p.Blocked, func(id string) bool { return strings.HasPrefix(id, "pool.") }) {
		t.Errorf("exit %d, still blocked: %v", code, p.Blocked)
	}
	if strings.Contains(w.out.String(), "0123456789abcdef") || strings.Contains(w.out.String(), w.env["DATABASE_URL"]) {
		t.Error("a secret was printed")
	}
}

func TestDoctorOfTheWrongDatabase(t *testing.T) {
	folder, w, super, _ := attached(t, http.StatusServiceUnavailable)
	disconnect(super)
	good := read(t, folder, configFile)
	write(t, strings.Replace(good, `system_identifier: "`, `system_identifier: "9`, 1), folder, configFile)
	p, _ := w.diagnose(t, folder)
	p.want(t, "service.not_ready", stateBroken, "curl -i ")
	p.want(t, "service.database.refused", stateBroken, "listo init --force")
	write(t, regexp.MustCompile(`, system_identifier: "\d+"`).ReplaceAllString(good, ""), folder, configFile)
	p, _ = w.diagnose(t, folder)
	p.want(t, "service.database.unrecorded", stateCannot, "listo init --force")
	w.env["DATABASE_URL"] = "postgres://shop:a-password@127.0.0.1:1/shop_dev"
	p, _ = w.diagnose(t, folder)
	d := p.want(t, "service.database.unreachable", stateBroken, "pg_isready -d postgres://postgres@127.0.0.1:1/shop_dev")
	if strings.Contains(d.Says+d.Mend, "a-password") {
		t.Errorf("a password was printed: %+v", d)
	}
	if len(d.Blocks) == 0 {
		t.Error("an unreachable database blocks nothing")
	}
}

func TestDoctorOfAManagedServiceThatMayNotClone(t *testing.T) {
	folder, w, super, requests := attached(t, http.StatusOK)
	text := strings.Replace(read(t, folder, configFile), "mode: attached", "mode: managed, start: sh run.sh", 1)
	write(t, text, folder, configFile)
	p, _ := w.diagnose(t, folder)
	clones := p.want(t, "service.database.clones", stateCannot, `ALTER ROLE "shop" CREATEDB;`)
	if len(clones.Blocks) == 0 || requests.Load() != 0 {
		t.Errorf("blocks %v, %d requests to a service that does not run", clones.Blocks, requests.Load())
	}
	if _, err := super.Exec(t.Context(), `ALTER ROLE "shop" CREATEDB;`); err != nil {
		t.Fatal(err)
	}
	p, _ = w.diagnose(t, folder)
	p.want(t, "service.database.copies", stateCannot, `ALTER DATABASE "shop_dev" OWNER TO "shop";`)
}
