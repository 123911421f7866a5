package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCanaryNeverSurvives hides a secret in any writing, anywhere, in any chunks.
func FuzzCanaryNeverSurvives(f *testing.F) {
	for i, v := range testValues {
		f.Add(v, "before ", " after", byte(i), []byte{3, 1, 7})
		f.Add(v, "Cookie: a=", `"; b=`, byte(i+13), []byte{1})
		f.Add(v, `Authorization: Digest x="`, "\r\n", byte(i+26), []byte{0})
	}
	f.Fuzz(func(t *testing.T, value, before, after string, way byte, sizes []byte) {
		if len(value) < MinValue || len(value) > 200 || !utf8.ValidString(value) || strings.ContainsAny(value, "‹›\ufffd") {
			return
		}
		if survives("‹K›", value) != "" || survives(mark(PrivateKey)+mark(Authorization), value) != "" {
			return
		}
		r := New([]Secret{{"K", value}})
		text := before + encoders[int(way)%len(encoders)].encode(value) + after
		checkStream(t, r, []byte(text), sizes)
		if got := r.CleanString(text); survives(got, value) != "" {
			t.Fatalf("%q survives as %s in %q -> %q", value, survives(got, value), text, got)
		}
	})
}

// FuzzAnyText gives any text and any secrets in any chunks.
func FuzzAnyText(f *testing.F) {
	f.Add([]byte("Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b=2"), "abcdefgh", "bcdefghi", []byte{2})
	f.Add([]byte(`{"cookie":["a=b","c=d"],"x":"`+aToken+`"}`), "aaaaaaaa", "aaaaaaaaa", []byte{5, 1})
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n"+aKey+"-----END"), `\\\\\\\\`, `%%%%%%%%`, []byte{})
	f.Add([]byte("http://u:p@h eyJhbGciOiJIUzI1NiJ9.e30.‹token›"), "''''''''", `""""""""`, []byte{1})
	f.Fuzz(func(t *testing.T, text []byte, one, two string, sizes []byte) {
		if len(one) > 100 || len(two) > 100 || strings.ContainsAny(one+two, "‹›") {
			return
		}
		for _, half := range []string{"\xe2", "\x80", "\xb9", "\xba"} { // parts of ‹ and ›
			if strings.Contains(one+two, half) {
				return
			}
		}
		checkStream(t, New([]Secret{{"ONE", one}, {"TWO", two}}), text, sizes)
	})
}
