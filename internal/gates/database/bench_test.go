package database

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// bare gives a bench with nothing on it but what twins need.
func bare(t *testing.T) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config:   &config.Config{Folder: t.TempDir(), Sections: map[string]any{}},
		Gate:     "database",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(),
		Rand:     rand.Reader,
		Progress: func(int, int) {},
	}
}

// lived brings a twin up for the time of the test.
func lived(t *testing.T, twin *twin) *lab.Bench {
	t.Helper()
	b, away, err := twin.live(t.Context(), bare(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return b
}

// on runs and judges a check as an audit does, through JSON.
func on(t *testing.T, c evidence.Check, b *lab.Bench) evidence.Finding {
	t.Helper()
	raw, err := c.Run(t.Context(), b)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	f, err := c.Judge(raw, nil)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return f
}

// expect wants a reason of a check.
func expect(t *testing.T, c evidence.Check, b *lab.Bench, reason string) {
	t.Helper()
	if f := on(t, c, b); f.Reason != reason {
		t.Errorf("%s is %q, want %q: %v", c.ID, f.Reason, reason, f.Facts)
	}
}

func session(t *testing.T, b *lab.Bench) *sql.Session {
	t.Helper()
	s, err := sql.Open(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func execute(ctx context.Context, t *testing.T, s *sql.Session, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
