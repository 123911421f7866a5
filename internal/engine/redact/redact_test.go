package redact

import (
	"maps"
	"strings"
	"testing"
)

// values have what encoders stumble over: quotes, backslashes, percents, spaces,
// line ends, letters beyond ASCII and beyond 16 bits, and every length modulo 3.
var testValues = []string{
	"s3cr3t-v", "correct-horse", "0123456789abcdef0123456789abcdef",
	`pa"ss'wo\rd`, "p@ss/w%rd&a=b", "two words+plus", "line\nbreak\tand tab",
	"contraseña-ñandú", "key-🔑-lock", `\\server\share`, `%25%41percent`, "<b>&amp;bold</b>",
	"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB0q4g5vYkz3\n-----END EC PRIVATE KEY-----\n",
}

func TestEveryWritingOfAValueGoes(t *testing.T) {
	for _, value := range testValues {
		r := New([]Secret{{"API_KEY", value}})
		for _, e := range encoders {
			for _, around := range [][2]string{{"", ""}, {"key=", "&next=1"}, {"a ", " z\n"}, {`{"k":"`, `"}`}} {
				text := around[0] + e.encode(value) + around[1]
				got, found := r.Clean([]byte(text))
				if how := survives(string(got), value); how != "" {
					t.Errorf("%s of %q survives (%s): %q -> %q", e.name, value, how, text, got)
				}
				if found["API_KEY"] == 0 && found[PrivateKey] == 0 {
					t.Errorf("%s of %q not found in %q", e.name, value, text)
				}
				if !strings.HasPrefix(string(got), around[0]) || !strings.HasSuffix(string(got), around[1]) {
					t.Errorf("%s of %q: surroundings hurt: %q -> %q", e.name, value, text, got)
				}
			}
		}
	}
}

func TestExactReplacement(t *testing.T) {
	r := New([]Secret{{"JWT_SECRET", "hunter2hunter2"}, {"PIN", "1234567"}, {"OTHER", "two-words"}, {"COPY", "hunter2hunter2"}})
	for in, want := range map[string]string{
		"":                            "",
		"nothing here":                "nothing here",
		"x hunter2hunter2 y":          "x ‹JWT_SECRET› y",
		"two-wordstwo-words":          "‹OTHER›‹OTHER›",
		"hunter2hunter2hunter2":       "‹JWT_SECRET›", // two that overlap
		"aHVudGVyMmh1bnRlcjI=":        "‹JWT_SECRET›",
		"aHVudGVyMmh1bnRlcjI%3D&a":    "‹JWT_SECRET›&a",
		"%68unter2%68unter2":          "‹JWT_SECRET›",
		"1234567":                     "1234567", // too short to search for
		"hunter2hunter":               "hunter2hunter",
		"Hunter2Hunter2":              "Hunter2Hunter2",
		"‹JWT_SECRET› hunter2hunter2": "‹JWT_SECRET› ‹JWT_SECRET›",
		"‹ hunter2hunter2 ›":          "‹ ‹JWT_SECRET› ›",
		"68756E7465 6e7465723":        "68756E7465 6e7465723",
	} {
		if got := r.CleanString(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestOverlapLeavesNoRest(t *testing.T) {
	r := New([]Secret{{"LEFT", "abcdefgh1234"}, {"RIGHT", "1234ijklmnop"}, {"INNER", "cdefgh12"}})
	got, found := r.Clean([]byte("<abcdefgh1234ijklmnop>"))
	if string(got) != "<‹LEFT›‹RIGHT›>" {
		t.Errorf("got %s", got)
	}
	if want := map[string]int{"LEFT": 1, "RIGHT": 1}; !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	if got := r.CleanString("cdefgh12"); got != "‹INNER›" {
		t.Errorf("the inner secret alone: got %s", got)
	}
}

func TestNameThatContainsAValue(t *testing.T) {
	r := New([]Secret{{"DB_PASSWORD", "PASSWORD"}, {"password", "password"}, {"", "nameless"}, {"a‹b\x00", "strange-name"}})
	for in, want := range map[string]string{
		"PASSWORD":     "‹DB_PASSWORD›",
		"password":     "‹password›",
		"nameless":     "‹secret›",
		"strange-name": "‹a_b_›",
	} {
		once := r.CleanString(in)
		if once != want || r.CleanString(once) != once {
			t.Errorf("%q: got %q, then %q", in, once, r.CleanString(once))
		}
	}
}

func TestFindCountsDeclaredSecretsOnly(t *testing.T) {
	r := New([]Secret{{"TOKEN", "tok-12345678"}})
	text := "Authorization: Bearer other\n tok-12345678 dG9rLTEyMzQ1Njc4 " + strings.Repeat("x", 70<<10) + "tok-12345678"
	if got := r.Find([]byte(text)); !maps.Equal(got, map[string]int{"TOKEN": 3}) {
		t.Errorf("got %v", got)
	}
	if got := r.Find([]byte("Authorization: Bearer other")); got != nil {
		t.Errorf("the net was cast: %v", got)
	}
}

func TestInputIsLeftAlone(t *testing.T) {
	in := []byte("a tok-12345678 b")
	got, _ := New([]Secret{{"T", "tok-12345678"}}).Clean(in)
	got[0] = 'X'
	if string(in) != "a tok-12345678 b" {
		t.Errorf("input changed: %s", in)
	}
	plain := []byte("plain")
	got, _ = New(nil).Clean(plain)
	got[0] = 'X'
	if string(plain) != "plain" {
		t.Errorf("output aliases input: %s", plain)
	}
}

func TestZeroRedactorCastsTheNet(t *testing.T) {
	var r Redactor
	if got := r.CleanString("Cookie: sid=abc\nrest"); got != "Cookie: sid=‹cookie›\nrest" {
		t.Errorf("got %q", got)
	}
}
