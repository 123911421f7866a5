package http

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"listo/internal/engine/shell"
)

// Replay is the curl line of a request; tokens stand as $TOKEN, the origin as
// $BASE, the file of trusted certificates as $CA.
func (c *Client) Replay(r Request) string {
	line := shell.Line(append(append([]shell.Word{shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i")}, c.options(r)...),
		shell.Text(shell.Var(c.origin), r.Path))...)
	if r.Printed != "" {
		line = r.Printed + " | " + line
	}
	if r.Before != "" {
		line = r.Before + "; " + line
	}
	if r.Note != "" {
		line += " # " + r.Note
	}
	return c.bench.Redact(line)
}

// options are what stands between curl and the address. Left to itself curl
// reads [] and {} in a path as patterns, follows dots, waits for the body of a
// HEAD, and takes @ in a body for a file.
func (c *Client) options(r Request) []shell.Word {
	var words []shell.Word
	if c.trusted != "" {
		words = append(words, shell.Lit("--cacert"), shell.Var("CA"))
	}
	if r.From != "" {
		words = append(words, shell.Lit("--interface"), shell.Lit(r.From))
	}
	if strings.ContainsAny(r.Path, "[]{}") {
		words = append(words, shell.Lit("--globoff"))
	}
	if strings.Contains(r.Path, "/.") {
		words = append(words, shell.Lit("--path-as-is"))
	}
	switch {
	case r.Method == http.MethodHead:
		words = append(words, shell.Lit("--head"))
	case r.Method != http.MethodGet || len(r.Body) > 0:
		words = append(words, shell.Lit("-X"), shell.Lit(r.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			words = append(words, shell.Lit("-H"), shell.Lit(name+": "+v))
		}
	}
	if r.Token.Value != "" {
		words = append(words, shell.Lit("-H"), shell.Text("Authorization: Bearer ", shell.Var(cmp.Or(r.TokenName, "TOKEN"))))
	}
	return append(words, body(r)...)
}

// body is how the body stands in the line, if there is one.
func body(r Request) []shell.Word {
	var words []shell.Word
	if r.Chunked {
		words = append(words, shell.Lit("-H"), shell.Lit("Transfer-Encoding: chunked"))
	}
	switch {
	case len(r.Body) == 0:
		return words
	case r.Printed != "":
		return append(words, shell.Lit("--data-binary"), shell.Lit("@-"))
	case r.Shown != nil:
		return append(words, shell.Lit("--data-raw"), *r.Shown)
	}
	return append(words, shell.Lit("--data-raw"), shell.Lit(string(r.Body)))
}
