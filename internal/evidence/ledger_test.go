package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// chain is a ledger of 52 short lines with every kind of body.
func chain(t testing.TB) []byte {
	t.Helper()
	entries := []Entry{{At: noon(), Plan: &Plan{Format: FormatVersion, Run: "r"}}}
	for i := len(entries); i < 51; i++ {
		switch i % 5 {
		case 0:
			entries = append(entries, shown("pool", "pool.one", red))
		case 1:
			entries = append(entries, confirmed("secrets.present"))
		case 2:
			entries = append(entries, Entry{At: noon(), Handling: &Handling{Act: "started"}})
		case 3:
			entries = append(entries, Entry{At: noon(), Resumed: &Resumed{TornBytes: i}})
		default:
			entries = append(entries, saw("pool.one", green))
		}
	}
	entries = append(entries, Entry{At: noon(), Closing: &Closing{Word: Go, Checks: []ClosingResult{{Check: "pool.one", Outcome: Pass}}}})
	return bytesOf(t, entries...)
}

func TestReadLedgerRefuses(t *testing.T) {
	plan := string(bytesOf(t, Entry{At: noon(), Plan: &Plan{}}))
	line := strings.TrimSuffix(plan, "\n")
	next := func(body string) string {
		return fmt.Sprintf(`%s{"prev":%q,"seq":1,"at":"2026-01-02T12:00:00Z",%s}`+"\n", plan, DigestOf([]byte(line)), body)
	}
	if _, err := ReadLedger([]byte(next(`"resumed":{"torn_bytes":1}`))); err != nil {
		t.Fatalf("the good second line: %v", err)
	}
	tests := map[string]string{
		"empty line":            "\n",
		"no plan":               `{"prev":"","seq":0,"at":"2026-01-02T12:00:00Z","resumed":{"torn_bytes":1}}` + "\n",
		"plan null":             `{"prev":"","seq":0,"at":"2026-01-02T12:00:00Z","plan":null}` + "\n",
		"two plans":             next(`"plan":{}`),
		"no body":               next(`"plan":null`),
		"two bodies":            next(`"resumed":{"torn_bytes":1},"handling":{"act":"x"}`),
		"unknown field":         next(`"resumed":{"torn_bytes":1},"note":1`),
		"unknown field, inside": next(`"resumed":{"torn_bytes":1,"note":1}`),
		"unknown outcome":       next(`"closing":{"word":"GO","exit":0,"checks":[{"check":"x","outcome":"excellent"}]}`),
		"wrong number":          strings.Replace(next(`"resumed":{"torn_bytes":1}`), `"seq":1`, `"seq":2`, 1),
		"wrong digest":          strings.Replace(next(`"resumed":{"torn_bytes":1}`), `"prev":"sha256:`, `"prev":"sha512:`, 1),
		"second brace":          line + "}\n",
		"second bracket":        line + "]\n",
		"second value":          line + line + "\n",
		"not JSON":              line + "x\n",
		"array":                 "[" + line + "]\n",
		"null":                  "null\n",
		"deep":                  strings.Repeat("[", 1<<20) + "\n",
		"zeros":                 string(make([]byte, 100)) + "\n",
	}
	for name, src := range tests {
		if _, err := ReadLedger([]byte(src)); !errors.Is(err, ErrBroken) || !strings.HasPrefix(err.Error(), "ledger: line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// fullDisk fails every write.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAFailedAppendLeavesTheLedgerAsItWas(t *testing.T) {
	var file bytes.Buffer
	var l Ledger
	if err := l.Append(&file, Entry{At: noon(), Plan: &Plan{}}); err != nil {
		t.Fatal(err)
	}
	before, size := l, file.Len()
	fails := func(name string, w io.Writer, e Entry) {
		t.Helper()
		if err := l.Append(w, e); err == nil {
			t.Errorf("%s: appended", name)
		}
		if !reflect.DeepEqual(l, before) || file.Len() != size {
			t.Errorf("%s: something was taken in", name)
		}
	}
	good := saw("pool.one", green)
	fails("full disk", fullDisk{}, good)
	fails("no body", &file, Entry{At: noon()})
	fails("two bodies", &file, Entry{At: noon(), Experiment: good.Experiment, Resumed: &Resumed{}})
	fails("not JSON", &file, saw("pool.one", `{"asked":`))
	fails("no number", &file, Entry{At: noon(), Experiment: &Experiment{TookMS: math.NaN()}})
	fails("no year of JSON", &file, Entry{At: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC), Resumed: &Resumed{}})
	if err := l.Append(&file, good); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadLedger(file.Bytes()); err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("after the failures: %+v, %v", again, err)
	}
}

// Append then Read gives the same entries, whatever they hold.
func TestAppendThenRead(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		entries := []Entry{{At: noon(), Plan: &Plan{Run: text(r), Subject: Subject{Name: text(r), Dirty: r.IntN(2) == 0}, Unset: map[string]string{text(r): text(r)}}}}
		for range r.IntN(20) {
			entries = append(entries, anyEntry(r))
		}
		var file bytes.Buffer
		var l Ledger
		for i := range entries {
			if err := l.Append(&file, entries[i]); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			entries[i].Prev, entries[i].Seq = l.Entries[i].Prev, i
		}
		again, err := ReadLedger(file.Bytes())
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("seed %d: read %+v, %v, appended %+v", seed, again, err, l)
		}
		if !reflect.DeepEqual(again.Entries, entries) {
			t.Fatalf("seed %d: read\n%+v\nappended\n%+v", seed, again.Entries, entries)
		}
	}
}

func anyEntry(r *rand.Rand) Entry {
	e := Entry{At: noon().Add(time.Duration(r.Int64N(1 << 50)))}
	tried := Experiment{Check: text(r), Attempt: r.IntN(9), Began: e.At, TookMS: r.NormFloat64() * 1e9}
	for range r.IntN(3) {
		tried.Steps = append(tried.Steps, Step{Instrument: text(r), At: e.At, Replay: text(r), Status: r.IntN(600), Err: text(r),
			Raw: []Blob{{Name: text(r), Digest: DigestOf([]byte(text(r))), Size: r.Int64(), FromPatient: true, Redacted: map[string]int{text(r): 1}}}})
	}
	if r.IntN(2) == 0 {
		tried.Observed, _ = json.Marshal(map[string]string{text(r): text(r)})
	} else {
		tried.Err, tried.Lacks = text(r), []string{text(r)}
	}
	switch r.IntN(6) {
	case 0:
		e.Control = &ControlRun{text(r), tried}
	case 1:
		e.Confirmation = &Confirmation{text(r), text(r), text(r)}
	case 2:
		e.Handling = &Handling{Gate: text(r), Act: text(r), Steps: tried.Steps, Err: text(r)}
	case 3:
		e.Resumed = &Resumed{r.IntN(1 << 30)}
	case 4:
		e.Closing = &Closing{Word(text(r)), r.IntN(4), []ClosingResult{{text(r), Outcome(r.IntN(3)), text(r)}}}
	default:
		e.Experiment = &tried
	}
	return e
}

// text gives valid UTF-8 that is awkward to write in JSON lines.
func text(r *rand.Rand) string {
	awkward := []rune("az09 \n\r\t\x00\x1b\"\\/<>&{}[]:,'ñ漢\u2028\u2029\u202e\ufeff\ufffd😀")
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteRune(awkward[r.IntN(len(awkward))])
	}
	return b.String()
}

// What a running audit holds is what its file says, even where JSON changes an entry.
func TestTheRunningAuditIsTheFile(t *testing.T) {
	var file bytes.Buffer
	var l Ledger
	spaced := saw("pool.one", ` {"asked": 10, "bad": 0, "rotten": 0} `)
	spaced.Experiment.Err = "bad \xff byte"
	spaced.Experiment.Steps = []Step{}
	for _, e := range []Entry{{At: time.Now(), Plan: &Plan{Gates: []Planned{}}}, spaced} {
		if err := l.Append(&file, e); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := ReadLedger(file.Bytes()); err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("the file says %+v, %v, the audit %+v", again, err, l)
	}
}

func TestLedgerAnswers(t *testing.T) {
	empty := Ledger{}
	if _, ok := empty.Plan(); ok {
		t.Error("an empty ledger has a plan")
	}
	if _, ok := empty.Closed(); ok || empty.Confirmed("x") || empty.Attempts("x") != nil {
		t.Error("an empty ledger answers something")
	}
	l, err := ReadLedger(chain(t))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := l.Plan(); !ok || p.Run != "r" {
		t.Errorf("plan: %+v, %v", p, ok)
	}
	if c, ok := l.Closed(); !ok || c.Word != Go || len(c.Checks) != 1 {
		t.Errorf("closing: %+v, %v", c, ok)
	}
	if l.Entries = l.Entries[:51]; len(l.Attempts("pool.one")) != 10 || len(l.Attempts("pool.two")) != 0 {
		t.Errorf("attempts: %d of one, %d of two", len(l.Attempts("pool.one")), len(l.Attempts("pool.two")))
	}
	if _, ok := l.Closed(); ok || !l.Confirmed("secrets.present") || l.Confirmed("pool.one") {
		t.Error("closing or confirmations are wrong")
	}
}

// Reading never panics. What was read can be appended again: to the same bytes
// where every line is spelled as Append spells it, and in any case to bytes that
// then stay the same.
func FuzzReadLedger(f *testing.F) {
	lines := bytes.SplitAfter(chain(f), []byte("\n"))
	f.Add(bytes.Join(lines[:3], nil))
	f.Add(bytes.Join(lines[3:6], nil))
	f.Add(lines[51][:len(lines[51])-7])
	f.Add([]byte(`{"PREV":"","seq":0,"at":"2026-01-02T12:00:00.10+01:00","plan":{"format":1,"made":"0000-01-01T00:00:00Z"}}` + "\n"))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, err := ReadLedger(src)
		switch {
		case err == nil:
			appendsAgain(t, l, src[:len(src)-l.Torn])
		case !errors.Is(err, ErrBroken):
			t.Fatalf("an error of another kind: %v", err)
		}
		linked := bytesOf(t, linkable(src)...)
		l, err = ReadLedger(linked)
		if err != nil || l.Torn != 0 {
			t.Fatalf("what was appended cannot be read: %v\n%s", err, linked)
		}
		appendsAgain(t, l, linked)
		Decide(release(), l)
	})
}

// linkable gives the entries of those lines that are one, whatever chain they
// claim to be of, behind a plan: chance alone never hits the right digest.
func linkable(src []byte) []Entry {
	entries := []Entry{{At: noon(), Plan: &Plan{}}}
	for line := range bytes.Lines(src) {
		if e, err := readEntry(line); err == nil && e.Plan == nil {
			entries = append(entries, e)
		}
	}
	return entries
}

func appendsAgain(t *testing.T, l Ledger, src []byte) {
	t.Helper()
	second := bytesOf(t, l.Entries...)
	if spelledAsAppended(l, src) && !bytes.Equal(second, src) {
		t.Fatalf("read\n%s\nappended\n%s", src, second)
	}
	again, err := ReadLedger(second)
	if err != nil || again.Torn != 0 || len(again.Entries) != len(l.Entries) {
		t.Fatalf("what was appended cannot be read: %v\n%s", err, second)
	}
	if third := bytesOf(t, again.Entries...); !bytes.Equal(second, third) {
		t.Fatalf("the second time it was\n%s\nthe third\n%s", second, third)
	}
}

// spelledAsAppended tells whether each line is how JSON writes its entry.
func spelledAsAppended(l Ledger, src []byte) bool {
	for i, line := range bytes.Split(bytes.TrimSuffix(src, []byte("\n")), []byte("\n")) {
		if i < len(l.Entries) && !same(l.Entries[i], line) {
			return false
		}
	}
	return true
}
