package parity

import (
	"strings"

	"listo/internal/engine/shell"
)

// The lines with which a person looks again, for the page; every touch has its
// own below its check.

// Replay asks for the first large answer in both forms and shows what tells them apart.
func (o Compressed) Replay() string {
	if len(o.Large) == 0 {
		return ""
	}
	_, path, _ := strings.Cut(o.Large[0].Request, " ")
	url := shell.Text(shell.Var("BASE"), path)
	plain := shell.Line(shell.Lit("curl"), shell.Lit("-sS"), url) + " | sha256sum"
	coded := shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("--compressed"), shell.Lit("-H"), shell.Lit("Accept-Encoding: "+o.Coding), url) + " | sha256sum"
	head := shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-D"), shell.Lit("-"), shell.Lit("-o"), shell.Lit("/dev/null"), shell.Lit("-H"), shell.Lit("Accept-Encoding: "+o.Coding), url) +
		" | grep -iE '^(content-encoding|vary|etag):'"
	return plain + "\n" + coded + "\n" + head
}

// Replay comes as a stranger who writes of himself what he likes; whom the service
// takes him for stands in its log.
func (o Believed) Replay() string {
	if o.Request == "" {
		return ""
	}
	_, path, _ := strings.Cut(o.Request, " ")
	return shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i"), shell.Lit("--interface"), shell.Lit(o.Untrusted), shell.Lit("-H"),
		shell.Lit("X-Forwarded-For: "+forged), shell.Text(shell.Var("BASE"), path))
}

// Replay sends a request twice and shows that the second went on the same connection.
func (o KeepAlive) Replay() string {
	if o.Request == "" {
		return ""
	}
	_, path, _ := strings.Cut(o.Request, " ")
	url := shell.Text(shell.Var("BASE"), path)
	return shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-v"), shell.Lit("-o"), shell.Lit("/dev/null"), shell.Lit("-o"), shell.Lit("/dev/null"), url, url) + " 2>&1 | grep -iE 're-us|reus|closing'"
}
