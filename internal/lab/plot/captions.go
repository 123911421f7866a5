package plot

import (
	_ "embed"
	"fmt"

	"listo/internal/words"
)

//go:embed words.yaml
var wordsYAML []byte

// Captions are the words in pictures, in one language.
type Captions struct {
	book words.Book
	lang words.Lang
}

// In gives the captions in a language; one that is not known is Spanish.
func In(lang string) (Captions, error) {
	book, err := words.Read("plot/words.yaml", wordsYAML)
	if err != nil {
		return Captions{}, fmt.Errorf("plot: %w", err)
	}
	known, err := words.ParseLang(lang)
	if err != nil {
		known = words.Spanish
	}
	return Captions{book, known}, nil
}

func (c Captions) say(key string) string { return c.book.Raw(c.lang, key) }
