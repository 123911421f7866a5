package shell

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestQuote(t *testing.T) {
	for arg, want := range map[string]string{
		"":                       "''",
		"curl":                   "curl",
		"--max-time=5":           "--max-time=5",
		"http://h:80/a,b@c":      "http://h:80/a,b@c",
		"A=b":                    "'A=b'",
		"if":                     "'if'",
		"it's":                   `'it'\''s'`,
		"a b":                    "'a b'",
		"$HOME":                  "'$HOME'",
		"~":                      "'~'",
		"two\nlines":             "'two\nlines'",
		"a\rb":                   `'a'"$(printf '\015')"'b'`,
		"\x1b[31m":               `"$(printf '\033')"'[31m'`,
		"\u202etxt":              `"$(printf '\342\200\256')"'txt'`,
		"nul\x00":                `'nul'"$(printf '\342\220\200')"`,
		"ñ":                      "'ñ'",
		`{"a":1}`:                `'{"a":1}'`,
		"-H":                     "-H",
		"C:\\x":                  `'C:\x'`,
		"https://h/?a=1&b=2#c;d": "'https://h/?a=1&b=2#c;d'",
	} {
		if got := Quote(arg); got != want {
			t.Errorf("%q: got %s, want %s", arg, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Join("curl", "-sS", "a b"), "curl -sS 'a b'"},
		{Variable("TOKEN"), `"$TOKEN"`},
		{Variable("X; rm -rf /"), `'$X; rm -rf /'`},
		{Variable(""), `'$'`},
		{Line(), ""},
		{Line(Word{}), "''"},
		{Line(Lit("psql"), Var("DATABASE_URL"), Lit("-c"), Lit("select 1")), `psql "$DATABASE_URL" -c 'select 1'`},
		{Line(Lit("-H"), Text("Authorization: Bearer ", Var("TOKEN"))), `-H "Authorization: Bearer $TOKEN"`},
		{Line(Text(Var("BASE"), "/api?a=1")), `"$BASE/api?a=1"`},
		{Line(Text(Var("A"), "", "b")), `"${A}b"`},
		{Line(Text(Var("A"), Var("B"))), `"$A$B"`},
		{Line(Text("plain", 7)), "plain7"},
		{Line(Text("a\"$`\\!\r", Var("A"))), "\"a\\\"\\$\\`\\\\\"'!'\"$(printf '\\015')$A\""},
		{Line(Text("x", Text(Var("not a name")))), `'x$not a name'`},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// readBack lets a real shell print each word, ended by a byte no argument holds.
func readBack(t testing.TB, shell string, words ...string) []string {
	t.Helper()
	cmd := exec.Command(shell, "-c", `printf '%s\000' `+strings.Join(words, " "))
	cmd.Env = []string{"PATH=/usr/bin:/bin", "A=the $value\n", "LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %q", shell, err, words)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestAShellReadsItBack(t *testing.T) {
	var args, words []string
	for c := rune(1); c < 0x100; c++ {
		args = append(args, string(c), "a"+string(c)+"b", string(c)+string(c), string([]byte{byte(c)}))
	}
	for word := range reserved {
		args = append(args, word)
	}
	args = append(args, "-n", "--", "%s", `\n`, "\n\n", "a\n", "\r\n", "x\x1b\n", "é🔑", "\u2028", "*", "~root", "a=~", "'\\''")
	for _, arg := range args {
		words = append(words, Quote(arg))
	}
	for _, shell := range []string{"sh", "bash"} {
		for i, got := range readBack(t, shell, words...) {
			if got != args[i] {
				t.Errorf("%s: %q came back as %q from %s", shell, args[i], got, words[i])
			}
		}
	}
}

// TestFirstWord runs each word as a command: it must be looked up under its own
// name and not be taken for syntax.
func TestFirstWord(t *testing.T) {
	for word := range reserved {
		out, _ := exec.Command("sh", "-c", Join(word)).CombinedOutput()
		if !strings.Contains(string(out), word) || !strings.Contains(string(out), "not found") && word != "time" {
			t.Errorf("%s: %s", word, out)
		}
	}
	if out, err := exec.Command("sh", "-c", Join("A=b")).CombinedOutput(); err == nil {
		t.Errorf("A=b was an assignment: %s", out)
	}
}

func FuzzShell(f *testing.F) {
	for _, s := range []string{"", "plain", "it's", "$A", "a\x00b", "!!", "\xff\xfe", "\n", "`id`", "\\", "\u202e", "a=b", "-"} {
		f.Add(s, "x")
		f.Add("x", s)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const value = "the $value\n"
		if len(before)+len(after) > 10_000 {
			return
		}
		words := []string{Quote(before), Text(before, Var("A"), after).String(), Text(after, before).String()}
		picture := strings.NewReplacer("\x00", "\u2400")
		want := []string{picture.Replace(before), picture.Replace(before + value + after), picture.Replace(after + before)}
		got := readBack(t, "sh", words...)
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("got %q, want %q from %s", got, want, words)
		}
		for _, word := range words {
			for _, c := range word {
				if c != '\n' && !unicode.IsPrint(c) || !utf8.ValidString(word) {
					t.Fatalf("%q shows %U", word, c)
				}
			}
		}
	})
}
