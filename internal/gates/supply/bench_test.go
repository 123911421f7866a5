package supply

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/advisory"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

// today is the day of these tests: no test turns red by the calendar.
func today() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }

// benchOn gives a bench whose clock stands at a moment.
func benchOn(t *testing.T, now time.Time) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config: &config.Config{Name: "twin", Folder: t.TempDir(), Sections: map[string]any{}}, Gate: "supply",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), func() time.Time { return now }),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(), Rand: rand.Reader, Progress: func(int, int) {},
	}
}

// in gives a bench in a new repository with these files.
func in(t *testing.T, files map[string]string, s Settings) *lab.Bench {
	t.Helper()
	b, away, err := project(t.Context(), benchOn(t, today()), files, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return b
}

// defaults are the limits of a check as a plan sets them.
func defaults(c evidence.Check) evidence.Limits {
	limits := evidence.Limits{}
	for _, l := range c.Limits {
		limits[l.Name] = l.Default
	}
	return limits
}

// judged runs a check as an audit does, through JSON, and judges it.
func judged(t *testing.T, c evidence.Check, b *lab.Bench) evidence.Finding {
	t.Helper()
	raw, err := c.Run(t.Context(), b)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return found(t, c, raw)
}

func found(t *testing.T, c evidence.Check, raw json.RawMessage) evidence.Finding {
	t.Helper()
	f, err := c.Judge(raw, defaults(c))
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	quoted(t, c, f)
	return f
}

// quoted makes sure that every fact which a phrase of the finding quotes is there.
func quoted(t *testing.T, c evidence.Check, f evidence.Finding) {
	t.Helper()
	book, err := words.Read("words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{c.ID + ".got." + f.Reason, c.ID + ".remedy." + f.Reason} {
		if !book.Has(key) {
			continue
		}
		for _, name := range words.Placeholders(book.Raw(words.Spanish, key)) {
			_, fact := f.Facts[name]
			limit := slices.ContainsFunc(c.Limits, func(l evidence.Limit) bool { return l.Name == name })
			if !fact && !limit {
				t.Errorf("%s quotes {%s}, which the finding does not hold: %v", key, name, f.Facts)
			}
		}
	}
}

// row is one line of a judge's table.
type row[O any] struct {
	name    string
	change  func(*O)
	outcome evidence.Outcome
	reason  string
}

// judgeAll holds a judge against a table of changes to a healthy observation, and
// makes sure that every declared reason is reached.
func judgeAll[O any](t *testing.T, c evidence.Check, healthy func() O, rows []row[O]) {
	t.Helper()
	reached := map[string]bool{}
	for _, r := range rows {
		o := healthy()
		r.change(&o)
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		f := found(t, c, raw)
		if f.Outcome != r.outcome || f.Reason != r.reason {
			t.Errorf("%s: %v %q %v, want %v %q", r.name, f.Outcome, f.Reason, f.Facts, r.outcome, r.reason)
		}
		reached[f.Reason] = true
	}
	for _, reason := range c.Reasons {
		if !reached[reason] {
			t.Errorf("no row reaches %q", reason)
		}
	}
}

// synthetic fills a store with whole exports, dated.
func synthetic(t *testing.T, dated time.Time, ecosystems ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, ecosystem := range ecosystems {
		export, err := advisory.Synthetic(ecosystem, dated)
		if err == nil {
			_, err = advisory.Import(t.Context(), folder, export, dated)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// Every control is caught, through the check's own Run and judge, without the
// network.
func TestControlsAreCaught(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // nobody listens there
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	g := Gate()
	for _, control := range g.Controls {
		t.Run(control.Class, func(t *testing.T) {
			check, _ := evidence.Find([]evidence.Gate{g}, control.Check)
			bench := benchOn(t, today())
			twin, away, err := control.Twin(context.Background(), bench)
			if err != nil {
				t.Fatal(err)
			}
			f := judged(t, check, twin.(*lab.Bench))
			if !control.Caught(f) {
				t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
			}
			away()
			if left, err := os.ReadDir(bench.Scratch); err != nil || len(left) > 0 {
				t.Errorf("the twin leaves %v (%v)", left, err)
			}
		})
	}
}

func TestSettingsThatCannotBeRight(t *testing.T) {
	for name, s := range map[string]Settings{
		"two of a name":   {Parts: []Part{{Name: "a", Directory: "."}, {Name: "a", Directory: "b"}}},
		"output outside":  {Parts: []Part{{Name: "a", Directory: ".", Output: "../dist"}}},
		"nowhere to":      {Parts: []Part{{Name: "a", Directory: ".", Build: "make"}}},
		"an address":      {Registries: []string{"https://registry.example"}},
		"a host and port": {Registries: []string{"registry.example:443"}},
	} {
		if s.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	good := Settings{Parts: []Part{{Name: "a", Directory: ".", Build: `make OUT="$OUTPUT"`}, {Name: "b", Directory: "b", Build: "npm run build", Output: "dist"}}, Registries: []string{"registry.example"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

// zipped packs one file.
func zipped(t *testing.T, name, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	w, err := out.Create(name)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
