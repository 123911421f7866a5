package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// result runs listo load and gives the file that it wrote and what is in it.
func result(t *testing.T, args ...string) (string, document) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "result.json")
	w := &world{}
	if code := w.run(fit(append(args, "--out", file)...)...); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	d, err := readDocument(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, d
}

func TestLoadMergeAddsUp(t *testing.T) {
	url := target(t, func(http.ResponseWriter, *http.Request) {})
	a, first := result(t, url)
	b, second := result(t, url)
	w, out := &world{}, filepath.Join(t.TempDir(), "sum.json")
	if code := w.run("load", "merge", "--language", "en", "--out", out, a, b); code != 0 || !strings.Contains(w.out.String(), "HOLDS") {
		t.Fatalf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	sum, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	first.Result.Total.Histogram.Merge(second.Result.Total.Histogram)
	if !reflect.DeepEqual(sum.Result.Total.Histogram, first.Result.Total.Histogram) || sum.Result.Parts != 2 || sum.Result.Profile.Users != 8 {
		t.Errorf("%+v", sum.Result.Profile)
	}
	if code := w.run("load", "merge", "--format", "json", out, a); code != 0 || json.Unmarshal(w.out.Bytes(), &sum) != nil || sum.Result.Parts != 3 {
		t.Errorf("exit %d, %d parts", code, sum.Result.Parts)
	}
}

func TestLoadMergeRefuses(t *testing.T) {
	url := target(t, func(http.ResponseWriter, *http.Request) {})
	a, d := result(t, url)
	changed := func(name string, change func(*document)) string {
		d := d
		change(&d)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for say, file := range map[string]string{
		"merge runs against one target":    changed("target", func(d *document) { d.Target = "http://127.0.0.1:1" }),
		"another promise":                  changed("promise", func(d *document) { d.Verdict.Promise.Errors = 2 }),
		"no result that this listo reads":  changed("version", func(d *document) { d.Version = 2 }),
		"no result that this listo reads:": changed("result", func(d *document) { d.Result = nil }),
		"it is no result of listo load":    "load_merge_test.go",
		"no such file":                     "nowhere.json",
	} {
		w := &world{}
		if code := w.run("load", "merge", a, file); code != exitUsage {
			t.Errorf("%s: exit %d", say, code)
		} else if !strings.Contains(w.err.String(), say) {
			t.Errorf("%s: %s", say, w.err.String())
		}
	}
	if w := (&world{}); w.run("load", "merge", a) != exitUsage {
		t.Error("one result is merged with nothing")
	}
}
