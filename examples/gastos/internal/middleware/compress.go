package middleware

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressFrom is the size in bytes below which compressing costs more than it
// saves. Answers that hold a token are shorter than that.
const compressFrom = 1024

// Compress sends text as gzip to whoever accepts it. What is compressed already
// stays as it is. A few bytes of padding that depend on the content keep the size
// from telling what is in it (BREACH).
func Compress() Middleware {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.EnableZstd(false), gzhttp.ContentTypeFilter(isText), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		panic(err) // the options above are good
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}

func isText(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	switch media {
	case "application/json", "application/problem+json", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(media, "text/")
}
