// Package words holds phrases in the reader's language.
//
// A Book is read from words.yaml files in which every phrase stands in Spanish
// and English side by side, under one key. The package knows how to pick a
// phrase, fill its {placeholders} and write numbers and durations the way the
// language does. It does not know what the phrases are about, and it never
// translates IDs, JSON keys, file names or captured evidence.
package words

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Lang is a language of the reports, by its ISO 639-1 code.
type Lang string

// The languages a reader may ask for, and Pseudo, which marks every phrase with
// ⟦…⟧ so that a test can see text that came from no Book.
const (
	Spanish Lang = "es"
	English Lang = "en"
	Pseudo  Lang = "qps"
)

// Languages lists the languages in which every phrase must exist.
func Languages() []Lang { return []Lang{Spanish, English} }

// ParseLang reads a language code as users write it ("es", "en").
func ParseLang(s string) (Lang, error) {
	switch l := Lang(strings.ToLower(strings.TrimSpace(s))); l {
	case Spanish, English, Pseudo:
		return l, nil
	}
	return "", fmt.Errorf("language: %q is not one of es, en: set language to one of them", s)
}

// Book is a set of phrases by key. Its zero value has none.
type Book struct {
	phrases map[string]map[Lang]string
}

// Read parses one words.yaml. Nested keys are joined with dots; a mapping whose
// keys are languages is a phrase. An empty phrase, a missing or unknown
// language, a key or language written twice and a second document are errors
// that name file and line.
func Read(file string, src []byte) (Book, error) {
	var doc, second yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(src))
	if err := documents.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return Book{}, fmt.Errorf("words: %s: %w", file, err)
	}
	if err := documents.Decode(&second); err == nil {
		return Book{}, fmt.Errorf("words: %s:%d: a second document begins here: keep one per file", file, second.Line)
	} else if !errors.Is(err, io.EOF) {
		return Book{}, fmt.Errorf("words: %s: %w", file, err)
	}
	b := Book{phrases: map[string]map[Lang]string{}}
	if len(doc.Content) == 0 {
		return b, nil
	}
	return b, b.collect(file, "", doc.Content[0])
}

func (b Book) collect(file, prefix string, n *yaml.Node) error {
	if n.Kind == yaml.AliasNode && isPhrase(n.Alias) {
		n = n.Alias // a phrase that several keys share is written once
	}
	if n.Kind != yaml.MappingNode { // an alias of anything else may lead back to itself
		return fmt.Errorf("words: %s:%d: %q is not a phrase: write {es: …, en: …}", file, n.Line, prefix)
	}
	if isPhrase(n) {
		return b.add(file, prefix, n)
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if prefix != "" {
			key = prefix + "." + key
		}
		if err := b.collect(file, key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag != "!!null" }

func isPhrase(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if slices.Contains(Languages(), Lang(n.Content[i].Value)) {
			return true
		}
	}
	return false
}

func (b Book) add(file, key string, n *yaml.Node) error {
	if _, twice := b.phrases[key]; twice || key == "" {
		return fmt.Errorf("words: %s:%d: %q is written twice or no key: give every phrase a key of its own", file, n.Line, key)
	}
	said := map[Lang]string{}
	for i := 0; i < len(n.Content); i += 2 {
		lang, text := Lang(n.Content[i].Value), strings.TrimSpace(n.Content[i+1].Value)
		if _, twice := said[lang]; twice {
			return fmt.Errorf("words: %s:%d: %q has %q twice: delete one", file, n.Content[i].Line, key, lang)
		}
		if !slices.Contains(Languages(), lang) || text == "" || !isText(n.Content[i+1]) {
			return fmt.Errorf("words: %s:%d: %q: %q is an unknown language or has no text", file, n.Content[i].Line, key, lang)
		}
		said[lang] = text
	}
	for _, lang := range Languages() {
		if said[lang] == "" {
			return fmt.Errorf("words: %s:%d: %q has no %q: add it", file, n.Line, key, lang)
		}
	}
	b.phrases[key] = said
	return nil
}

// Join makes one Book of several; a key in two of them is an error.
func Join(books ...Book) (Book, error) {
	all := Book{phrases: map[string]map[Lang]string{}}
	for _, b := range books {
		for key, said := range b.phrases {
			if _, twice := all.phrases[key]; twice {
				return Book{}, fmt.Errorf("words: %q stands in two books: rename one", key)
			}
			all.phrases[key] = said
		}
	}
	return all, nil
}

// Has tells whether the Book knows the key.
func (b Book) Has(key string) bool { _, ok := b.phrases[key]; return ok }

// Keys lists all keys, sorted.
func (b Book) Keys() []string { return slices.Sorted(maps.Keys(b.phrases)) }

// Raw gives the phrase as written, its placeholders unfilled; "" if unknown.
func (b Book) Raw(lang Lang, key string) string {
	if lang == Pseudo {
		lang = English
	}
	return b.phrases[key][lang]
}

// Say gives the phrase of key with its {placeholders} filled from facts, each
// written as the language writes it. A missing key or fact is an error: a page
// with a hole in it must not be published.
func (b Book) Say(lang Lang, key string, facts map[string]any) (string, error) {
	raw := b.Raw(lang, key)
	if raw == "" {
		return "", fmt.Errorf("words: no phrase %q in %q: add it to the room's words.yaml", key, lang)
	}
	text, err := fill(raw, func(name string) (string, bool) {
		v, ok := facts[name]
		return Format(lang, v), ok
	})
	if err != nil {
		return "", fmt.Errorf("words: %q: %w", key, err)
	}
	if lang == Pseudo {
		return "⟦" + text + "⟧", nil
	}
	return text, nil
}

// Placeholders lists the names between braces in a raw phrase, in order.
func Placeholders(raw string) []string {
	var names []string
	_, _ = fill(raw, func(name string) (string, bool) {
		names = append(names, name)
		return "", true
	})
	return names
}

// fill replaces every {name} by what value gives. A name is letters, digits and
// underscores; braces around anything else stay as they are.
func fill(raw string, value func(string) (string, bool)) (string, error) {
	var out strings.Builder
	for {
		open := strings.IndexByte(raw, '{')
		if open < 0 {
			out.WriteString(raw)
			return out.String(), nil
		}
		end := strings.IndexByte(raw[open:], '}')
		if end < 0 || !isName(raw[open+1:open+end]) {
			out.WriteString(raw[:open+1])
			raw = raw[open+1:]
			continue
		}
		name := raw[open+1 : open+end]
		text, ok := value(name)
		if !ok {
			return "", fmt.Errorf("the fact {%s} was not given", name)
		}
		out.WriteString(raw[:open])
		out.WriteString(text)
		raw = raw[open+end+1:]
	}
}

func isName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != ""
}
