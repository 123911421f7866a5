// Package redact takes secrets out of bytes before they reach the disk.
//
// It works in two stages over one stream. The first removes declared secrets by
// value, in every form in which programs write a value down: as it is, escaped
// for URLs, JSON, HTML or a shell, in hex, and in base64 at any alignment. The
// second is a pattern net for what nobody declared: credentials in headers and
// URLs, tokens, private keys.
//
// The room knows how values are written. It does not know which variables are
// secret, where the bytes come from, or whether a leak is a fault.
//
// Limits, on purpose: a value under MinValue bytes is not searched for, since it
// would turn up by chance; one layer of escaping is undone (backslashes may be
// doubled again, as in JSON inside JSON); compressed or encrypted bytes are
// opaque.
package redact

import (
	"cmp"
	"slices"
	"strings"
)

// MinValue is the length in bytes from which a secret is removed by value.
const MinValue = 8

// Secret is a value that must not be written down, and the name to write instead.
type Secret struct{ Name, Value string }

// Kinds of credentials that the pattern net knows. They stand in the marks and
// in the counts of Clean.
const (
	Authorization = "authorization" // credentials of an Authorization header
	Cookie        = "cookie"        // value in a Cookie or Set-Cookie header
	Password      = "password"      // password in the user part of a URL
	Token         = "token"         // JWT or JWE in compact form
	PrivateKey    = "private key"   // PEM block
)

var kinds = map[string]bool{Authorization: true, Cookie: true, Password: true, Token: true, PrivateKey: true}

// Redactor removes a fixed set of secrets. It may be used by several goroutines
// at once. The zero Redactor has no values and only casts the net.
type Redactor struct {
	starts starts
	marks  map[string]bool
}

// New prepares a redactor. Where two secrets fit at the same place the longer
// value wins; of several names for one value the first is written.
func New(secrets []Secret) *Redactor {
	r := &Redactor{marks: map[string]bool{}}
	for kind := range kinds {
		r.marks[mark(kind)] = true
	}
	known := map[string]bool{}
	var kept []Secret
	for _, s := range secrets {
		if len(s.Value) >= MinValue && !known[s.Value] {
			known[s.Value] = true
			r.marks[mark(s.Name)] = true
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b Secret) int { return cmp.Compare(len(b.Value), len(a.Value)) })
	r.starts = findStarts(kept)
	return r
}

// Clean gives b without secrets, each replaced by ‹NAME› or ‹kind›, and how many
// marks it wrote by name; found is nil when there were none. b is left as it is.
// Cleaning twice changes nothing more, unless a value itself contains ‹ or ›.
func (r *Redactor) Clean(b []byte) (cleaned []byte, found map[string]int) {
	p := newPipe(r, true)
	return p.feed(b, true), p.found
}

// CleanString is Clean for a text whose counts nobody needs.
func (r *Redactor) CleanString(s string) string {
	cleaned, _ := r.Clean([]byte(s))
	return string(cleaned)
}

// Find counts declared secrets by name and changes nothing. The net stays out of
// it: its patterns are reason enough to hide a text, but not to accuse one. A
// secret inside another found secret is not counted apart.
func (r *Redactor) Find(b []byte) map[string]int {
	p := newPipe(r, false)
	for len(b) > 0 {
		n := min(len(b), 64<<10)
		p.feed(b[:n], false)
		b = b[n:]
	}
	p.feed(nil, true)
	return p.found
}

// pipe is the state of one stream through both stages.
type pipe struct {
	values values
	net    *net // nil: values only
	found  map[string]int
	// held and between are what a stage has been given and cannot decide yet.
	held, between []byte
}

func newPipe(r *Redactor, withNet bool) *pipe {
	p := &pipe{}
	p.values = values{redactor: r, count: p.count}
	if withNet {
		p.net = &net{state: (*net).text, count: p.count}
	}
	return p
}

func (p *pipe) count(name string) {
	if p.found == nil {
		p.found = map[string]int{}
	}
	p.found[name]++
}

// feed takes the next bytes and gives what is now certain. The result is valid
// until the next call. final tells that nothing follows.
func (p *pipe) feed(b []byte, final bool) []byte {
	var clean []byte
	p.held, clean = through(p.held, b, final, p.values.feed)
	if p.net == nil {
		return nil
	}
	p.between, clean = through(p.between, clean, final, p.net.feed)
	return clean
}

// through hands a stage what it held back and the fresh bytes after it, and
// keeps what it leaves again.
func through(held, fresh []byte, final bool, stage func([]byte, bool) (int, []byte)) (rest, out []byte) {
	text := fresh
	if len(held) > 0 {
		text = append(held, fresh...)
	}
	used, out := stage(text, final)
	return append(held[:0], text[used:]...), out
}

// begins tells that text starts with word; more that it is cut off before that
// can be said.
func begins[T string | []byte](text T, word string) (yes, more bool) {
	if len(text) >= len(word) {
		return string(text[:len(word)]) == word, false
	}
	return false, strings.HasPrefix(word, string(text))
}
