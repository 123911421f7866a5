package listo_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/cli"
	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/gates"
)

// The patient's own tests need a PostgreSQL; this one brings it along, so that
// one `go test ./...` covers the patient too.
func TestPatientsOwnTests(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	args := []string{"test", "-count=1", "./..."}
	if os.Getenv("LISTO_DISEASES") != "" { // the symptoms of each disease, too
		args = append(args, "-tags", "disease")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = "examples/gastos"
	cmd.Env = append(os.Environ(), "GASTOS_TEST_DATABASE_URL="+server.SuperuserURL("postgres"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test in %s: %v\n%s", cmd.Dir, err, out)
	}
}

func TestHealthyPatientHasNothingRed(t *testing.T) {
	w := newWorkspace(t, patientBinary(t))
	w.settings = "limits:\n"
	for _, check := range []string{"normal", "peak", "connections", "answers", "recovery"} {
		w.settings += "  performance." + check + ".duration: 4000\n"
	}
	ledger, exit := w.audit(t)
	for check, outcome := range outcomes(ledger) {
		switch {
		case outcome == evidence.Pass:
		case outcome == evidence.Unproven && strings.HasPrefix(check, "performance.") && measured(ledger, check):
			// How busy this machine is decides no test. make demo shows it proved.
			t.Logf("%s is %v: %s", check, outcome, explain(ledger, check))
		default:
			t.Errorf("%s is %v on the healthy patient: %s", check, outcome, explain(ledger, check))
		}
	}
	page, err := os.ReadFile(filepath.Join(w.folder, "reports/dev_audit/go_no_go.md"))
	if err != nil || !strings.HasPrefix(string(page), "# TEST · ") {
		t.Errorf("the verdict on a synthetic store does not say TEST: %.60s (%v)", page, err)
	}
	if want := evidence.ExitUnproven; exit != want {
		t.Errorf("exit %d, want %d: test data are no proof", exit, want)
	}
	w.verifies(t)
}

// workspace is a git repository of its own with all that the patient is made of, at the places it has in this one.
type workspace struct {
	root    string            // of the repository
	folder  string            // of listo.yaml
	example string            // whose listo.yaml it is, relative to the root
	plan    string            // the file there that becomes it; empty is listo.yaml
	key     string            // the seal's
	env     map[string]string // the service's env file
	service map[string]string // further variables handed to the service
	edits   []string          // pairs: text in listo.yaml, its replacement
	// settings are further sections of listo.yaml.
	settings string
	// prepare are the lines of database.prepare; empty leaves those of the patient.
	prepare string
	base    string          // the commit since which the frontend must not change
	gates   []evidence.Gate // what is audited
}

func newWorkspace(t *testing.T, binary string) *workspace {
	t.Helper()
	w := workspaceOf(t, "examples/gastos", binary)
	w.begin(t, "examples/gastos", "harden")
	return w
}

// workspaceOf is an example's workspace before anything lies in it.
func workspaceOf(t *testing.T, example, binary string) *workspace {
	t.Helper()
	root := t.TempDir()
	return &workspace{root: root, folder: filepath.Join(root, example), example: example, gates: gates.All(), service: map[string]string{},
		env: map[string]string{"JWT_SECRET": rand.Text() + rand.Text(), "CONNECTION_POOL_SIZE": "10",
			"SEED_PASSWORD": rand.Text(), "FRONTEND_BASE_URL_DEV": "http://localhost:5173",
			"USUARIOS_CONC_DEV": "10", "USUARIOS_PICO_DEV": "30", "P95_MS_DEV": "250",
			// Short, since the gate parity waits for each of them.
			"HEADER_TIMEOUT": "2s", "READ_TIMEOUT": "3s", "IDLE_TIMEOUT": "5s"},
		edits: []string{"  build: go build -trimpath -o ../../build/demo/gastos ./cmd/gastos\n", "",
			"../../build/demo/gastos", binary, "${GASTOS_ENV_FILE:-.env}", ".env", "balancer_idle: 30s", "balancer_idle: 3s",
			"\nsupply:\n", "\nsupply:\n  advisory_store: " + syntheticStore(t) + "\n"}}
}

// begin makes the workspace a git repository with copies of these folders.
func (w *workspace) begin(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		copyTracked(t, folder, filepath.Join(w.root, folder))
	}
	w.write(t, ".gitignore", ".env\nreports/\n")
	w.git(t, "init", "-q", w.root)
	w.git(t, "add", "-A")
	w.git(t, "commit", "-q", "-m", "the patient")
	w.base = strings.TrimSpace(w.git(t, "rev-parse", "HEAD"))
	w.key = w.unseen("seal.key")
}

// unseen gives the path of a file in the workspace that no gate looks at.
func (w *workspace) unseen(name string) string { return filepath.Join(w.root, ".git", name) }

// only leaves the audit these gates; why is what listo.yaml says of the others.
func (w *workspace) only(why string, ids ...string) {
	w.settings += "excused:\n"
	for _, g := range w.gates {
		if !slices.Contains(ids, g.ID) {
			w.settings += "  " + g.ID + ": " + why + "\n"
		}
	}
}

var baseRevision = regexp.MustCompile(`(base_revision: )\S+`)

func (w *workspace) writeConfig(t *testing.T) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(w.example, cmp.Or(w.plan, "listo.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	if w.prepare != "" {
		text = strings.Replace(text, prepareLines(t, text), w.prepare, 1)
	}
	text = strings.NewReplacer(w.edits...).Replace(text)
	text = baseRevision.ReplaceAllString(text, "${1}"+w.base)
	if len(w.service) > 0 {
		lines := "  environment:\n"
		for name, value := range w.service {
			lines += fmt.Sprintf("    %s: %q\n", name, value)
		}
		text = strings.Replace(text, "  environment:\n", lines, 1)
	}
	w.write(t, "listo.yaml", text+"\n"+w.settings)
}

func (w *workspace) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(w.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (w *workspace) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=patient", "-c", "user.email=patient@example.invalid"}, args...)...)
	cmd.Dir = w.folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// audit runs `listo audit` in the workspace, in this process.
func (w *workspace) audit(t *testing.T) (evidence.Ledger, int) {
	t.Helper()
	w.writeConfig(t)
	w.git(t, "add", "listo.yaml")
	w.git(t, "commit", "-q", "--allow-empty", "-m", "as audited")
	var env strings.Builder
	for name, value := range w.env {
		fmt.Fprintf(&env, "%s=%s\n", name, value)
	}
	w.write(t, ".env", env.String())
	var out, talk bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	exit := w.listo(&out, &talk).Run(ctx, []string{"audit", "--config", filepath.Join(w.folder, "listo.yaml"), "--key", w.key})
	src, err := os.ReadFile(filepath.Join(w.folder, "reports/dev_audit/evidence/ledger.jsonl"))
	if err != nil {
		t.Fatalf("no ledger: %v\n%s", err, talk.String())
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		t.Fatal(err)
	}
	if _, closed := ledger.Closed(); !closed {
		t.Fatalf("the audit did not come to its end (exit %d):\n%s", exit, talk.String())
	}
	return ledger, exit
}

func (w *workspace) listo(out, talk *bytes.Buffer) *cli.App {
	return &cli.App{In: strings.NewReader(""), Out: out, Err: talk, Now: time.Now, Rand: rand.Reader, Gates: w.gates,
		Tool:   evidence.Tool{Version: "test", Go: "test"},
		Lookup: func(name string) (string, bool) { return "", false }}
}

// verifies runs `listo verify` on the workspace's bundle.
func (w *workspace) verifies(t *testing.T) {
	t.Helper()
	var out, talk bytes.Buffer
	if exit := w.listo(&out, &talk).Run(t.Context(), []string{"verify", filepath.Join(w.folder, "reports/dev_audit")}); exit != 0 {
		t.Errorf("listo verify: exit %d\n%s%s", exit, out.String(), talk.String())
	}
}

func outcomes(l evidence.Ledger) map[string]evidence.Outcome {
	all := map[string]evidence.Outcome{}
	for _, g := range evidence.Decide(gates.All(), l).Gates {
		for _, c := range g.Checks {
			all[c.Check] = c.Outcome
		}
	}
	return all
}

// measured tells that a check was tried and came to an observation: what errored,
// lacked something or was not run has no busy machine to blame.
func measured(l evidence.Ledger, check string) bool {
	attempts := l.Attempts(check)
	return len(attempts) > 0 && !attempts[len(attempts)-1].Errored()
}

// explain says why a check has its outcome.
func explain(l evidence.Ledger, check string) string {
	for _, g := range evidence.Decide(gates.All(), l).Gates {
		for _, c := range g.Checks {
			if c.Check == check {
				text := fmt.Sprintf("%s %s %v %s %v", c.Cause, c.Finding.Reason, c.Finding.Facts, c.Detail, c.Lacks)
				if a := l.Attempts(check); len(a) > 0 {
					text += " observed " + string(a[len(a)-1].Observed)
				}
				return text[:min(len(text), 1500)]
			}
		}
	}
	return "it is not in the plan"
}

// trackedFiles gives the files below a folder that git knows or would, relative to it.
func trackedFiles(t *testing.T, folder string) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

// copyTracked copies what git knows of a folder.
func copyTracked(t *testing.T, from, to string) {
	t.Helper()
	for _, path := range trackedFiles(t, from) {
		if err := copyTree(filepath.Join(from, path), filepath.Join(to, path)); err != nil {
			t.Fatal(err)
		}
	}
}

func copyTree(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
