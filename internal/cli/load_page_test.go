package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/engine/load"
	"listo/internal/words"
)

// pageOf writes the page of a result and gives its text and its folder.
func pageOf(t *testing.T, lang words.Lang, name string, r *load.Result) (string, string) {
	t.Helper()
	folder := t.TempDir()
	s, err := (&App{}).showing(loadShow{format: "text", language: string(lang), page: filepath.Join(folder, name)})
	if err != nil {
		t.Fatal(err)
	}
	d := document{Target: "http://127.0.0.1:1", Verdict: load.Promise{Percentile: 95, Errors: 1}.Decide(r), Result: r}
	if err := s.paged(d); err != nil {
		t.Fatal(err)
	}
	return read(t, folder, name), folder
}

// wellFormed fails where a picture is no XML.
func wellFormed(t *testing.T, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
	}
}

func TestPageIsOneFileAndSafe(t *testing.T) {
	r := every(t)
	r.Endpoints[0].Name = `<script>alert(1)</script>` + "\u202e"
	for _, lang := range words.Languages() {
		text, _ := pageOf(t, lang, "p.html", r)
		pictures := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1)
		if len(pictures) != 2 || strings.Contains(text, "<script") || !strings.Contains(text, "&lt;script&gt;") || strings.ContainsRune(text, '\u202e') {
			t.Errorf("%d pictures in\n%s", len(pictures), text)
		}
		for _, svg := range pictures {
			wellFormed(t, svg)
		}
		if found := regexp.MustCompile(`(?i)\b(src|href|url)\s*[=(]`).FindString(text); found != "" || !strings.Contains(text, `lang="`+string(lang)) {
			t.Errorf("it wants other files: %q", found)
		}
	}
}

func TestMarkdownHasItsPlotsBesideIt(t *testing.T) {
	text, folder := pageOf(t, words.English, "run.md", every(t))
	links := regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1)
	if len(links) != 2 {
		t.Fatalf("%d plots in\n%s", len(links), text)
	}
	for _, l := range links {
		svg, err := os.ReadFile(filepath.Join(folder, l[1]))
		if err != nil || !bytes.Contains(svg, []byte("prefers-color-scheme: dark")) {
			t.Errorf("%s: %v", l[1], err)
		}
		wellFormed(t, string(svg))
	}
}

// A run that saw nothing has a page too: it says so.
func TestPageOfNothing(t *testing.T) {
	h := new(load.Histogram)
	nothing := load.Endpoint{Classes: map[load.Class]int64{}, Histogram: h}
	text, _ := pageOf(t, words.English, "p.html", &load.Result{Total: nothing, Endpoints: []load.Endpoint{nothing}})
	if !strings.Contains(text, "UNPROVEN: nothing could be sent") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error(text)
	}
}

func TestPageNeedsAnEndingItKnows(t *testing.T) {
	if _, err := (&App{}).showing(loadShow{format: "text", language: "es", page: "p.pdf"}); err == nil {
		t.Error("a page in PDF is promised")
	}
}
