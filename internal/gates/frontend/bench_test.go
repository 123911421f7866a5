package frontend

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

// benchIn gives a bench whose listo.yaml lies in folder.
func benchIn(t *testing.T, folder string, s Settings) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config:   &config.Config{Folder: folder, Sections: map[string]any{"frontend": &s}},
		Gate:     "frontend",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(),
		Rand:     rand.Reader,
		Progress: func(int, int) {},
	}
}

// planted gives a bench beside a healthy frontend of these files and its manifest.
func planted(t *testing.T, files map[string]string) *lab.Bench {
	t.Helper()
	folder := t.TempDir()
	if err := plant(t.Context(), folder, files); err != nil {
		t.Fatal(err)
	}
	return benchIn(t, folder, Settings{Directory: twinFolder, Manifest: twinManifest, BaseRevision: twinRevision, ServedAt: "/"})
}

func write(t *testing.T, b *lab.Bench, name, body string) {
	t.Helper()
	file := filepath.Join(b.Config.Folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// serving points the bench at a server of its own.
func serving(t *testing.T, b *lab.Bench, h nethttp.HandlerFunc) *lab.Bench {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return b.At(lab.Target{Base: server.URL})
}

// judged runs a check as an audit does, through JSON, and judges it.
func judged(t *testing.T, c evidence.Check, b *lab.Bench) evidence.Finding {
	t.Helper()
	raw, err := c.Run(t.Context(), b)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	f, err := c.Judge(raw, nil)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return f
}

func wants(t *testing.T, f evidence.Finding, outcome evidence.Outcome, reason string) {
	t.Helper()
	if f.Outcome != outcome || f.Reason != reason {
		t.Errorf("%v %q %+v, want %v %q", f.Outcome, f.Reason, f.Facts, outcome, reason)
	}
}

// judgements is a table of observations and what a judge must read in them.
type judgement[O any] struct {
	observed O
	outcome  evidence.Outcome
	reason   string
}

// tryJudge judges each row and demands that every declared reason is reached.
func tryJudge[O any](t *testing.T, c evidence.Check, table []judgement[O]) {
	t.Helper()
	tryLimited(t, c, nil, table)
}

func tryLimited[O any](t *testing.T, c evidence.Check, limits evidence.Limits, table []judgement[O]) {
	t.Helper()
	reached := map[string]bool{}
	for _, row := range table {
		raw, err := json.Marshal(row.observed)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Judge(raw, limits)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if f.Outcome != row.outcome || f.Reason != row.reason {
			t.Errorf("%s\nread as %v %q, want %v %q", raw, f.Outcome, f.Reason, row.outcome, row.reason)
		}
		reached[f.Reason] = true
		speaks(t, c.ID, f, limits)
	}
	if got, want := slices.Sorted(maps.Keys(reached)), slices.Sorted(slices.Values(c.Reasons)); !slices.Equal(got, want) {
		t.Errorf("reasons reached %v, declared %v", got, want)
	}
	f, err := c.Judge(c.Zero(), limits)
	if err != nil || f.Outcome != evidence.Unproven {
		t.Errorf("the observation of nothing is %v %q, %v", f.Outcome, f.Reason, err)
	}
}

// speaks demands that all that a page says of a finding can be said.
func speaks(t *testing.T, check string, f evidence.Finding, limits evidence.Limits) {
	t.Helper()
	facts := evidence.Facts{}
	for name, value := range limits {
		facts[name] = value
	}
	maps.Copy(facts, f.Facts)
	book, err := words.Read("words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{check + ".title", check + ".hypothesis", check + ".method", check + ".wanted", check + ".got." + f.Reason, check + ".remedy.any"}
	if remedy := check + ".remedy." + f.Reason; book.Has(remedy) {
		keys = append(keys, remedy)
	}
	for _, lang := range words.Languages() {
		for _, key := range keys {
			if text, err := book.Say(lang, key, facts); err != nil || strings.Contains(text, ": .") || strings.Contains(text, "``") {
				t.Errorf("%s: %q, %v", key, text, err)
			}
		}
	}
}

// steps gives the bench's record.
func steps(t *testing.T, b *lab.Bench) []evidence.Step {
	t.Helper()
	all, err := b.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
