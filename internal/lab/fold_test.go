package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
)

func foldedRecord(t *testing.T, most int, touches func(*Recorder)) ([]evidence.Step, string) {
	t.Helper()
	folder := t.TempDir()
	blobs, err := OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	blobs.CapAt(1 << 10)
	r := NewRecorder(blobs, redact.New([]redact.Secret{{Name: "KEY", Value: "k3y-0123456789-abcdef"}}), time.Now)
	r.FoldBeyond(most, false)
	touches(r)
	steps, err := r.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return steps, folder
}

func blobNamed(t *testing.T, folder string, s evidence.Step, name string) (evidence.Blob, string) {
	t.Helper()
	for _, b := range s.Raw {
		if b.Name == name {
			raw, err := os.ReadFile(filepath.Join(folder, b.Digest.Hex()))
			if err != nil {
				t.Fatal(err)
			}
			return b, string(raw)
		}
	}
	t.Fatalf("no %s in %+v", name, s)
	return evidence.Blob{}, ""
}

// Of many touches those that show something stay; no line of the others is lost,
// whatever the cap, nor what their answers held of secrets.
func TestFolded(t *testing.T) {
	const n = 100
	steps, folder := foldedRecord(t, 8, func(r *Recorder) {
		for i := range n {
			touch := r.Touch("http", fmt.Sprintf("curl \"$BASE/%d\" # %d", i%50, i))
			touch.Capture("answer", "message/http", fmt.Appendf(nil, "answer %d with k3y-0123456789-abcdef", i), true)
			switch i {
			case 30:
				touch.End(0, errors.New("refused"))
			case 40:
				touch.End(500, nil)
			default:
				touch.End(200, nil)
			}
		}
		touch := r.Touch("sql", "psql -f evidence/files/catalog.sql")
		touch.Publish("catalog.sql", "application/sql", []byte(strings.Repeat("select 1;\n", 400)), false)
		touch.End(0, nil)
		r.Touch("service", "# started").End(0, nil)
	})
	if len(steps) != 11 {
		t.Fatalf("%d steps: %+v", len(steps), steps)
	}
	var lines []evidence.Step
	var redacted int
	seen := map[int]int{}
	for _, s := range steps {
		seen[s.Status]++
		for _, b := range s.Raw {
			redacted += b.Redacted["KEY"]
			if b.Name != evidence.FoldedLines {
				continue
			}
			_, text := blobNamed(t, folder, s, evidence.FoldedLines)
			var err error
			if lines, err = Unfold(s, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if answers, text := blobNamed(t, folder, s, evidence.FoldedAnswers); !answers.FromPatient || answers.TrueSize < 2000 || strings.Contains(text, "k3y-") {
				t.Errorf("the answers: %+v\n%s", answers, text)
			}
		}
	}
	if redacted != n || seen[500] != 1 || steps[len(steps)-1].Instrument != "service" {
		t.Errorf("%d secrets, by status %v", redacted, seen)
	}
	if len(lines) != n-8 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		var of, n int
		if _, err := fmt.Sscanf(l.Replay, "curl \"$BASE/%d\" # %d", &of, &n); err != nil || of != n%50 || n < i || l.Status != 200 || l.Instrument != "http" {
			t.Errorf("a line: %+v", l)
		}
	}
	if b, text := blobNamed(t, folder, steps[len(steps)-2], "catalog.sql"); b.TrueSize != 0 || len(text) != 4000 {
		t.Errorf("what is published: %+v", b)
	}
}

func TestFewStepsAreLeftAlone(t *testing.T) {
	steps, _ := foldedRecord(t, 3, func(r *Recorder) {
		for i := range 5 { // two beyond is not worth it
			touch := r.Touch("http", fmt.Sprint("curl ", i))
			touch.Capture("answer", "text/plain", fmt.Append(nil, i), true)
			touch.End(200, nil)
		}
	})
	if len(steps) != 5 || steps[3].Replay != "curl 3" || len(steps[2].Raw) != 1 {
		t.Errorf("%+v", steps)
	}
}

// A check that goes on after its time writes on, into a record that nobody reads.
func TestATouchThatEndsAfterItsRecord(t *testing.T) {
	blobs, err := OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	r.FoldBeyond(1, false)
	late := r.Touch("http", "curl late")
	late.Capture("answer", "text/plain", []byte("late"), true)
	if steps, err := r.Steps(); err != nil || len(steps) != 0 {
		t.Errorf("%+v, %v", steps, err)
	}
	late.End(200, nil)
	if steps, err := r.Steps(); err != nil || len(steps) != 1 || len(steps[0].Raw) != 1 {
		t.Errorf("%+v, %v", steps, err)
	}
}
