package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/advisory"
)

// exports serves a synthetic export of npm and of Go as the official ones are
// laid out; cut drops the second half of a file.
func exports(t *testing.T, cut string) *httptest.Server {
	t.Helper()
	files := map[string]string{}
	for _, ecosystem := range ecosystems() {
		e, err := advisory.Synthetic(ecosystem, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		packed, err := io.ReadAll(io.NewSectionReader(e.Zip, 0, e.Size))
		if err != nil {
			t.Fatal(err)
		}
		list := ""
		for id, at := range e.Listing {
			list += fmt.Sprintf("%s,%s\n", at.Format(time.RFC3339), id)
		}
		files["/"+ecosystem+"/all.zip"], files["/"+ecosystem+"/modified_id.csv"] = string(packed), list
	}
	files[cut] = files[cut][:len(files[cut])/2]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, known := files[r.URL.Path]
		if !known {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestUpdateBringsAWholeStoreThatIsMarked(t *testing.T) {
	server, store, w := exports(t, ""), t.TempDir(), &world{}
	if code := w.run("db", "status", "--store", store); code != 2 || !strings.Contains(w.err.String(), "listo db update") {
		t.Fatalf("an empty folder: exit %d, %s", code, w.err.String())
	}
	if code := w.run("db", "update", "--store", store, "--from", server.URL); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	if text := w.out.String(); !strings.Contains(text, "6 canaries sing") || !strings.Contains(text, "npm: 3 records") || !strings.Contains(text, "TEST") {
		t.Errorf("it says %s", text)
	}
}

func TestUpdateOfHalfAnExportChangesNothing(t *testing.T) {
	store, w := t.TempDir(), &world{}
	if code := w.run("db", "update", "--store", store, "--from", exports(t, "/npm/all.zip").URL); code != exitConfig {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	if held, err := os.ReadDir(store); err != nil || len(held) > 0 {
		t.Errorf("it left %v (%v)", held, err)
	}
	for name, from := range map[string]string{"nobody listens": "http://127.0.0.1:1", "another server": httptest.NewServer(http.NotFoundHandler()).URL} {
		w := &world{}
		if code := w.run("db", "update", "--store", store, "--from", from); code != exitConfig || !strings.Contains(w.err.String(), "listo db import") {
			t.Errorf("%s: exit %d: %s", name, code, w.err.String())
		}
	}
}

func TestImportFindsTheListBesideTheZip(t *testing.T) {
	server, folder := exports(t, ""), t.TempDir()
	var zips []string
	for _, ecosystem := range ecosystems() {
		if err := os.Mkdir(filepath.Join(folder, ecosystem), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := advisory.Fetch(t.Context(), server.Client(), server.URL, ecosystem, folder); err != nil {
			t.Fatal(err)
		}
		zips = append(zips, filepath.Join(folder, ecosystem+"-all.zip"))
	}
	store, w := filepath.Join(folder, "store"), &world{}
	if code := w.run(slices.Concat([]string{"db", "import", "--store", store}, zips)...); code != 0 {
		t.Errorf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	if err := os.Remove(filepath.Join(folder, "npm-modified_id.csv")); err != nil {
		t.Fatal(err)
	}
	w = &world{}
	if code := w.run("db", "import", "--store", store, zips[0]); code != 2 || !strings.Contains(w.out.String(), "count-unknown npm") {
		t.Errorf("without the list: exit %d\n%s", code, w.out.String())
	}
}

func TestEcosystemOfAFile(t *testing.T) {
	for file, want := range map[string]string{"npm/all.zip": "npm", "/x/Go/all.zip": "Go", "npm-all.zip": "npm", "all.zip": "", "/npm/x/Go-all.zip": "Go", "cargo/all.zip": "", "Golang/all.zip": ""} {
		if got := ecosystemIn(file); got != want {
			t.Errorf("%s is of %q, want %q", file, got, want)
		}
	}
	for _, files := range [][]string{{"list.csv"}, {"all.zip"}} {
		if got, err := exportsIn(files, ""); err == nil {
			t.Errorf("%v: %v", files, got)
		}
	}
	if _, err := exportsIn([]string{"a.zip", "b.zip"}, "npm"); err == nil {
		t.Error("one ecosystem for two files is taken")
	}
}
