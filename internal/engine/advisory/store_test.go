package advisory

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// today is the day of these tests.
func today() time.Time { return time.Date(2025, time.November, 6, 12, 0, 0, 0, time.UTC) }

const week = 7 * 24 * time.Hour

// pack makes a zip of the given members, in the order of their names.
func pack(t *testing.T, members map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	names := []string{}
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(members[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func export(ecosystem string, packed []byte, listing string, t *testing.T) Export {
	t.Helper()
	e := Export{Ecosystem: ecosystem, Zip: bytes.NewReader(packed), Size: int64(len(packed)), Source: "all.zip"}
	if listing != "" {
		l, err := ReadListing(strings.NewReader(listing))
		if err != nil {
			t.Fatal(err)
		}
		e.Listing = l
	}
	return e
}

func imported(t *testing.T, dir string, e Export) EcosystemProof {
	t.Helper()
	proof, err := Import(t.Context(), dir, e, today())
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func opened(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func reference(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata/reference", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// npmReference is the reference's npm export with its own list.
func npmReference(t *testing.T) Export {
	return export(NPM, reference(t, "npm.zip"), string(reference(t, "npm-modified_id.csv")), t)
}

func doubts(t *testing.T, s *Store, now time.Time, wanted ...string) []Doubt {
	t.Helper()
	proof, err := s.Prove()
	if err != nil {
		t.Fatal(err)
	}
	var all []Doubt
	for _, p := range proof.Problems(now, week, wanted...) {
		all = append(all, p.Doubt)
	}
	return all
}

func TestAccountOfAnImport(t *testing.T) {
	dir := t.TempDir()
	p := imported(t, dir, npmReference(t))
	if p.Seen != 170 || p.Loaded != 170 || p.Withdrawn+p.Foreign+p.Rejected != 0 || p.Packages != 101 || len(p.SHA256) != 64 {
		t.Errorf("%+v", p)
	}
	if want := time.Date(2025, 11, 4, 19, 44, 42, 0, time.UTC); !p.Newest.Equal(want) || p.NewestDeclared {
		t.Errorf("newest %s", p.Newest)
	}
	if e := p.Expected; e == nil || e.Listed != 170 || e.Missing+e.Unlisted+e.Later != 0 {
		t.Errorf("%+v", e)
	}
	source := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	g := export(Go, reference(t, "Go.zip"), "", t)
	g.AsOf = source
	p = imported(t, dir, g)
	if p.Seen != 54 || p.Withdrawn != 17 || p.Loaded != 37 || !p.Newest.Equal(source) || !p.NewestDeclared {
		t.Errorf("%+v", p)
	}
	s := opened(t, dir)
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if got := doubts(t, s, today(), NPM); len(got) > 0 {
		t.Errorf("a complete and fresh export is doubted: %v", got)
	}
	if got := doubts(t, s, today(), NPM, Go); !slices.Equal(got, []Doubt{CountUnknown}) {
		t.Errorf("an export without its list: %v", got)
	}
}

func TestImportReplacesItsEcosystemOnly(t *testing.T) {
	dir := t.TempDir()
	imported(t, dir, npmReference(t))
	imported(t, dir, export(Go, reference(t, "Go.zip"), "", t))
	before := opened(t, dir)
	imported(t, dir, export(NPM, pack(t, map[string]string{}), "", t))
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 3 {
		t.Errorf("the store holds %v %v, want two indexes and a catalog", files, err)
	}
	lodash := []Package{{NPM, "lodash", "4.17.20"}}
	for s, want := range map[*Store]int{before: 2, opened(t, dir): 0} {
		result, err := s.Match(t.Context(), lodash, nil)
		if err != nil || len(result.Findings) != want {
			t.Errorf("%d findings, want %d: %v", len(result.Findings), want, err)
		}
	}
}

// Each of these made a known scanner say "no issues".
func TestNothingFailsOpen(t *testing.T) {
	whole := string(reference(t, "npm-modified_id.csv"))
	unknown := `{"id":"X-1","modified":"2025-11-05T00:00:00Z","brand_new":{"a":1},"affected":[{"package":{"ecosystem":"npm","name":"x","new":1},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`
	for name, c := range map[string]struct {
		packed  []byte
		listing string
		now     time.Time
		want    []Doubt
	}{
		"empty":                {pack(t, nil), "", today(), []Doubt{Empty, CountUnknown, Undated, CanaryMissed, CanaryMissed, CanaryMissed}},
		"an unreadable record": {pack(t, map[string]string{"X-1.json": unknown[:90]}), "2025-11-05T00:00:00Z,X-1\n", today(), []Doubt{Empty, Unreadable, Undated, CanaryMissed, CanaryMissed, CanaryMissed}},
		"unknown fields":       {pack(t, map[string]string{"X-1.json": unknown}), "2025-11-05T00:00:00Z,X-1\n", today(), []Doubt{CanaryMissed, CanaryMissed, CanaryMissed}},
		"the wrong ecosystem":  {reference(t, "Go.zip"), "", today(), []Doubt{Empty, CountUnknown, Undated, CanaryMissed, CanaryMissed, CanaryMissed}},
		"stale":                {reference(t, "npm.zip"), whole, today().Add(week), []Doubt{Stale}},
		"a clock that is slow": {reference(t, "npm.zip"), whole, today().Add(-week), []Doubt{FromFuture}},
		"no list":              {reference(t, "npm.zip"), "", today(), []Doubt{CountUnknown}},
		"a list cut off":       {reference(t, "npm.zip"), whole[:len(whole)/2+1], today(), []Doubt{Incomplete}},
		"a record is missing":  {reference(t, "npm.zip"), whole + "2020-01-01T00:00:00Z,X-1\n", today(), []Doubt{Incomplete}},
		"a later record":       {reference(t, "npm.zip"), whole + "2025-11-05T00:00:00Z,X-1\n", today(), nil},
	} {
		dir := t.TempDir()
		listing := c.listing
		if listing == whole[:len(whole)/2+1] {
			listing = listing[:strings.LastIndex(listing, "\n")]
		}
		imported(t, dir, export(NPM, c.packed, listing, t))
		if got := doubts(t, opened(t, dir), c.now, NPM); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	dir := t.TempDir()
	imported(t, dir, npmReference(t))
	if got := doubts(t, opened(t, dir), today(), Go); !slices.Equal(got, []Doubt{Absent, CanaryMissed}) {
		t.Errorf("a missing ecosystem: %v", got)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "listo db update") {
		t.Errorf("no store: %v", err)
	}
	cut := reference(t, "npm.zip")
	if _, err := Import(t.Context(), dir, export(NPM, cut[:len(cut)/2], "", t), today()); err == nil || !strings.Contains(err.Error(), "no whole zip") {
		t.Errorf("a zip cut off: %v", err)
	}
}

func TestRecordsThatAreRejected(t *testing.T) {
	record := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}`, id)
	}
	p := imported(t, t.TempDir(), export(NPM, pack(t, map[string]string{
		"A-1.json": record("A-1"), "sub/A-1.json": record("A-1"), "A-2.json": record("A-9"), "A-3.json": `{"affected":[]}`, "A-4.json": `{"id":"A-4"}`,
		"A-5.json": `[]`, "A-6.json": `{"id":"A-6","modified":"yesterday","affected":[{}]}`, "readme.txt": "hello",
		"A-7.json": `{"id":"A-7","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":0}]}]}]}`,
		"A-8.json": `{"id":"A-8","withdrawn":"2025-01-01T00:00:00Z"}`,
	}), "", t))
	if p.Seen != 10 || p.Loaded != 1 || p.Withdrawn != 1 || p.Rejected != 8 || len(p.RejectedExamples) != 5 {
		t.Errorf("%+v", p)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	for part, damage := range map[string]func([]byte) []byte{
		"the end is missing": func(b []byte) []byte { return b[:len(b)-1] },
		"the head":           func(b []byte) []byte { b[0] ^= 1; return b },
		"the names":          func(b []byte) []byte { b[headSize+5] ^= 1; return b },
		"the records":        func(b []byte) []byte { b[len(b)-9] ^= 1; return b },
	} {
		dir := t.TempDir()
		imported(t, dir, npmReference(t))
		files, err := filepath.Glob(filepath.Join(dir, "*.idx"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		src, err := os.ReadFile(files[0])
		if err == nil {
			err = os.WriteFile(files[0], damage(src), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err == nil {
			if err = s.Verify(); err == nil {
				t.Errorf("%s: nobody noticed", part)
			}
			// Without Verify, the record itself tells.
			last := s.indexes[NPM].names[len(s.indexes[NPM].names)-1].name
			if _, err := s.Match(t.Context(), []Package{{NPM, last, "1.0.0"}}, nil); err == nil {
				t.Errorf("%s: %s is read all the same", part, last)
			}
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "import") {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestSyntheticStoreIsCompleteAndMarked(t *testing.T) {
	dir := t.TempDir()
	for _, ecosystem := range []string{NPM, Go} {
		e, err := Synthetic(ecosystem, today())
		if err != nil {
			t.Fatal(err)
		}
		imported(t, dir, e)
	}
	s := opened(t, dir)
	if got := doubts(t, s, today(), NPM, Go); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if proof, err := s.Prove(); err != nil || !proof.Test {
		t.Errorf("the proof does not say that it is a test: %v", err)
	}
}

// A matcher that says yes to everything finds every canary.
func TestCanaryMustBeSafeInTheNextVersion(t *testing.T) {
	members := map[string]string{}
	for _, c := range Canaries() {
		members[c.ID+".json"] = `{"id":"` + c.ID + `","modified":"2025-11-06T00:00:00Z",` + on(c.Ecosystem, c.Name, `{"introduced":"0"}`) + `}`
	}
	dir := t.TempDir()
	imported(t, dir, export(NPM, pack(t, members), "", t))
	if got := doubts(t, opened(t, dir), today(), NPM); !slices.Equal(got, []Doubt{CountUnknown, CanaryMissed, CanaryMissed, CanaryMissed}) {
		t.Errorf("%v", got)
	}
}

func TestReadListing(t *testing.T) {
	for src, want := range map[string]string{
		"": "lists nothing", "\n": "lists nothing", "x,y\n": "line 1", "2025-01-01T00:00:00Z,a\n2025-01-01T00:00:00Z,a\n": "second time",
		"2025-01-01T00:00:00Z,npm/a\n": "line 1", "2025-01-01T00:00:00Z\n": "line 1",
	} {
		if _, err := ReadListing(strings.NewReader(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}
