package http

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"listo/internal/engine/shell"
)

// Replay is the curl line of a request; tokens stand as $TOKEN, the origin as
// $BASE, the file of trusted certificates as $CA.
func (c *Client) Replay(r Request) string {
	address, long := shell.Text(shell.Var(c.origin), r.Path), ""
	if n := endless(r.Path); n > 0 {
		last := r.Path[len(r.Path)-1:]
		long = fmt.Sprintf("LONG=$(head -c %d /dev/zero | tr '\\0' %s); ", n, last)
		address = shell.Text(shell.Var(c.origin), r.Path[:len(r.Path)-n], shell.Var("LONG"))
	}
	line := long + shell.Line(append(append([]shell.Word{shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i")}, c.options(r)...), address)...)
	if printed := cmp.Or(r.Printed, printedHeader(r)); printed != "" {
		line = printed + " | " + line
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
	printed := longHeader(r)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			header := name + ": " + v
			if name == printed {
				header = "@-"
			}
			words = append(words, shell.Lit("-H"), shell.Lit(header))
		}
	}
	if r.Token.Value != "" {
		words = append(words, shell.Lit("-H"), shell.Text("Authorization: Bearer ", shell.Var(cmp.Or(r.TokenName, "TOKEN"))))
	}
	return append(words, body(r)...)
}

// endless is how often the last byte of a header's value is repeated, when that is
// so often that nobody wants to see it in a line; 0 otherwise.
func endless(value string) int {
	const often = 200
	if value == "" {
		return 0
	}
	last := value[len(value)-1]
	n := len(value) - len(strings.TrimRight(value, string(last)))
	if letter := last|0x20 >= 'a' && last|0x20 <= 'z'; n < often || !letter && last != ',' { // what tr and a shell take as it stands
		return 0
	}
	return n
}

// longHeader names the one header of a request that is too long for a line: a
// command prints it and curl reads it as -H @-. "" when there is none.
func longHeader(r Request) string {
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if values := r.Header[name]; r.Printed == "" && len(values) == 1 && endless(values[0]) > 0 {
			return name
		}
	}
	return ""
}

// printedHeader is a shell command that prints that header.
func printedHeader(r Request) string {
	name := longHeader(r)
	if name == "" {
		return ""
	}
	v, n := r.Header[name][0], endless(r.Header[name][0])
	return fmt.Sprintf("{ %s; head -c %d /dev/zero | %s; }", shell.Line(shell.Lit("printf"), shell.Lit("%s"), shell.Lit(name+": "+v[:len(v)-n])), n,
		shell.Line(shell.Lit("tr"), shell.Lit(`\0`), shell.Lit(v[len(v)-1:])))
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
