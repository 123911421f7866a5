package observability

import (
	"testing"
	"time"
)

func TestLinesAreReadAsTheyAreWritten(t *testing.T) {
	lines := read([]byte("{\"a\":1}\n\nplain text\r\n{\"a\":1} {\"b\":2}\n{\"half\":\n[1]\n{\"http\":{\"status\":503}}\n"))
	var objects int
	for _, l := range lines {
		if l.fields != nil {
			objects++
		}
	}
	if len(lines) != 6 || objects != 2 {
		t.Errorf("%d lines, %d of them objects, want 6 and 2", len(lines), objects)
	}
	if n, ok := lines[5].number("http.status"); !ok || n != 503 {
		t.Errorf("a field within an object: %v %v", n, ok)
	}
}

// Times as slog, pino (milliseconds) and zerolog write them are times; a number that
// cannot be one is none.
func TestTimes(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
	for text, good := range map[string]bool{
		`{"time":"2026-03-04T05:06:07.008Z"}`:      true,
		`{"time":"2026-03-04T06:06:07.008+01:00"}`: true,
		`{"time":1772600767008}`:                   true,
		`{"time":1772600767}`:                      false,
		`{"time":"04/Mar/2026:05:06:07"}`:          false,
		`{}`:                                       false,
	} {
		got, ok := read([]byte(text))[0].when("time")
		if ok != good || ok && !got.Equal(at) {
			t.Errorf("%s is %v %v", text, got, ok)
		}
	}
}

// Only a line that says how a request ended counts: neither the one at its beginning
// nor the one of its error.
func TestOutcome(t *testing.T) {
	f := twinSettings().Log
	for text, outcome := range map[string]bool{
		`{"request_id":"listo-ab-1","msg":"request completed","status":503,"duration_ms":3,"method":"GET"}`: true,
		`{"request_id":"listo-ab-1","status":503,"method":"GET"}`:                                           true,
		`{"request_id":"listo-ab-1","msg":"incoming request","method":"GET"}`:                               false,
		`{"request_id":"listo-ab-1","msg":"request failed","status":503,"error":"x"}`:                       false,
		`GET /x 503 3ms listo-ab-1`: true,
		`GET /x 200 3ms listo-ab-1`: false,
	} {
		l := read([]byte(text))[0]
		if l.outcome(f, 503) != outcome || l.idOf("listo-ab-") != "listo-ab-1" {
			t.Errorf("%s: %v, id %q", text, l.outcome(f, 503), l.idOf("listo-ab-"))
		}
	}
	if id := read([]byte("x listo-ab-12 y"))[0].idOf("listo-ab-"); id != "listo-ab-12" {
		t.Errorf("the id ends with its digits, not %q", id)
	}
}

func TestTheCryOfADyingProcess(t *testing.T) {
	for line, cry := range map[string]bool{
		"Error: Connection terminated unexpectedly":                          true,
		"<ref *1> Error: read ECONNRESET":                                    true,
		"error: terminating connection due to administrator command":         true,
		"panic: runtime error: invalid memory address":                       true,
		"  error: [Function: reportStreamError],":                            false,
		"    at TCP.onStreamRead (node:internal/stream_base_commons:221:20)": false,
		"Emitted 'error' event on BoundPool instance at:":                    false,
	} {
		if cryOf.MatchString(line) != cry {
			t.Errorf("%q", line)
		}
	}
}

func TestHostileIDsAreFoundInFieldsToo(t *testing.T) {
	h := hostiles("listo-x-")[1]
	escaped := read([]byte(`{"request_id":"listo-x-\",\"level\":\"ERROR\",\"msg\":\"forged"}`))
	if carrying(escaped, h) != 1 || carrying(read([]byte(`{"request_id":"ABC"}`)), h) != 0 {
		t.Error("an escaped id is in the log all the same")
	}
}
