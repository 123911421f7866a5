package lab

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
)

// fullVariable makes the test binary a process that may write files of few bytes
// only, which is a full disk as far as a file can tell. Its value is the folder
// to write into.
const fullVariable = "LAB_TEST_FULL_DISK"

// fullAt is where that disk is full, in bytes per file.
const fullAt = 4096

func TestMain(m *testing.M) {
	folder := os.Getenv(fullVariable)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := onAFullDisk(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// onAFullDisk keeps what fits and what does not.
func onAFullDisk(folder string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: fullAt, Max: fullAt}); err != nil {
		return err
	}
	blobs, err := OpenBlobs(folder)
	if err != nil {
		return err
	}
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	for _, size := range []int{fullAt - 1, fullAt + 1, 10} {
		touch := r.Touch("command", "true")
		touch.Capture("stdout", "text/plain", bytes.Repeat([]byte("x"), size), true)
		touch.End(0, nil)
	}
	steps, err := r.Steps()
	if err == nil || !strings.Contains(err.Error(), "free some space or make the folder writable, then resume") {
		return fmt.Errorf("what did not fit is no error: %v", err)
	}
	if len(steps) != 3 || len(steps[0].Raw) != 1 || len(steps[1].Raw) != 0 || len(steps[2].Raw) != 1 {
		return fmt.Errorf("the steps: %+v", steps)
	}
	return nil
}

func TestAFullDisk(t *testing.T) {
	folder := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fullVariable+"="+folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Fatalf("%v, %v: want the two blobs that fit", left, err)
	}
	for _, e := range left {
		raw, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil || evidence.DigestOf(raw).Hex() != e.Name() {
			t.Errorf("%s is not what its name says: %v", e.Name(), err)
		}
	}
}

func open(t *testing.T) (*Blobs, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "evidence", "blobs")
	blobs, err := OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return blobs, folder
}

func read(t *testing.T, folder string, b evidence.Blob) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, b.Digest.Hex()))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(raw)) != b.Size || evidence.DigestOf(raw) != b.Digest {
		t.Errorf("%d bytes on the disk are not the blob %+v", len(raw), b)
	}
	return raw
}

func TestBlobsAreCapped(t *testing.T) {
	blobs, folder := open(t)
	for _, size := range []int{0, 1, BlobCap - 1, BlobCap, BlobCap + 1, BlobCap + 100, 10 * BlobCap} {
		whole := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		b, err := blobs.Keep("body", "text/plain", whole)
		if err != nil {
			t.Fatal(err)
		}
		kept := read(t, folder, b)
		if size <= BlobCap {
			if !bytes.Equal(kept, whole) || b.TrueSize != 0 || b.TrueDigest != "" {
				t.Errorf("%d bytes were changed: %+v", size, b)
			}
			continue
		}
		head, tail, cut := bytes.Cut(kept, []byte(fmt.Sprintf("\n… %d bytes cut …\n", size-BlobCap)))
		if !cut || len(head)+len(tail) != BlobCap || !bytes.HasPrefix(whole, head) || !bytes.HasSuffix(whole, tail) || len(tail) == 0 {
			t.Errorf("%d bytes: head of %d, tail of %d, cut %v", size, len(head), len(tail), cut)
		}
		if b.TrueSize != int64(size) || b.TrueDigest != evidence.DigestOf(whole) {
			t.Errorf("%d bytes: the true ones are %d, %s", size, b.TrueSize, b.TrueDigest)
		}
	}
}

// A cap of one's own keeps whole answers and drops longer ones: the digest alone vouches
// for those.
func TestLongerBlobsAreKeptByDigest(t *testing.T) {
	blobs, folder := open(t)
	blobs.CapAt(100)
	for _, size := range []int{0, 100, 101, 5000} {
		whole := bytes.Repeat([]byte("x"), size)
		b, err := blobs.Keep("body", "text/plain", whole)
		if err != nil {
			t.Fatal(err)
		}
		kept := read(t, folder, b)
		switch {
		case size <= 100 && (!bytes.Equal(kept, whole) || b.TrueSize != 0 || b.Left()):
			t.Errorf("%d bytes were not kept whole: %+v", size, b)
		case size > 100 && (len(kept) != 0 || b.TrueSize != int64(size) || b.TrueDigest != evidence.DigestOf(whole) || !b.Left()):
			t.Errorf("of %d bytes was kept %q as %+v", size, kept, b)
		}
	}
	whole := bytes.Repeat([]byte("x"), 5000)
	if b, err := blobs.KeepWhole("file", "text/plain", whole); err != nil || !bytes.Equal(read(t, folder, b), whole) {
		t.Errorf("what is published is whole, whatever the cap: %+v, %v", b, err)
	}
}

func TestTheSameBlobTwice(t *testing.T) {
	blobs, folder := open(t)
	for range 3 {
		b, err := blobs.Keep("body", "text/plain", []byte("hello"))
		if err != nil || string(read(t, folder, b)) != "hello" {
			t.Fatal(err)
		}
	}
	left, _ := os.ReadDir(folder)
	if len(left) != 1 {
		t.Errorf("%d files for one blob", len(left))
	}
	// A crash of the machine may have left a name without its bytes.
	if err := os.Truncate(filepath.Join(folder, left[0].Name()), 2); err != nil {
		t.Fatal(err)
	}
	b, err := blobs.Keep("body", "text/plain", []byte("hello"))
	if err != nil || string(read(t, folder, b)) != "hello" {
		t.Errorf("%v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	blobs, folder := open(t)
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			touch := r.Touch("http", "true")
			touch.Capture("body", "text/plain", fmt.Appendf(nil, "body %d", i%4), true)
			r.Learn(redact.Secret{Name: "TOKEN", Value: fmt.Sprintf("opaque-token-%d", i%4)})
			touch.End(i, nil)
		})
	}
	all.Wait()
	steps, err := r.Steps()
	left, _ := os.ReadDir(folder)
	if err != nil || len(steps) != 40 || len(left) != 4 {
		t.Errorf("%d steps, %d blobs, %v", len(steps), len(left), err)
	}
}

func TestHalvesOfAKilledAuditAreRemoved(t *testing.T) {
	_, folder := open(t)
	for _, name := range []string{".part-123", ".part-"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenBlobs(folder); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBlobs(filepath.Join(file, "blobs")); err == nil || !strings.Contains(err.Error(), "choose a reports folder") {
		t.Errorf("a folder in a file: %v", err)
	}
	blobs, folder := open(t)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	touch := r.Touch("command", "true")
	touch.Capture("stdout", "text/plain", []byte("hello"), true)
	touch.End(0, nil)
	if steps, err := r.Steps(); err == nil || len(steps) != 1 || len(steps[0].Raw) != 0 {
		t.Errorf("a folder that went away: %+v, %v", steps, err)
	}
}

// Whatever goes through a record is free of secrets: replay lines, bytes, errors.
func TestARecordHidesSecrets(t *testing.T) {
	const secret, canary, token = "s3cret-0123456789-abcdef", "c4nary-0123456789-abcdef", "opaque-token-0123456789"
	blobs, folder := open(t)
	r := NewRecorder(blobs, redact.New([]redact.Secret{{Name: "KEY", Value: secret}}), time.Now)
	r.Plant(redact.Secret{Name: "CANARY", Value: canary})
	r.Learn(redact.Secret{Name: "TOKEN", Value: token})
	all := secret + " " + canary + " " + token + " " + base64.StdEncoding.EncodeToString([]byte("x"+secret+canary))
	touch := r.Touch("http", "curl "+all)
	touch.Capture("body", "text/plain", []byte(all), true)
	touch.CaptureCut("cut", "text/plain", []byte(all+" "+secret[:12]), 7, true)
	touch.End(500, errors.New("failed: "+all))
	steps, err := r.Steps()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", steps) + string(read(t, folder, steps[0].Raw[0])) + string(read(t, folder, steps[0].Raw[1]))
	for _, value := range []string{secret, canary, token, secret[:12], base64.StdEncoding.EncodeToString([]byte(secret))[4:20]} {
		if strings.Contains(text, value) {
			t.Errorf("%q is in the record:\n%s", value, text)
		}
	}
	if !strings.HasSuffix(string(read(t, folder, steps[0].Raw[1])), "… cut here, 7 bytes followed …\n") {
		t.Error("the cut is not marked")
	}
	for _, b := range steps[0].Raw {
		if b.Redacted["KEY"] == 0 || b.Redacted["CANARY"] == 0 || b.Redacted["TOKEN"] == 0 {
			t.Errorf("what was cut out is not counted: %+v", b)
		}
	}
	if found := r.FindSecrets([]byte(all)); found["KEY"] == 0 || found["CANARY"] == 0 || found["TOKEN"] != 0 {
		t.Errorf("found %v", found)
	}
	if fresh := r.Fresh(); strings.Contains(fresh.Redact(all), token) || fresh.FindSecrets([]byte(canary)) != nil {
		t.Error("a fresh record knows the audit's tokens, and no canary of another")
	}
}

// A token that has the look of one needs no learning: the redactor knows it.
func TestLearnTakesOnlyWhatIsNew(t *testing.T) {
	blobs, _ := open(t)
	r := NewRecorder(blobs, redact.New([]redact.Secret{{Name: "KEY", Value: "s3cret-0123456789"}}), time.Now)
	jwt := "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU"
	for range 3 {
		for _, value := range []string{jwt, "s3cret-0123456789", "opaque-0123456789"} {
			r.Learn(redact.Secret{Name: "TOKEN", Value: value})
		}
	}
	if n := len(r.learned.secrets); n != 1 {
		t.Errorf("%d were learnt, want 1", n)
	}
}

// What is published is kept whole or refused: half a picture is no picture.
func TestPublishKeepsTheWhole(t *testing.T) {
	folder := t.TempDir()
	blobs, err := OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	touch := r.Touch("test", "")
	touch.Publish("picture", "image/png", make([]byte, BlobCap+1), false)
	touch.End(0, nil)
	steps, err := r.Steps()
	if err != nil || len(steps) != 1 || len(steps[0].Raw) != 1 || steps[0].Raw[0].Size != BlobCap+1 || steps[0].Raw[0].TrueSize != 0 {
		t.Errorf("%+v, %v", steps, err)
	}
	r.Touch("test", "").Publish("picture", "image/png", make([]byte, PublishCap+1), false)
	if _, err := r.Steps(); err == nil {
		t.Error("a file larger than is published was taken")
	}
}

// A control's picture is published by nobody: it is capped as any answer.
func TestAControlPublishesNothing(t *testing.T) {
	blobs, _ := open(t)
	blobs.CapAt(100)
	r := NewRecorder(blobs, redact.New(nil), time.Now)
	r.FoldBeyond(1, true)
	touch := r.Touch("load", "listo load")
	touch.Publish("load.svg", "image/svg+xml", make([]byte, 200), false)
	touch.End(0, nil)
	steps, err := r.Steps()
	if err != nil || len(steps) != 1 || len(steps[0].Raw) != 1 || !steps[0].Raw[0].Left() || steps[0].Raw[0].TrueSize != 200 {
		t.Errorf("%+v, %v", steps, err)
	}
}
