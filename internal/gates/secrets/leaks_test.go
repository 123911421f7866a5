package secrets

import (
	"encoding/base64"
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
)

func searched(t *testing.T, raw json.RawMessage) Search {
	t.Helper()
	var o History
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	return o.Search
}

func TestTree(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	root := b.Config.Folder
	// listo.yaml may lie below the root; the whole repository counts.
	b.Config.Folder = filepath.Join(root, "service")
	write(t, filepath.Join(root, "service", "main.go"), "package main\n")
	write(t, filepath.Join(root, ".gitignore"), ".env\n")
	write(t, filepath.Join(root, ".env"), "JWT_SECRET="+strongSecret+"\n")
	write(t, filepath.Join(root, "deleted.txt"), "x\n")
	git(t, root, "init", "-q")
	git(t, root, "add", "-A")
	if err := os.Remove(filepath.Join(root, "deleted.txt")); err != nil {
		t.Fatal(err)
	}
	clean := searched(t, wants(t, "secrets.leaks.tree", b, evidence.Pass, "clean"))
	if clean.Looked != 2 || clean.Bytes != int64(len("package main\n.env\n")) {
		t.Errorf("looked at %+v", clean)
	}

	write(t, filepath.Join(root, "docs", "ñandú notes.txt"), "one\ntwo\nkey "+base64.StdEncoding.EncodeToString([]byte(strongSecret))+"\n")
	found := searched(t, wants(t, "secrets.leaks.tree", b, evidence.Fail, "leaked"))
	if len(found.Found) != 1 || found.Found[0] != (Place{"JWT_SECRET", "docs/ñandú notes.txt", 3}) {
		t.Errorf("found %+v", found.Found)
	}
	if err := os.Remove(filepath.Join(root, "docs", "ñandú notes.txt")); err != nil {
		t.Fatal(err)
	}

	git(t, root, "add", "-f", ".env") // an env file that git tracks
	found = searched(t, wants(t, "secrets.leaks.tree", b, evidence.Fail, "leaked"))
	if len(found.Found) != 1 || found.Found[0] != (Place{"JWT_SECRET", ".env", 1}) {
		t.Errorf("found %+v", found.Found)
	}
	git(t, root, "rm", "-q", "--cached", ".env")

	if err := os.Symlink(strongSecret, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	wants(t, "secrets.leaks.tree", b, evidence.Fail, "leaked")
}

func TestTreeOutsideGit(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	if _, err := leaksInTree().Run(t.Context(), b); err == nil || !strings.Contains(err.Error(), "git") {
		t.Errorf("got %v", err)
	}
	if _, err := leaksInHistory().Run(t.Context(), b); err == nil {
		t.Error("no error")
	}
}

func TestHistory(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	root := b.Config.Folder
	git(t, root, "init", "-q", "-b", "main")
	wants(t, "secrets.leaks.history", b, evidence.Unproven, "nothing")
	write(t, filepath.Join(root, "a.txt"), "nothing here\n")
	git(t, root, "add", "-A")
	git(t, root, "commit", "-q", "-m", "first")
	wants(t, "secrets.leaks.history", b, evidence.Pass, "clean")

	git(t, root, "switch", "-q", "-c", "other")
	write(t, filepath.Join(root, "old name.env"), "A=1\nJWT_SECRET="+strongSecret+"\n")
	git(t, root, "add", "-A")
	git(t, root, "commit", "-q", "-m", "oops")
	culprit := git(t, root, "rev-parse", "HEAD")
	git(t, root, "rm", "-q", "old name.env")
	git(t, root, "commit", "-q", "-m", "gone")
	git(t, root, "switch", "-q", "main")
	raw := wants(t, "secrets.leaks.history", b, evidence.Fail, "leaked")
	found := searched(t, raw)
	want := Place{"JWT_SECRET", "old name.env @" + culprit[:12], 2}
	if len(found.Found) != 1 || found.Found[0] != want {
		t.Errorf("found %+v, want %v", found.Found, want)
	}

	// Bounded to what came after, the leak is out of sight, and the page says so.
	for range 3 {
		git(t, root, "commit", "-q", "--allow-empty", "-m", "more", "--date", "2100-01-01T00:00:00Z")
	}
	git(t, root, "branch", "-q", "-D", "other")
	raw = wants(t, "secrets.leaks.history", b, evidence.Pass, "clean")
	var o History
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	if o.Commits != 4 || o.CommitsTotal != 4 {
		t.Errorf("commits %d of %d", o.Commits, o.CommitsTotal)
	}
	settings(b).HistoryCommits = 2
	if err := json.Unmarshal(wants(t, "secrets.leaks.history", b, evidence.Pass, "clean"), &o); err != nil || o.Commits != 2 || o.CommitsTotal != 4 {
		t.Errorf("commits %d of %d: %v", o.Commits, o.CommitsTotal, err)
	}

	git(t, root, "commit", "-q", "--allow-empty", "-m", "the key is "+strongSecret)
	wants(t, "secrets.leaks.history", b, evidence.Fail, "leaked")
}

func TestHistoryOfAShallowClone(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	origin := t.TempDir()
	git(t, origin, "init", "-q")
	for _, message := range []string{"one", "two"} {
		git(t, origin, "commit", "-q", "--allow-empty", "-m", message)
	}
	git(t, b.Config.Folder, "clone", "-q", "--depth", "1", "file://"+origin, ".")
	wants(t, "secrets.leaks.history", b, evidence.Unproven, "shallow")
}

func TestFolders(t *testing.T) {
	b := newBench(t, &Settings{BundleDirectory: "web/dist"}, usual())
	dist := filepath.Join(b.Config.Folder, "web", "dist")
	if _, err := leaksInFrontend().Run(t.Context(), b); err == nil {
		t.Error("a folder that is not there is no clean folder")
	}
	write(t, filepath.Join(dist, "index.html"), "<html></html>")
	wants(t, "secrets.leaks.frontend", b, evidence.Pass, "clean")
	quoted, _ := json.Marshal("x" + strongSecret)
	write(t, filepath.Join(dist, "assets", "app.js.map"), `{"sourcesContent":[`+string(quoted)+`]}`)
	found := searched(t, wants(t, "secrets.leaks.frontend", b, evidence.Fail, "leaked"))
	if len(found.Found) != 1 || found.Found[0].Where != filepath.Join("web/dist", "assets", "app.js.map") {
		t.Errorf("found %+v", found.Found)
	}

	wants(t, "secrets.leaks.bundle", b, evidence.Unproven, "nothing")
	write(t, filepath.Join(b.Bundle, "go_no_go.md"), "# GO\n")
	wants(t, "secrets.leaks.bundle", b, evidence.Pass, "clean")
	write(t, filepath.Join(b.Bundle, "evidence", "blobs", "ab"), "\x00\x01"+strongSecret)
	wants(t, "secrets.leaks.bundle", b, evidence.Fail, "leaked")
}

// TestWindows: a value is found wherever it lies, also across the border of two
// windows, once, and with its line.
func TestWindows(t *testing.T) {
	for _, before := range []int{0, windowSize - len(strongSecret) - 1, windowSize - 20, windowSize - 1, windowSize, windowSize + windowLap, 2*windowSize - windowLap - 30, 3*windowSize + 5} {
		b := newBench(t, &Settings{}, usual())
		s := newSearch(t.Context(), b)
		lines := strings.Repeat(strings.Repeat("x", 99)+"\n", before/100) + strings.Repeat("y", before%100)
		if err := s.read("f", strings.NewReader(lines+strongSecret+"\nend\n"+strings.Repeat("z", 2*windowSize))); err != nil {
			t.Fatal(err)
		}
		if s.FoundTotal != 1 || s.Found[0] != (Place{"JWT_SECRET", "f", before/100 + 1}) {
			t.Errorf("at %d: %+v", before, s.Found)
		}
	}
}

func TestShortOrUnsetSecretsCannotBeSearchedFor(t *testing.T) {
	for _, value := range []string{"", "short"} {
		b := newBench(t, &Settings{BundleDirectory: "."}, map[string]string{"JWT_SECRET": value})
		write(t, filepath.Join(b.Config.Folder, "a"), "a short text")
		wants(t, "secrets.leaks.frontend", b, evidence.Unproven, "unsearchable")
	}
}

func TestResponses(t *testing.T) {
	leaky := false
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("not found"))
		if leaky && r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			_, _ = w.Write([]byte("\ndebug: " + strongSecret))
		}
	}))
	defer service.Close()
	b := newBench(t, &Settings{PublicRequests: []string{"POST /api/auth/login"}}, usual())
	b.Target.Base = service.URL
	clean := searched(t, wants(t, "secrets.leaks.responses", b, evidence.Pass, "clean"))
	if clean.Looked != 6 {
		t.Errorf("looked at %d responses", clean.Looked)
	}
	leaky = true
	wants(t, "secrets.leaks.responses", b, evidence.Fail, "leaked")
	leaky = false

	b.Ledger = ledgerOf(t, "http", "body", "GET /somewhere "+strongSecret)
	found := searched(t, wants(t, "secrets.leaks.responses", b, evidence.Fail, "leaked"))
	if found.Looked != 7 || !strings.Contains(found.Found[0].Where, "pool.effective") {
		t.Errorf("found %+v", found)
	}
	service.Close()
	b.Ledger = func() evidence.Ledger { return evidence.Ledger{} }
	wants(t, "secrets.leaks.responses", b, evidence.Unproven, "unread")
}

func TestLogs(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	wants(t, "secrets.leaks.logs", b, evidence.Unproven, "nothing")
	b.Target.Log = func() ([]byte, error) { return []byte("listening\n"), nil }
	wants(t, "secrets.leaks.logs", b, evidence.Pass, "clean")
	b.Ledger = ledgerOf(t, "service", "log", "boot "+strongSecret)
	wants(t, "secrets.leaks.logs", b, evidence.Fail, "leaked")
	b.Ledger = ledgerOf(t, "http", "body", "boot "+strongSecret)
	wants(t, "secrets.leaks.logs", b, evidence.Pass, "clean") // that is a response
	b.Target.Log = func() ([]byte, error) { return nil, os.ErrPermission }
	wants(t, "secrets.leaks.logs", b, evidence.Unproven, "unread")
}

// ledgerOf gives a ledger in which the patient once wrote text, recorded the way
// an audit records it. The same text stands in a control, which is no patient's.
func ledgerOf(t *testing.T, instrument, name, text string) func() evidence.Ledger {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := lab.NewRecorder(blobs, redact.New([]redact.Secret{{Name: "JWT_SECRET", Value: strongSecret}}), newBench(t, &Settings{}, usual()).Now)
	touch := r.Touch(instrument, "replay")
	touch.Capture(name, "text/plain", []byte(text), true)
	touch.End(200, nil)
	steps, err := r.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return func() evidence.Ledger {
		return evidence.Ledger{Entries: []evidence.Entry{
			{Experiment: &evidence.Experiment{Check: "pool.effective", Steps: steps}},
			{Control: &evidence.ControlRun{Class: "x", Experiment: evidence.Experiment{Steps: steps}}},
		}}
	}
}
