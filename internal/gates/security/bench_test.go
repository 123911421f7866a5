package security

import (
	"crypto/rand"
	"encoding/json"
	"maps"
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

// newBench gives a bench that points at nothing yet.
func newBench(t *testing.T) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config: &config.Config{Folder: t.TempDir(), Sections: map[string]any{}}, Gate: "security", Limits: evidence.Limits{"max_age": yearInSeconds, "lag": 5000, "probe": 1000},
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now), Ledger: func() evidence.Ledger { return evidence.Ledger{} },
		Scratch: t.TempDir(), Rand: rand.Reader, Progress: func(int, int) {},
	}
}

// beside gives a bench at a twin that infect has changed, and its settings, which
// may be changed too.
func beside(t *testing.T, infect func(*twin)) (*lab.Bench, *Settings) {
	t.Helper()
	b, away, err := sick(newBench(t), infect)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return b, settings(b)
}

func unchanged(*twin) {}

// tried runs a check as an audit does, through JSON, and judges it.
func tried(t *testing.T, id string, b *lab.Bench) evidence.Finding {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	raw, err := check.Run(t.Context(), b)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := check.Judge(raw, b.Limits)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	speaks(t, id, f)
	if t.Failed() {
		t.Logf("%s", raw)
	}
	return f
}

func wants(t *testing.T, id string, b *lab.Bench, outcome evidence.Outcome, reason string) {
	t.Helper()
	if f := tried(t, id, b); f.Outcome != outcome || f.Reason != reason {
		t.Errorf("%s: %v %q %+v, want %v %q", id, f.Outcome, f.Reason, f.Facts, outcome, reason)
	}
}

// judgement is what a judge must read in an observation.
type judgement[O any] struct {
	observed O
	outcome  evidence.Outcome
	reason   string
}

// tryJudge judges each row and demands that every declared reason is reached.
func tryJudge[O any](t *testing.T, c evidence.Check, table []judgement[O]) {
	t.Helper()
	reached := map[string]bool{}
	for _, row := range table {
		raw, err := json.Marshal(row.observed)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Judge(raw, evidence.Limits{"max_age": yearInSeconds})
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if f.Outcome != row.outcome || f.Reason != row.reason {
			t.Errorf("%s\nread as %v %q, want %v %q", raw, f.Outcome, f.Reason, row.outcome, row.reason)
		}
		reached[f.Reason] = true
		speaks(t, c.ID, f)
		sparedAlike[O](t, c, raw, evidence.Limits{"max_age": yearInSeconds}, f)
	}
	if got, want := slices.Sorted(maps.Keys(reached)), slices.Sorted(slices.Values(c.Reasons)); !slices.Equal(got, want) {
		t.Errorf("reasons reached %v, declared %v", got, want)
	}
	f, err := c.Judge(c.Zero(), nil)
	if err != nil || f.Outcome != evidence.Unproven {
		t.Errorf("the observation of nothing is %v %q, %v", f.Outcome, f.Reason, err)
	}
	speaks(t, c.ID, f)
}

// speaks demands that all that a page says of a finding can be said.
func speaks(t *testing.T, check string, f evidence.Finding) {
	t.Helper()
	book, err := words.Read("words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{check + ".got." + f.Reason, check + ".remedy.any"}
	if remedy := check + ".remedy." + f.Reason; book.Has(remedy) {
		keys = append(keys, remedy)
	}
	for _, lang := range words.Languages() {
		for _, key := range keys {
			if text, err := book.Say(lang, key, f.Facts); err != nil || strings.Contains(text, ": .") || strings.Contains(text, "``") {
				t.Errorf("%s: %q, %v", key, text, err)
			}
		}
	}
}
