// Package coding knows the content codings of HTTP: how an answer names them and
// how they are undone.
//
// It takes bodies from anyone: what it unfolds is bounded. It does not know what a
// body should be.
package coding

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// mostWindow is the window that a zstd decoder must take at most on the web, in
// bytes (RFC 9659).
const mostWindow = 8 << 20

// Identity is the coding that codes nothing.
const Identity = "identity"

// Known are the content codings that browsers accept and this package undoes.
func Known() []string { return []string{"gzip", "br", "zstd"} }

// Of gives the content coding of an answer as one word; "identity" for none.
func Of(h http.Header) string {
	list := List(h.Get("Content-Encoding"))
	if len(list) == 0 {
		return Identity
	}
	return strings.Join(list, "+")
}

// List reads Content-Encoding: the codings in the order in which they were
// applied (RFC 9110, 8.4).
func List(field string) []string {
	var list []string
	for _, word := range strings.Split(field, ",") {
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "", Identity:
		case "x-gzip": // RFC 9110, 8.4.1.3
			list = append(list, "gzip")
		default:
			list = append(list, word)
		}
	}
	return list
}

// Decode undoes the content codings of a body and gives at most most bytes of
// the result: a small body may unfold to any size.
func Decode(body []byte, field string, most int64) ([]byte, error) {
	list := List(field)
	if len(list) > 3 {
		return nil, errors.New("more than three content codings")
	}
	var r io.Reader = bytes.NewReader(body)
	for i := len(list) - 1; i >= 0; i-- {
		next, away, err := decoder(r, list[i])
		if err != nil {
			return nil, err
		}
		defer away()
		r = next
	}
	return io.ReadAll(io.LimitReader(r, most))
}

func decoder(r io.Reader, coding string) (io.Reader, func(), error) {
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	case "br":
		return brotli.NewReader(r), func() {}, nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(mostWindow))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, fmt.Errorf("unknown content coding %q", coding)
}
