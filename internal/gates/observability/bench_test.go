package observability

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// databaseURL names the server that all tests of this package share.
const databaseURL = "LISTO_OBSERVABILITY_TEST_DATABASE_URL"

func TestMain(m *testing.M) {
	server, err := pgserver.Start(context.Background(), pgserver.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv(databaseURL, server.SuperuserURL("postgres"))
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// bench is one whose patient is the shared database and nothing else.
func bench(t *testing.T) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{Gate: "observability", Config: &config.Config{Name: "twin", Sections: map[string]any{"observability": twinSettings()}},
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now), Target: lab.Target{DatabaseURL: os.Getenv(databaseURL)},
		Scratch: t.TempDir(), Rand: rand.Reader, Progress: func(int, int) {}}
}

// sick gives a bench whose copies are twins with a disease, "" for none.
func sick(t *testing.T, disease, rules string) *lab.Bench {
	t.Helper()
	b, away, err := suffering(bench(t), disease, rules)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return b
}

func limitsOf(c evidence.Check) evidence.Limits {
	limits := evidence.Limits{}
	for _, l := range c.Limits {
		limits[l.Name] = l.Default
	}
	return limits
}

// try runs a check and judges it by the default limits, as an audit does.
func try(t *testing.T, b *lab.Bench, id string) evidence.Finding {
	t.Helper()
	check, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	own := *b
	own.Limits = limitsOf(check)
	raw, err := check.Run(t.Context(), &own)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := check.Judge(raw, limitsOf(check))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	if f.Outcome != evidence.Pass {
		t.Logf("%s: %s", id, raw)
	}
	return f
}

func want(t *testing.T, f evidence.Finding, o evidence.Outcome, reason string) {
	t.Helper()
	if f.Outcome != o || f.Reason != reason {
		t.Errorf("%v (%s) %v, want %v (%s)", f.Outcome, f.Reason, f.Facts, o, reason)
	}
}

func targetAt(base string, admin int) lab.Target { return lab.Target{Base: base, AdminPort: admin} }
