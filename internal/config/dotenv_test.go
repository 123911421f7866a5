package config

import (
	"errors"
	"strings"
	"testing"
)

func TestParseEnv(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      map[string]string
	}{
		{"nothing", "", map[string]string{}},
		{"blank lines and comments", "\n  \n# A=1\n\t# B=2", map[string]string{}},
		{"plain", "A=1\nB=two words  \nC=\nD=a=b==\n", map[string]string{"A": "1", "B": "two words", "C": "", "D": "a=b=="}},
		{"export", "export A=1\n  export\tB='2'\nexport=3\n", map[string]string{"A": "1", "B": "2", "export": "3"}},
		{"blanks around =", "A = 1\nB\t=\t2\n", map[string]string{"A": "1", "B": "2"}},
		{"the last one wins", "A=1\nA=2\n", map[string]string{"A": "2"}},
		{"comments behind values", "A=1 # x\nB=a#b\nC='x'# y\nD=\"x\" # y\nE= # y\nF=#b\nG=a\t#b", map[string]string{"A": "1", "B": "a#b", "C": "x", "D": "x", "E": "", "F": "#b", "G": "a"}},
		{"single quotes are raw", `A='a\n$B ${C} "d" # e'`, map[string]string{"A": `a\n$B ${C} "d" # e`}},
		{"double quotes", `A="a\nb \"c\" \\ \$D $E \t #"`, map[string]string{"A": "a\nb \"c\" \\ $D $E \\t #"}},
		{"a dollar is a dollar", "A=$B${C}$$", map[string]string{"A": "$B${C}$$"}},
		{"quotes inside are text", `A=it's "so"`, map[string]string{"A": `it's "so"`}},
		{"several lines", "A='1\n2'\nB=\"3\n4\"\nC=5", map[string]string{"A": "1\n2", "B": "3\n4", "C": "5"}},
		{"CRLF and BOM", "\ufeffA=1\r\nB=\"2\"\r\n\r\nC='3\r\n4'\r\n", map[string]string{"A": "1", "B": "2", "C": "3\n4"}},
		{"letters beyond ASCII in values", "A=contraseña\n", map[string]string{"A": "contraseña"}},
	} {
		got, err := ParseEnv("x.env", []byte(c.src))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		equal(t, c.name, got, c.want)
	}
}

func TestParseEnvErrors(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"no name", "A=1\n=s3cret\n", "x.env:2:1: not the name of a variable: begin the line with KEY=, or with # for a comment"},
		{"bad name", "  s3-cret=1\n", "x.env:1:3: not the name of a variable: begin the line with KEY=, or with # for a comment"},
		{"bad name of an export", "export s3-cret=1\n", "x.env:1:8: not the name of a variable: begin the line with KEY=, or with # for a comment"},
		{"no equals sign", "s3cret\n", "x.env:1:7: no = behind the name: write KEY=value"},
		{"two words", "A s3cret\n", "x.env:1:3: no = behind the name: write KEY=value"},
		{"single quote", "\nB=ñ\nA='s3cret\nC=1", "x.env:3:3: the quote is not closed: write ' at the end of the value"},
		{"double quote", `A="s3cret\"`, `x.env:1:3: the quote is not closed: write " at the end of the value`},
		{"lonely backslash", `A="s3cret\`, `x.env:1:3: the quote is not closed: write " at the end of the value`},
		{"text behind a quote", "A='ñ' s3cret\n", "x.env:1:7: text behind the closing quote: put all of the value between the quotes"},
		{"null byte", "A=1\nB=\x00s3cret\n", "x.env:2:3: not a text file: write it again as UTF-8 without control characters"},
		{"not UTF-8", "A=s3cret\xff\n", "x.env:1:9: not a text file: write it again as UTF-8 without control characters"},
	} {
		values, err := ParseEnv("x.env", []byte(c.src))
		if values != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// FuzzParseEnv: no input panics, an error has a place inside the file and shows
// none of the file's text, and what was read can be written and read again.
func FuzzParseEnv(f *testing.F) {
	for _, seed := range []string{"A=1\n", "export A='x\ny' # z", "A=\"\\n\\\"\"\r\n", "\ufeff#\nA = b # c", "A=\"", "=", "A=''b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		values, err := ParseEnv("x.env", src)
		if err != nil {
			var e *EnvError
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Line > strings.Count(string(src), "\n")+1 {
				t.Fatalf("the error has no place: %#v", err)
			}
			return
		}
		var again strings.Builder
		for key, value := range values {
			escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `\n`).Replace(value)
			again.WriteString("export " + key + "=\"" + escaped + "\"\n")
		}
		second, err := ParseEnv("x.env", []byte(again.String()))
		if err != nil {
			t.Fatalf("%q: %v", again.String(), err)
		}
		equal(t, "read again", second, values)
	})
}
