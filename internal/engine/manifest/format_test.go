package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	sumA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" // of "a"
	sumB = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d" // of "b"
)

func text(t *testing.T, m Manifest) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// awkward are names at which a careless format breaks.
var awkward = map[string]string{
	"index.html": "a", "assets/app.js": "b", "with space.css": "c", "back\\slash": "d", "line\nbreak": "e",
	"carriage\rreturn": "f", "ends\r": "g", "ñandú.svg": "h", "-dash": "i", "# link x -> y": "j", " leading": "k", "*star": "l",
}

func TestCoreutilsChecksWhatWriteWrites(t *testing.T) {
	folder := plant(t, awkward)
	if err := os.Symlink("index.html", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	check := exec.Command("sha256sum", "--check", "--strict", "--quiet")
	check.Dir, check.Stdin = folder, strings.NewReader(text(t, walk(t, folder)))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum refuses the manifest: %v\n%s", err, out)
	}
}

func TestParseReadsWhatCoreutilsWrites(t *testing.T) {
	folder := plant(t, awkward)
	want := walk(t, folder)
	for _, marker := range []string{"--text", "--binary"} {
		sum := exec.Command("sh", "-c", "find . -type f -print0 | xargs -0 sha256sum "+marker)
		sum.Dir = folder
		out, err := sum.Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(out)
		if err != nil || !Compare(want, got).None() {
			t.Errorf("%s: %v, difference %+v", marker, err, Compare(want, got))
		}
		if got.Digest() != want.Digest() {
			t.Errorf("%s: digest %s, want %s", marker, got.Digest(), want.Digest())
		}
	}
	sum := exec.Command("sh", "-c", "LC_ALL=C find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum --")
	sum.Dir = folder
	out, err := sum.Output()
	if err != nil || string(out) != text(t, want) {
		t.Errorf("not identical to sha256sum's own output: %v\n%s\n%s", err, out, text(t, want))
	}
}

func TestParseForgivesTheFormOnly(t *testing.T) {
	want := Manifest{{Path: "a.js", SHA256: sumA}, {Path: "b/c.js", SHA256: sumB}}
	for name, src := range map[string]string{
		"plain":         sumA + "  a.js\n" + sumB + "  b/c.js\n",
		"no last break": sumA + "  a.js\n" + sumB + "  b/c.js",
		"empty lines":   "\n" + sumA + "  a.js\n\n" + sumB + "  b/c.js\n\n\n",
		"other order":   sumB + "  b/c.js\n" + sumA + "  a.js\n",
		"windows":       sumA + " *a.js\r\n" + sumB + " *b/c.js\r\n",
		"from find":     sumA + "  ./a.js\n" + sumB + "  ./b/c.js\n",
		"upper case":    strings.ToUpper(sumA) + "  a.js\n" + sumB + "  b/c.js\n",
		"comment, mark": "\ufeff# made on Tuesday\n" + sumA + "  a.js\n" + sumB + "  b/c.js\n",
	} {
		got, err := Parse([]byte(src))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestParseErrorsNameTheLine(t *testing.T) {
	for src, says := range map[string]string{
		"garbage":                               "line 1: wants 64 hex digits",
		sumA + "  a\n" + sumA[:63] + "  b\n":    "line 2: wants 64 hex digits",
		sumA + "a  a\n":                         "line 1: wants 64 hex digits",
		sumA + " a\n":                           "line 1: wants 64 hex digits",
		sumA + "  \n":                           "line 1: wants 64 hex digits",
		"z" + sumA[1:] + "  a\n":                "line 1: wants 64 hex digits",
		sumA + "  a\n\n" + sumB + "  a\n":       "line 3: \"a\" stands in line 1 already",
		sumA + "  a\n" + sumB + "  ./a\n":       "line 2: \"a\" stands in line 1 already",
		sumA + "  ../a\n":                       "line 1: \"../a\" is not a path inside the folder",
		sumA + "  /etc/passwd\n":                "line 1: \"/etc/passwd\" is not a path inside",
		sumA + "  .\n":                          "line 1: \".\" is not a path",
		sumA + "  a\x00b\n":                     "line 1: \"a\\x00b\" is not a path",
		`\` + sumA + `  a\q` + "\n":             "line 1: a backslash stands before none of",
		`\` + sumA + `  a\` + "\n":              "line 1: a backslash stands before none of",
		"# link a\n":                            "line 1: a link wants",
		"# link a -> \n":                        "line 1: a link wants",
		"# link ../a -> b\n":                    "line 1: \"../a\" is not a path",
		"\xff\xfec\x00a\x009\x00":               "not UTF-8 text",
		"SHA256 (a.js) = " + sumA + "\n":        "line 1: wants 64 hex digits",
		"d41d8cd98f00b204e9800998ecf8427e  a\n": "line 1: wants 64 hex digits", // MD5
	} {
		m, err := Parse([]byte(src))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "manifest: ") {
			t.Errorf("%q: %+v, error %v, want %q", src, m, err, says)
		}
	}
}

func TestLoadIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "frontend.sha256")
	if _, err := Load(file); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), file) {
		t.Errorf("an absent file: %v", err)
	}
	if err := os.WriteFile(file, []byte(sumA+"  a.js\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if m, err := Load(file); err != nil || len(m) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("an endless file: %v", err)
	}
}

// Whatever Parse accepts, Write writes so that Parse reads the same again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sumA + "  a.js\n" + sumB + " *b\r\n"))
	f.Add([]byte(`\` + sumA + `  back\\slash\n` + "\n# link a\\gb -> ../c\n# note\n"))
	f.Add([]byte("\ufeff" + strings.ToUpper(sumA) + "  ./x//y/../z\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse(src)
		if err != nil {
			return
		}
		again, err := Parse([]byte(text(t, m)))
		if err != nil || !slices.Equal(m, again) {
			t.Fatalf("%q\nread as %+v\nagain as %+v, %v", src, m, again, err)
		}
		if !Compare(m, again).None() || m.Digest() != again.Digest() {
			t.Fatal("a manifest differs from itself")
		}
	})
}
