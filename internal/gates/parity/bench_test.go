package parity

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// newBench gives a bench in a folder with these files.
func newBench(t *testing.T, s Settings, files map[string]string) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config: &config.Config{Folder: folder, Sections: map[string]any{"parity": &s}}, Gate: "parity",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now), Scratch: t.TempDir(),
		Rand: rand.NewChaCha8([32]byte{7}), Progress: func(int, int) {},
	}
}

// tried runs a check the way an audit does and judges it.
func tried(t *testing.T, id string, b *lab.Bench) (json.RawMessage, evidence.Finding) {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	if b.Limits == nil {
		b.Limits = evidence.Limits{}
		for _, l := range check.Limits {
			b.Limits[l.Name] = l.Default
		}
	}
	raw, err := check.Run(context.Background(), b)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := check.Judge(raw, b.Limits)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return raw, f
}

// wants fails the test unless the check comes to this reason and outcome.
func wants(t *testing.T, name, id string, b *lab.Bench, outcome evidence.Outcome, reason string) {
	t.Helper()
	if raw, f := tried(t, id, b); f.Outcome != outcome || f.Reason != reason {
		t.Errorf("%s: %s is %v %q, want %v %q: %s", name, id, f.Outcome, f.Reason, outcome, reason, raw)
	}
}

// at gives a bench that points at a server of the test.
func at(t *testing.T, b *lab.Bench, server *nethttp.Server) *lab.Bench {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return b.At(lab.Target{Base: "http://" + l.Addr().String()})
}

// Every control is caught by its check.
func TestControlsAreCaught(t *testing.T) {
	for _, control := range Gate().Controls {
		t.Run(control.Class, func(t *testing.T) {
			b := newBench(t, Settings{}, nil)
			check, _ := evidence.Find([]evidence.Gate{Gate()}, control.Check)
			b.Limits = evidence.Limits{}
			for _, l := range check.Limits {
				b.Limits[l.Name] = l.Default
			}
			twin, away, err := control.Twin(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			if raw, f := tried(t, control.Check, twin.(*lab.Bench)); !control.Caught(f) {
				t.Errorf("it is %v %q: %s", f.Outcome, f.Reason, raw)
			}
		})
	}
}
