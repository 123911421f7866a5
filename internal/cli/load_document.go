package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"listo/internal/engine/load"
	"listo/internal/engine/redact"
	"listo/internal/words"
)

// documentVersion is that of the JSON that listo load writes and merges.
const documentVersion = 1

// document is a run as listo load writes it down.
type document struct {
	Version int          `json:"version"`
	Began   time.Time    `json:"began"`
	Target  string       `json:"target"`
	Verdict load.Verdict `json:"verdict"`
	Result  *load.Result `json:"result"`
}

// showing is where a document goes, in which form and language.
type showing struct {
	loadShow
	app      *App
	book     words.Book
	lang     words.Lang
	redactor *redact.Redactor
}

func (f *loadShow) flags(to *pflag.FlagSet) {
	to.StringVar(&f.format, "format", "text", "on standard output: text or json")
	to.StringVar(&f.page, "page", "", "also a page with plots, as load.html or load.md")
	to.StringVar(&f.out, "out", "", "also the whole result as JSON, which listo load merge can add to others")
	to.StringVar(&f.language, "language", "es", "es or en")
}

func (a *App) showing(f loadShow) (*showing, error) {
	lang, err := words.ParseLang(f.language)
	if err != nil {
		return nil, err
	}
	if f.format != "text" && f.format != "json" {
		return nil, fmt.Errorf("load: --format is %q: write text or json", f.format)
	}
	if ext := strings.ToLower(filepath.Ext(f.page)); f.page != "" && ext != ".html" && ext != ".md" {
		return nil, fmt.Errorf("load: --page is %q: name a file that ends in .html or .md", f.page)
	}
	book, err := words.Read("cli/load.words.yaml", loadWords)
	if err != nil {
		return nil, err
	}
	return &showing{loadShow: f, app: a, book: book, lang: lang, redactor: redact.New(nil)}, nil
}

// all writes the document everywhere it is wanted. What secrets it may hold is
// taken out by value.
func (s *showing) all(d document) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return coded(exitDefect, fmt.Errorf("load: %w", err))
	}
	raw = append(raw, '\n')
	text := raw
	if s.format == "text" {
		said, err := s.text(d)
		if err != nil {
			return coded(exitDefect, fmt.Errorf("load: %w", err))
		}
		text = []byte(said)
	}
	if err := s.write(s.app.Out, text); err != nil {
		return err
	}
	if s.out != "" {
		if err := s.file(s.out, raw); err != nil {
			return err
		}
	}
	if s.page != "" {
		return s.paged(d)
	}
	return nil
}

func (s *showing) write(to io.Writer, text []byte) error {
	cleaned, _ := s.redactor.Clean(text)
	_, err := io.Copy(to, bytes.NewReader(cleaned))
	return coded(exitConfig, err)
}

// file writes a file, over an older one of that name.
func (s *showing) file(path string, text []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return coded(exitConfig, fmt.Errorf("load: %w", err))
	}
	return coded(exitConfig, errors.Join(s.write(f, text), f.Close()))
}
