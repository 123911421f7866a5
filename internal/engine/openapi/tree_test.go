package openapi

import (
	"errors"
	"strings"
	"testing"
)

func TestReadJSONIsStrict(t *testing.T) {
	for text, what := range map[string]string{
		`{"a":1}`:                         "",
		`[]`:                              "",
		` null `:                          "",
		`"x"`:                             "",
		`1.0`:                             "",
		`{"a":{"b":[1,2]},"c":"ñ"}`:       "",
		``:                                "empty",
		"  \n":                            "empty",
		"\xef\xbb\xbf{}":                  "bom",
		`{"a":1,"a":2}`:                   "duplicate",
		`{"a":{"b":1,"b":1}}`:             "duplicate",
		`{} x`:                            "trailing",
		`{}{}`:                            "trailing",
		`1 2`:                             "trailing",
		`{"a":NaN}`:                       "syntax",
		`{"a":}`:                          "syntax",
		`{"a"`:                            "syntax",
		`[1,]`:                            "syntax",
		`{'a':1}`:                         "syntax",
		"{\"a\":\"\xff\"}":                "encoding",
		strings.Repeat("[", 2000):         "depth",
		"{\"a\":\"\x00\"}":                "syntax",
		`[1` + strings.Repeat(" ", 9):     "syntax",
		strings.Repeat(`{"a":`, 300) + "": "syntax",
	} {
		_, err := ReadJSON([]byte(text))
		var bad NotStrict
		switch {
		case what == "" && err != nil:
			t.Errorf("%.30q is refused: %v", text, err)
		case what != "" && (!errors.As(err, &bad) || bad.What != what):
			t.Errorf("%.30q is %v, want %s", text, err, what)
		}
	}
}

func TestPlacesAreThoseOfTheText(t *testing.T) {
	for name, text := range map[string]string{
		"x.json": "{\n  \"a\": {\n    \"b/c\": [1,\n      2]\n  }\n}\n",
		"x.yaml": "# a comment\na:\n  b/c:\n    - 1\n    - 2\n",
	} {
		tree, err := readTree(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]map[string]string{
			"x.json": {"": "1:1", "/a": "2:8", "/a/b~1c": "3:12", "/a/b~1c/1": "4:7", "/a/nothing": "2:8"},
			"x.yaml": {"": "2:1", "/a": "3:3", "/a/b~1c": "4:5", "/a/b~1c/1": "5:7", "/a/nothing": "3:3"},
		}[name]
		for pointer, at := range want {
			if got := tree.At(pointer).String(); got != at {
				t.Errorf("%s %q is at %s, want %s", name, pointer, got, at)
			}
		}
	}
}

func TestYAMLSaysWhatJSONSays(t *testing.T) {
	tree, err := ReadYAML([]byte("a: &x {n: 1, t: yes, d: 2024-01-01, f: 0x10, z: null}\nb: *x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := itoaAny(tree.Value); got != `{"a":{"d":"2024-01-01","f":16,"n":1,"t":"yes","z":null},"b":{"d":"2024-01-01","f":16,"n":1,"t":"yes","z":null}}` {
		t.Error(got)
	}
	for _, bad := range []string{"a: 1\na: 2\n", "a: .nan\n", "", "a: [", "a: &x [*x]\n", bomb()} {
		if _, err := ReadYAML([]byte(bad)); err == nil {
			t.Errorf("%.20q is taken", bad)
		}
	}
}

// bomb is a few lines that stand for millions of values.
func bomb() string {
	var out strings.Builder
	out.WriteString("a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n")
	for i, c := range "bcdefgh" {
		before := "a0"
		if i > 0 {
			before = string("bcdefgh"[i-1])
		}
		out.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+before+",", 9) + "*" + before + "]\n")
	}
	return out.String()
}
