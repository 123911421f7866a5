package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// Only what came to no result is tried again. Red stays red, whatever a retry
// would show.
func TestResumeTriesOnlyWhatIsOpen(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.green"}, evidence.Declaration{ID: "a.red"}, evidence.Declaration{ID: "a.errored"}, evidence.Declaration{ID: "a.unclear"})
	w.looks["a.red"], w.looks["a.errored"], w.looks["a.unclear"] = red, errored, unclear
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.want("a.errored", evidence.Unproven, evidence.ErroredOut)
	w.want("a.unclear", evidence.Unproven, evidence.Judged)

	w.looks["a.red"], w.looks["a.errored"] = green, green
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("a.errored", "a.unclear")
	w.want("a.green", evidence.Pass, evidence.Judged)
	w.want("a.red", evidence.Fail, evidence.Judged)
	w.want("a.errored", evidence.Pass, evidence.Judged)
	w.want("a.unclear", evidence.Unproven, evidence.Judged)

	w.looks["a.unclear"] = green
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("a.unclear")
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal()
	w.want("a.red", evidence.Fail, evidence.Judged)
	if attempts := w.read().Attempts("a.unclear"); len(attempts) != 3 || attempts[2].Attempt != 3 {
		t.Errorf("the attempts: %+v", attempts)
	}
	if !w.closed() {
		t.Error("the ledger is open")
	}
}

// A control that broke is shown again, alone: its checks have their result. One
// that came to its end is final, whatever it showed.
func TestResumeShowsAnOpenControlAgain(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"}, evidence.Declaration{ID: "a.three"}, evidence.Declaration{ID: "a.red"})
	w.gate("b", evidence.Declaration{ID: "b.last", When: evidence.Last})
	w.looks["a.red"] = red
	for _, class := range []string{"a.one", "a.red", "b.last"} {
		w.looks["twin of "+class+".class"] = errored
	}
	w.looks["twin of a.two.class"] = green // the twin was not caught: the detector is blind
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a.one", "a.two", "b.last"} {
		w.want(id, evidence.Unproven, evidence.ControlOpen)
	}
	w.want("a.three", evidence.Pass, evidence.Judged)

	w.looks = map[string]look{}
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("twin of a.one.class", "twin of b.last.class")
	w.want("a.one", evidence.Pass, evidence.Judged)
	w.want("b.last", evidence.Pass, evidence.Judged)
	w.want("a.two", evidence.Unproven, evidence.ControlOpen)
	w.want("a.red", evidence.Fail, evidence.Judged)
	var attempts []int
	for _, e := range w.read().Entries {
		if e.Control != nil && e.Control.Class == "a.one.class" {
			attempts = append(attempts, e.Control.Attempt)
		}
	}
	if fmt.Sprint(attempts) != "[1 2]" {
		t.Errorf("the control's attempts: %v", attempts)
	}

	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal()
}

// A cancelled audit stops in the middle of a check, or of a control; what was
// seen then does not count.
func TestCancelledInTheMiddle(t *testing.T) {
	for _, where := range []string{"a.two", "twin of a.two.class"} {
		t.Run(where, func(t *testing.T) {
			w := newWorld(t)
			w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"}, evidence.Declaration{ID: "a.three"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.looks[where] = func(context.Context, *lab.Bench) (seen, error) { cancel(); return seen{Asked: 1}, nil }
			if err := w.audit(ctx, w.begin(), nil); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			if w.closed() {
				t.Error("an interrupted ledger is closed")
			}
			last := w.read().Entries[len(w.read().Entries)-1]
			switch {
			case last.Experiment != nil && where == "a.two":
				w.wantDetail("a.two", "interrupted")
			case last.Control != nil && last.Control.Err == "interrupted" && last.Control.Observed == nil:
			default:
				t.Errorf("the last line: %+v", last)
			}
			delete(w.looks, where)
			if err := w.audit(t.Context(), w.resume(), nil); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"a.one", "a.two", "a.three"} {
				w.want(id, evidence.Pass, evidence.Judged)
			}
			if where == "a.two" {
				w.wantJournal("a.two", "a.three")
			} else {
				w.wantJournal("twin of a.two.class", "twin of a.three.class", "a.one", "a.two", "a.three")
			}
		})
	}
}

func TestStoppedBetweenChecks(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"})
	w.gate("b", evidence.Declaration{ID: "b.one"})
	stop := make(chan struct{})
	w.looks["a.one"] = func(context.Context, *lab.Bench) (seen, error) { close(stop); return seen{Asked: 1}, nil }
	if err := w.audit(t.Context(), w.begin(), stop); !errors.Is(err, ErrStopped) {
		t.Fatalf("got %v", err)
	}
	w.wantJournal("twin of a.one.class", "twin of a.two.class", "a.one")
	w.want("a.one", evidence.Pass, evidence.Judged) // the check at hand came to its end
	if w.closed() {
		t.Error("a stopped ledger is closed")
	}
	delete(w.looks, "a.one")
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("a.two", "twin of b.one.class", "b.one")
	if !w.closed() {
		t.Error("the ledger is open")
	}
}

func TestCancelledBeforeAnything(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.audit(ctx, w.begin(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.wantJournal()
}

// A resumed audit is about the very thing its plan was made for.
func TestResumeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, *world)
		want   string
	}{
		"another listo.yaml": {func(_ *testing.T, w *world) { w.cfg.Source = []byte("name: other\n") }, "(listo.yaml)"},
		"another commit":     {func(_ *testing.T, w *world) { w.commit = "bad" }, "(the commit)"},
		"another name":       {func(_ *testing.T, w *world) { w.cfg.Name = "other" }, "(the target)"},
		"another database":   {func(_ *testing.T, w *world) { w.cfg.Database.Name = "other" }, "(the target)"},
		"no ledger":          {func(t *testing.T, w *world) { remove(t, w.ledgerFile()) }, "there is none to resume"},
		"no folder":          {func(t *testing.T, w *world) { remove(t, w.bundle) }, "there is none to resume"},
		"an empty ledger":    {func(t *testing.T, w *world) { write(t, w.ledgerFile(), "") }, "holds no plan"},
		"half a plan":        {func(t *testing.T, w *world) { write(t, w.ledgerFile(), `{"prev":"","seq":0`) }, "holds no plan"},
		"a broken chain":     {func(t *testing.T, w *world) { dropLine(t, w.ledgerFile(), 1) }, "start anew"},
		"no ledger at all":   {func(t *testing.T, w *world) { write(t, w.ledgerFile(), "hello\n") }, "start anew"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.gate("a", evidence.Declaration{ID: "a.one"})
			w.looks["a.one"] = errored
			if err := w.audit(t.Context(), w.begin(), nil); err != nil {
				t.Fatal(err)
			}
			c.change(t, w)
			before, _ := os.ReadFile(w.ledgerFile())
			s, err := Resume(w.options(), w.plan().Subject)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if after, _ := os.ReadFile(w.ledgerFile()); !bytes.Equal(before, after) {
				t.Error("a refused resume changed the ledger")
			}
		})
	}
	t.Run("another source", func(t *testing.T) {
		w := newWorld(t)
		w.begin().Close()
		subject := w.plan().Subject
		subject.Dirty = true
		if _, err := Resume(w.options(), subject); err == nil || !strings.Contains(err.Error(), "(the source)") {
			t.Errorf("got %v", err)
		}
	})
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func dropLine(t *testing.T, path string, n int) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(src), "\n")
	write(t, path, strings.Join(append(lines[:n:n], lines[n+1:]...), ""))
}

// A line that a killed audit wrote half is dropped and the drop is written down.
func TestATornLastLine(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"})
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(w.ledgerFile())
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	// Every line but the plan, torn after its first byte, in the middle, and before its line feed.
	for n := 1; n < len(lines)-1; n++ {
		for _, kept := range []int{1, len(lines[n]) / 2, len(lines[n]) - 1} {
			text := string(bytes.Join(lines[:n], nil)) + string(lines[n][:kept])
			write(t, w.ledgerFile(), text)
			if err := w.audit(t.Context(), w.resume(), nil); err != nil {
				t.Fatalf("line %d torn after %d bytes: %v", n, kept, err)
			}
			resumed := w.read().Entries[n].Resumed
			if resumed == nil || resumed.TornBytes != kept {
				t.Errorf("line %d torn after %d bytes: %+v", n, kept, resumed)
			}
			w.want("a.one", evidence.Pass, evidence.Judged)
			w.want("a.two", evidence.Pass, evidence.Judged)
		}
	}
}

// Two audits in one ledger would break each other's chain.
func TestOneAuditAtATime(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"})
	first := w.begin()
	if _, err := Resume(w.options(), w.plan().Subject); err == nil || !strings.Contains(err.Error(), "another listo is at work") {
		t.Errorf("a second one may resume: %v", err)
	}
	if _, err := Begin(w.options(), w.plan()); err == nil || !strings.Contains(err.Error(), "another listo is at work") {
		t.Errorf("a second one may begin: %v", err)
	}
	if err := w.audit(t.Context(), first, nil); err != nil {
		t.Fatal(err)
	}
	w.resume().Close()
	w.begin().Close()
	if _, err := os.Stat(filepath.Join(w.bundle, EvidenceFolder+".previous", LedgerFile)); err != nil {
		t.Errorf("the evidence of the last audit is gone: %v", err)
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	w.bundle = filepath.Join(w.bundle, "x")
	if err := os.MkdirAll(filepath.Dir(w.bundle), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, w.bundle, "a file")
	if _, err := Begin(w.options(), w.plan()); err == nil || !strings.HasPrefix(err.Error(), "audit: ") {
		t.Errorf("got %v", err)
	}
}

// What a check observes and what its errors say is free of secrets, learnt tokens
// included.
func TestObservationsAndErrorsHideSecrets(t *testing.T) {
	const secret, token = "s3cret-0123456789-abcdef", `opaque "token" 0123456789`
	w := newWorld(t)
	w.secrets = []redact.Secret{{Name: "KEY", Value: secret}}
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"})
	w.looks["a.one"] = func(_ context.Context, b *lab.Bench) (seen, error) {
		b.Learn(redact.Secret{Name: "TOKEN", Value: token})
		return seen{Asked: 1, Said: secret + " and " + token}, nil
	}
	w.looks["a.two"] = func(context.Context, *lab.Bench) (seen, error) { return seen{}, errors.New(secret + " and " + token) }
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	if got := string(w.read().Attempts("a.one")[0].Observed); got != `{"asked":1,"bad":0,"said":"‹KEY› and ‹TOKEN›"}` {
		t.Errorf("observed %s", got)
	}
	w.wantDetail("a.two", "‹KEY› and ‹TOKEN›")
	w.want("a.one", evidence.Pass, evidence.Judged)
}
