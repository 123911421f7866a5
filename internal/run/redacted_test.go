package run

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"listo/internal/engine/redact"
)

const canary = `c4nary "quoted" \back/slash <é🔑> 0123456789`

func cleaned(raw string) string {
	return string(cleanJSON(json.RawMessage(raw), redact.New([]redact.Secret{{Name: "KEY", Value: canary}}).CleanString))
}

func TestCleanJSON(t *testing.T) {
	text, _ := json.Marshal(canary)
	inside := string(text[1 : len(text)-1])
	for raw, want := range map[string]string{
		`{}`: `{}`, `null`: `null`, `"x"`: `"x"`, ` [ 1 , "a" ] `: ` [ 1 , "a" ] `,
		`{"a":"` + inside + `"}`:       `{"a":"‹KEY›"}`,
		`{"` + inside + `":1}`:         `{"‹KEY›":1}`,
		`["é\u00e9\/\"\\"]`:            `["é\u00e9\/\"\\"]`, // untouched strings keep their bytes
		`["x\\","y"]`:                  `["x\\","y"]`,
		`{"a":"` + inside + `\u003c"}`: `{"a":"‹KEY›\u003c"}`,
		``:                             ``,
		`{"a":`:                        ``,
		`{"a":"b`:                      ``,
		`"` + inside:                   ``,
		canary:                         ``,
		"[1e999, \"\xff\"]":            "[1e999, \"\xff\"]",
	} {
		if got := cleaned(raw); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

// Whatever comes, valid JSON stays valid and of the same shape, nothing else
// passes, and the canary goes.
func FuzzCleanJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,"x"]`, `{"a":{"b":["\u0000\\\""]}}`, `"`, "\xff", `{"a":1e5,"b":null}`, `["\ud800"]`, "[\"\xff\"]"} {
		f.Add([]byte(s), "x")
		f.Add([]byte(s), canary)
	}
	f.Fuzz(func(t *testing.T, around []byte, text string) {
		if got := cleaned(string(around)); (got != "") != json.Valid(around) || (got != "" && !json.Valid([]byte(got))) {
			t.Fatalf("%q became %q", around, got)
		}
		planted, err := json.Marshal(map[string]any{"text": text + canary, canary: text, "list": []any{canary, 1, nil, text},
			"coded": base64.StdEncoding.EncodeToString([]byte(canary)), "nested": string(mustJSON(map[string]string{"deep": canary + text}))})
		if err != nil {
			t.Fatal(err)
		}
		got := cleaned(string(planted))
		if !json.Valid([]byte(got)) || strings.Contains(got, string(mustJSON(canary))) {
			t.Fatalf("%q became %q", planted, got)
		}
		if all := everyText(t, got); strings.Contains(all, canary) || strings.Contains(all, base64.StdEncoding.EncodeToString([]byte(canary))) {
			t.Fatalf("the canary is in %q", got)
		}
		if bytes.Count(planted, []byte(`,`)) > 0 && shape(t, got) != shape(t, string(planted)) {
			t.Fatalf("%q has another shape than %q", got, planted)
		}
	})
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// everyText gives all strings of a JSON text, as they are when read.
func everyText(t *testing.T, raw string) string {
	t.Helper()
	var out strings.Builder
	for dec := json.NewDecoder(strings.NewReader(raw)); ; {
		token, err := dec.Token()
		if err != nil {
			return out.String()
		}
		if s, ok := token.(string); ok {
			out.WriteString(s + "\n")
		}
	}
}

// shape gives the kinds of all tokens of a JSON text.
func shape(t *testing.T, raw string) string {
	t.Helper()
	var out strings.Builder
	for dec := json.NewDecoder(strings.NewReader(raw)); ; {
		token, err := dec.Token()
		if err != nil {
			return out.String()
		}
		switch v := token.(type) {
		case json.Delim:
			out.WriteString(v.String())
		case string:
			out.WriteString("s")
		default:
			out.WriteString("v")
		}
	}
}
