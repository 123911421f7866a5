package lab

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"listo/internal/evidence"
)

func foldedLines(replays []string) []byte {
	f, out := folding{known: map[string]int{}}, []byte(nil)
	for i, line := range replays {
		out = append(out, f.add(evidence.Step{Replay: line, Status: i}, time.Duration(i)*time.Millisecond)...)
	}
	return out
}

// What lines share is written once, and every line comes back as it was.
func TestLinesComeBackAsTheyWere(t *testing.T) {
	head, tail := strings.Repeat("one of many; ", 30)+`curl -sS -i -H "Authorization: Bearer $TOKEN" "$BASE/api/gastos?categoria=`, `&desde=2024-01-01&hasta=2025-12-31" # listo`
	var all []string
	for _, word := range []string{"viaje", "viaje%27", "", "é", "è", "éè", "viaje", "日本", "日木", "\xff"[:0], strings.Repeat("é", 50), strings.Repeat("é", 51)} {
		all = append(all, head+word+tail, head+word+tail+" again", word, "")
	}
	text := foldedLines(all)
	steps, err := Unfold(evidence.Step{Instrument: "http"}, text)
	if err != nil || len(steps) != len(all) {
		t.Fatalf("%d of %d lines, %v", len(steps), len(all), err)
	}
	whole := 0
	for i, line := range all {
		whole += len(line)
		if steps[i].Replay != line || steps[i].Status != i {
			t.Errorf("line %d came back as %q, was %q", i+1, steps[i].Replay, line)
		}
	}
	if !utf8.Valid(text) || len(text) > whole/2 {
		t.Errorf("%d bytes for lines of %d", len(text), whole)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("curl a", "curl b", "curl a # note")
	f.Add(strings.Repeat("é", 30), strings.Repeat("é", 29)+"è", strings.Repeat("日", 20))
	f.Fuzz(func(t *testing.T, a, b, c string) {
		all := []string{strings.ToValidUTF8(a, "�"), strings.ToValidUTF8(b, "�"), strings.ToValidUTF8(c, "�"), strings.ToValidUTF8(b+a, "�")}
		steps, err := Unfold(evidence.Step{}, foldedLines(all))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range all {
			if steps[i].Replay != line {
				t.Errorf("%q came back as %q", line, steps[i].Replay)
			}
		}
	})
}

// A ledger that listo did not write may lean on anything.
func TestLinesThatLeanOnNothing(t *testing.T) {
	for _, second := range []Line{{Like: 2}, {Like: -1}, {As: 7}, {Like: 1, Head: 5}, {Like: 1, Head: -1}, {Like: 1, Head: 3, Tail: 2}, {Like: 1, Tail: -1}} {
		var text []byte
		for _, l := range []Line{{Replay: "curl"}, second} {
			line, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			text = append(append(text, line...), '\n')
		}
		if steps, err := Unfold(evidence.Step{}, text); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%+v is read as %+v", second, steps)
		}
	}
}

// Lines of a bundle from before.
func TestOldLinesAreRead(t *testing.T) {
	old := `{"n":1,"at_ms":0,"took_ms":1,"replay":"curl a # one","status":200}` + "\n" + `{"n":2,"at_ms":3,"took_ms":1,"as":1,"note":" # two","status":401}` + "\n"
	steps, err := Unfold(evidence.Step{}, []byte(old))
	if err != nil || len(steps) != 2 || steps[1].Replay != "curl a # two" || steps[1].Status != 401 {
		t.Errorf("%+v, %v", steps, err)
	}
}
