package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// fullAt is where the disk of a process in the role "full disk" is full, in bytes
// per file: enough for some lines of the ledger.
const fullAt = 6000

// fullDisk is the world of that process. Its bundle is set from outside.
func fullDisk(t *testing.T) *world {
	w := emptyWorld(t)
	var all []evidence.Declaration
	for i := range 30 {
		all = append(all, evidence.Declaration{ID: fmt.Sprintf("a.check%02d", i)})
	}
	w.gate("a", all...)
	return w
}

// onAFullDisk begins an audit that cannot be written to its end.
func onAFullDisk() error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: fullAt, Max: fullAt}); err != nil {
		return err
	}
	w := fullDisk(nil)
	w.bundle = os.Getenv("BUNDLE")
	s, err := Begin(w.options(), w.plan())
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Audit(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "free some space") {
		return fmt.Errorf("what did not fit is no error: %v", err)
	}
	return nil
}

// A full disk loses nothing: the ledger holds whole lines only, and the audit is
// taken up when there is space.
func TestAFullDisk(t *testing.T) {
	base := newWorld(t)
	w := fullDisk(t)
	w.bundle = base.bundle
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=full disk", "BUNDLE="+w.bundle)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(w.ledgerFile())
	if err != nil {
		t.Fatal(err)
	}
	l := w.read()
	done := len(l.Entries)
	if l.Torn != 0 || info.Size() > fullAt || done < 3 {
		t.Fatalf("%d lines, %d torn bytes, %d bytes", done, l.Torn, info.Size())
	}
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.gates[0].Checks {
		w.want(c.ID, evidence.Pass, evidence.Judged)
	}
}

// Evidence that could not be kept proves nothing.
func TestLostEvidenceProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"})
	blobs := filepath.Join(w.bundle, EvidenceFolder, BlobsFolder)
	w.looks["a.two"] = func(context.Context, *lab.Bench) (seen, error) { return seen{Asked: 1}, os.MkdirAll(blobs, 0o755) }
	w.looks["a.one"] = func(_ context.Context, b *lab.Bench) (seen, error) {
		if err := os.RemoveAll(blobs); err != nil {
			return seen{}, err
		}
		touch := b.Touch("command", "true")
		touch.Capture("stdout", "text/plain", []byte("hello"), true)
		touch.End(0, nil)
		return seen{Asked: 1}, nil
	}
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.want("a.one", evidence.Unproven, evidence.ErroredOut)
	w.wantDetail("a.one", "free some space or make the folder writable, then resume")
}
