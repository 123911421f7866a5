package secrets

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

func TestNothingSeenProvesNothing(t *testing.T) {
	for _, c := range Gate().Checks {
		f, err := c.Judge(c.Zero(), defaultLimits(c))
		if err != nil || f.Outcome != evidence.Unproven {
			t.Errorf("%s: the zero observation: %v %v %v", c.ID, f.Outcome, f.Reason, err)
		}
	}
}

func TestEveryControlIsCaughtAndLeavesNothing(t *testing.T) {
	gate := Gate()
	classes := map[string]bool{}
	for _, control := range gate.Controls {
		classes[control.Class] = true
		t.Run(control.Class, func(t *testing.T) {
			b := newBench(t, &Settings{}, usual())
			twin, away, err := control.Twin(context.Background(), b)
			if err != nil {
				t.Fatal(err)
			}
			check, _ := evidence.Find([]evidence.Gate{gate}, control.Check)
			raw, err := check.Run(context.Background(), twin)
			if err != nil {
				t.Fatal(err)
			}
			f, err := check.Judge(raw, defaultLimits(check))
			if err != nil || !control.Caught(f) {
				t.Errorf("not caught: %v %q %v: %s", f.Outcome, f.Reason, err, raw)
			}
			away()
			if left, _ := os.ReadDir(b.Scratch); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if settings(b).SecretNames()[0] != "JWT_SECRET" {
				t.Error("the patient's own settings were changed")
			}
		})
	}
	for _, c := range gate.Checks {
		if !classes[c.Class] {
			t.Errorf("class %s has no control", c.Class)
		}
	}
}

// TestNoRecordHoldsAValue lets every check look at a world in which the secret
// leaks everywhere, and searches what would reach the disk for it.
func TestNoRecordHoldsAValue(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Debug", strongSecret)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte("key " + strongSecret + " token " + r.Header.Get("Authorization")))
	}))
	defer service.Close()
	s := &Settings{ProtectedRequest: "GET /api/me", Claims: map[string]string{"sub": "1", "exp": "{exp}"}, BundleDirectory: "dist",
		ProductionFingerprints: map[string]string{"JWT_SECRET": Fingerprint("JWT_SECRET", strongSecret)}, PublicRequests: []string{"POST /api/auth/login"}}
	b := newBench(t, s, usual())
	b.Target.Base = service.URL
	b.Target.Log = func() ([]byte, error) { return []byte("boot\nsecret=" + strongSecret + "\n"), nil }
	folder := b.Config.Folder
	git(t, folder, "init", "-q")
	write(t, filepath.Join(folder, "dist", "key-"+strongSecret+".js"), strongSecret)
	write(t, filepath.Join(folder, "src", strongSecret), strongSecret)
	git(t, folder, "add", "-A")
	git(t, folder, "commit", "-q", "-m", "the key is "+strongSecret)
	write(t, filepath.Join(b.Bundle, "evidence", "ledger.jsonl"), strongSecret)

	blobs := t.TempDir()
	for _, c := range Gate().Checks {
		at := *b
		at.Recorder = recorderIn(t, blobs, b)
		raw, err := c.Run(context.Background(), &at)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		steps, err := at.Steps()
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Judge(raw, defaultLimits(c))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(c.ID, "secrets.leaks.") && f.Reason != "leaked" {
			t.Errorf("%s: got %q: %s", c.ID, f.Reason, raw)
		}
		record, err := json.Marshal(struct {
			E evidence.Experiment
			F evidence.Finding
		}{evidence.Experiment{Check: c.ID, Observed: raw, Steps: steps}, f})
		if err != nil {
			t.Fatal(err)
		}
		holdsNone(t, c.ID, record, b)
	}
	files, _ := filepath.Glob(filepath.Join(blobs, "*"))
	if len(files) == 0 {
		t.Fatal("nothing was kept")
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		holdsNone(t, "a blob", raw, b)
	}
}

func recorderIn(t *testing.T, folder string, b *lab.Bench) *lab.Recorder {
	t.Helper()
	store, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	var known []redact.Secret
	for _, name := range settings(b).SecretNames() {
		known = append(known, redact.Secret{Name: name, Value: b.Target.Environment[name]})
	}
	return lab.NewRecorder(store, redact.New(known), b.Now)
}

func holdsNone(t *testing.T, what string, raw []byte, b *lab.Bench) {
	t.Helper()
	if found := b.FindSecrets(raw); len(found) > 0 {
		t.Errorf("%s holds %v", what, found)
	}
	for _, piece := range []string{strongSecret, strongSecret[:24], strongSecret[30:54]} {
		if strings.Contains(string(raw), piece) {
			t.Errorf("%s holds a piece of the secret", what)
		}
	}
}

// TestWordsAreWhole fills every phrase a page may need, for every reason.
func TestWordsAreWhole(t *testing.T) {
	p, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	book, err := words.Read("secrets/words.yaml", p.Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Gate().Checks {
		limits := map[string]any{}
		for _, l := range c.Limits {
			limits[l.Name] = l.Default
			if !book.Has(c.ID + ".limit." + l.Name) {
				t.Errorf("%s has no phrase for limit %s", c.ID, l.Name)
			}
		}
		for _, lang := range words.Languages() {
			for _, key := range []string{"title", "hypothesis", "wanted", "method"} {
				if _, err := book.Say(lang, c.ID+"."+key, limits); err != nil {
					t.Error(err)
				}
			}
		}
		for _, key := range []string{"remedy.any"} {
			if !book.Has(c.ID + "." + key) {
				t.Errorf("%s has no %s", c.ID, key)
			}
		}
		for _, reason := range c.Reasons {
			if !book.Has(c.ID + ".got." + reason) {
				t.Errorf("%s has no phrase for %s", c.ID, reason)
			}
		}
	}
}

// says fails the test unless the finding's phrases can be filled from its facts.
func says(t *testing.T, c evidence.Check, f evidence.Finding) {
	t.Helper()
	p, _ := pages()
	book, err := words.Read("secrets/words.yaml", p.Words)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]any{}
	for name, v := range defaultLimits(c) {
		facts[name] = v
	}
	for name, v := range f.Facts {
		facts[name] = v
	}
	keys := []string{".wanted", ".got." + f.Reason}
	if f.Outcome != evidence.Pass {
		remedy := ".remedy." + f.Reason
		if !book.Has(c.ID + remedy) {
			remedy = ".remedy.any"
		}
		keys = append(keys, remedy)
	}
	for _, key := range keys {
		for _, lang := range words.Languages() {
			if _, err := book.Say(lang, c.ID+key, facts); err != nil {
				t.Errorf("%v (outcome %v, reason %s)", err, f.Outcome, f.Reason)
			}
		}
	}
}
