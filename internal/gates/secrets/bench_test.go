package secrets

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// strongSecret is a secret made for these tests; it opens nothing. It is computed
// so that no scanner of the source takes it for a real one.
var strongSecret = func() string {
	sum := sha512.Sum512([]byte("a secret for the tests of listo"))
	return "k+" + base64.RawURLEncoding.EncodeToString(sum[:])[:60] + "="
}()

// newBench gives a bench for a managed service that was handed env, and that
// requires what s says.
func newBench(t *testing.T, s *Settings, env map[string]string) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var known []redact.Secret
	for _, name := range s.SecretNames() {
		known = append(known, redact.Secret{Name: name, Value: env[name]})
	}
	return &lab.Bench{
		Config:   &config.Config{Folder: t.TempDir(), Service: config.Service{Mode: config.Managed}, Sections: map[string]any{"secrets": s}},
		Gate:     "secrets",
		Limits:   evidence.Limits{},
		Target:   lab.Target{Environment: env},
		Recorder: lab.NewRecorder(blobs, redact.New(known), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Bundle:   t.TempDir(),
		Scratch:  t.TempDir(),
		Rand:     rand.NewChaCha8([32]byte{7}),
		Progress: func(int, int) {},
	}
}

func usual() map[string]string {
	return map[string]string{"JWT_SECRET": strongSecret, "CONNECTION_POOL_SIZE": "10"}
}

func defaultLimits(c evidence.Check) evidence.Limits {
	limits := evidence.Limits{}
	for _, l := range c.Limits {
		limits[l.Name] = l.Default
	}
	return limits
}

// tried runs a check the way an audit does and judges it.
func tried(t *testing.T, id string, b *lab.Bench) (json.RawMessage, evidence.Finding) {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	raw, err := check.Run(context.Background(), b)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := check.Judge(raw, defaultLimits(check))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return raw, f
}

// wants fails the test unless the check comes to this reason and outcome.
func wants(t *testing.T, id string, b *lab.Bench, outcome evidence.Outcome, reason string) json.RawMessage {
	t.Helper()
	raw, f := tried(t, id, b)
	if f.Outcome != outcome || f.Reason != reason {
		t.Fatalf("%s: got %v %q, want %v %q: %s", id, f.Outcome, f.Reason, outcome, reason, raw)
	}
	return raw
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// git runs git in a folder as nobody in particular.
func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = folder
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@localhost", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@localhost")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return string(bytes.TrimSpace(out))
}
