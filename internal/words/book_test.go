package words

import (
	"slices"
	"strings"
	"testing"
)

const sample = `
pool:
  title: {es: "El pool", en: "The pool"}
  got:
    exact: {es: "{seen} de {size}", en: "{seen} of {size}"}
page.folder: # dotted keys are the same as nested ones
  es: |
    La carpeta
  en: The folder
`

func read(t *testing.T, src string) Book {
	t.Helper()
	b, err := Read("words.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBookSays(t *testing.T) {
	b := read(t, sample)
	if keys := b.Keys(); !slices.Equal(keys, []string{"page.folder", "pool.got.exact", "pool.title"}) {
		t.Errorf("keys %v", keys)
	}
	if !b.Has("pool.title") || b.Has("pool") || b.Has("") {
		t.Error("Has does not know the keys")
	}
	facts := map[string]any{"seen": 12345, "size": 0.5}
	for lang, want := range map[Lang]string{Spanish: "12.345 de 0,5", English: "12,345 of 0.5", Pseudo: "⟦12,345 of 0.5⟧"} {
		if got, err := b.Say(lang, "pool.got.exact", facts); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", lang, got, err, want)
		}
	}
	if got := b.Raw(Spanish, "page.folder"); got != "La carpeta" {
		t.Errorf("a block of text is %q", got)
	}
	if got := b.Raw(Pseudo, "pool.title"); got != "The pool" {
		t.Errorf("pseudo is %q", got)
	}
}

func TestSayRefusesAHole(t *testing.T) {
	b := read(t, sample)
	for key, says := range map[string]string{
		"pool.got.exact": "the fact {size} was not given",
		"pool.unknown":   `no phrase "pool.unknown"`,
	} {
		if got, err := b.Say(Spanish, key, map[string]any{"seen": 1}); err == nil || got != "" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %q, %v, want %q", key, got, err, says)
		}
	}
	if _, err := b.Say("fr", "pool.title", nil); err == nil {
		t.Error("a language that is not there was spoken")
	}
	if _, err := (Book{}).Say(English, "pool.title", nil); err == nil {
		t.Error("the empty book speaks")
	}
}

func TestReadErrorsNameFileAndLine(t *testing.T) {
	for src, says := range map[string]string{
		"a:\n  t: {es: x}\n":                             `w.yaml:2: "a.t" has no "en"`,
		"a:\n  t: {en: x}\n":                             `w.yaml:2: "a.t" has no "es"`,
		"\n\na: {es: x, en: y, fr: z}\n":                 `w.yaml:3: "a": "fr" is an unknown language`,
		"a:\n  es: x\n  en: '  '\n":                      `w.yaml:3: "a": "en" is an unknown language or has no text`,
		"a:\n  es: x\n  en:\n":                           `w.yaml:3: "a": "en"`,
		"a:\n  es: ~\n  en: x\n":                         `w.yaml:2: "a": "es"`,
		"a:\n  es: [x]\n  en: x\n":                       `w.yaml:2: "a": "es"`,
		"a:\n  es: x\n  en: y\n  es: z\n":                `w.yaml:4: "a" has "es" twice`,
		"a: {es: x, en: y}\na: {es: x, en: y}\n":         `w.yaml:2: "a" is written twice`,
		"a.b: {es: x, en: y}\na:\n  b: {es: 1, en: 2}\n": `w.yaml:3: "a.b" is written twice`,
		"es: x\nen: y\n":                                 `w.yaml:1: "" is written twice or no key`,
		"? [a]\n: {es: x, en: y}\n":                      `w.yaml:2: "" is written twice or no key`,
		"a: hello\n":                                     `w.yaml:1: "a" is not a phrase`,
		"a:\n  - es\n":                                   `w.yaml:2: "a" is not a phrase`,
		"a: {b: {es: x, en: y}, c: 1}\n":                 `w.yaml:1: "a.c" is not a phrase`,
		"- a\n":                                          `w.yaml:1: "" is not a phrase`,
		"a: &x {b: *x}\n":                                `w.yaml:1: "a.b" is not a phrase`,
		"a: &x {b: {es: x, en: y}}\nc: *x\n":             `w.yaml:2: "c" is not a phrase`,
		"a: {es: &x hola, en: *x}\n":                     `w.yaml:1: "a": "en" is an unknown language or has no text`,
		"a: {es: x, en: y}\n---\nb: {es: x, en: y}\n":    `w.yaml:2: a second document`,
		"a: {es: x, en: y}\n--- [\n":                     "w.yaml: yaml:",
		"a: {es: x\n":                                    "w.yaml: yaml: line",
		"a: \"\xff\"\n":                                  "w.yaml: yaml:",
	} {
		b, err := Read("w.yaml", []byte(src))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "words: ") {
			t.Errorf("%q: keys %v, error %v, want %q", src, b.Keys(), err, says)
		}
	}
}

func TestAPhraseMayBeShared(t *testing.T) {
	b := read(t, "a: &gone {es: Falta, en: Missing}\nb: {c: *gone}\n")
	if got, err := b.Say(Spanish, "b.c", nil); err != nil || got != "Falta" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNothingWrittenIsAnEmptyBook(t *testing.T) {
	for _, src := range []string{"", "\n", "# only a comment\n"} {
		if b := read(t, src); len(b.Keys()) != 0 {
			t.Errorf("%q has keys %v", src, b.Keys())
		}
	}
}

func TestJoin(t *testing.T) {
	a, b := read(t, "a: {es: x, en: y}"), read(t, "b: {es: x, en: y}")
	both, err := Join(a, b, Book{})
	if err != nil || !slices.Equal(both.Keys(), []string{"a", "b"}) {
		t.Errorf("keys %v, %v", both.Keys(), err)
	}
	if _, err := Join(a, b, a); err == nil || !strings.Contains(err.Error(), `"a" stands in two books`) {
		t.Errorf("error %v", err)
	}
	if len(a.Keys()) != 1 {
		t.Error("Join changed a book it was given")
	}
}

func TestParseLang(t *testing.T) {
	for src, want := range map[string]Lang{"es": Spanish, " EN\n": English, "qps": Pseudo} {
		if got, err := ParseLang(src); err != nil || got != want {
			t.Errorf("%q: %q, %v", src, got, err)
		}
	}
	for _, src := range []string{"", "fr", "es-MX", "español"} {
		if got, err := ParseLang(src); err == nil || !strings.Contains(err.Error(), "es, en") {
			t.Errorf("%q: %q, %v", src, got, err)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	for raw, want := range map[string][]string{
		"{a} and {b_2}, {a}":           {"a", "b_2", "a"},
		"{es: …} {} { a } {a-b} {ñ} {": nil,
		"${HOME} {{x}} {{":             {"HOME", "x"},
		"}{a}":                         {"a"},
	} {
		if got := Placeholders(raw); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	b := read(t, `k: {es: "{} {a b} {{x}} {", en: "-"}`)
	if got, err := b.Say(Spanish, "k", map[string]any{"x": "{y}"}); err != nil || got != "{} {a b} {{y}} {" {
		t.Errorf("%q, %v: other braces stay, and facts are not filled again", got, err)
	}
}

// Whatever the file holds, Read gives a book in which every phrase stands in
// every language, or an error; and every phrase can be said or names what lacks.
func FuzzReadAndSay(f *testing.F) {
	f.Add([]byte(sample), "seen", "12")
	f.Add([]byte("a: &x {es: '{a}', en: ~}\nb: *x\n<<: *x"), "a", "{a}")
	f.Add([]byte("? {es: 1}\n: {es: 1, en: 2}\n--- !!str x"), "", "")
	f.Fuzz(func(t *testing.T, src []byte, name, value string) {
		b, err := Read("fuzz.yaml", src)
		if err != nil {
			return
		}
		for _, key := range b.Keys() {
			for _, lang := range []Lang{Spanish, English, Pseudo} {
				facts := map[string]any{name: value}
				text, err := b.Say(lang, key, facts)
				if raw := b.Raw(lang, key); raw == "" || (err != nil && len(Placeholders(raw)) == 0) {
					t.Fatalf("%q in %q is %q: %v", key, lang, raw, err)
				}
				if err == nil && text == "" && value != "" {
					t.Fatalf("%q says nothing", key)
				}
			}
		}
	})
}
