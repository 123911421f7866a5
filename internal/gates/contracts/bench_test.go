package contracts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	nethttp "net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

// adminURL names the server that all tests of this package share.
const adminURL = "LISTO_CONTRACTS_TEST_ADMIN_URL"

func TestMain(m *testing.M) {
	server, err := pgserver.Start(context.Background(), pgserver.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv(adminURL, server.SuperuserURL("postgres"))
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// bench gives a bench of an audit without a service.
func bench(t *testing.T) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config:   &config.Config{Folder: t.TempDir(), Sections: map[string]any{}},
		Gate:     "contracts",
		Limits:   evidence.Limits{},
		Target:   lab.Target{AdminURL: os.Getenv(adminURL)},
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(), Rand: rand.Reader, Progress: func(int, int) {},
	}
}

// at gives a bench that points at a service with this document.
func at(t *testing.T, service nethttp.Handler, document string) *lab.Bench {
	t.Helper()
	b, away, err := open(bench(t), service, document, shopSource)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away)
	return b
}

func checkOf(t *testing.T, id string) evidence.Check {
	t.Helper()
	c, ok := evidence.Find([]evidence.Gate{Gate()}, id)
	if !ok {
		t.Fatalf("there is no check %s", id)
	}
	return c
}

func limitsOf(c evidence.Check) evidence.Limits {
	all := evidence.Limits{}
	for _, l := range c.Limits {
		all[l.Name] = l.Default
	}
	return all
}

// try runs a check as an audit does, through JSON, and judges it.
func try(t *testing.T, b *lab.Bench, id string) evidence.Finding {
	t.Helper()
	c, own := checkOf(t, id), *b
	own.Limits = limitsOf(c)
	raw, err := c.Run(t.Context(), &own)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f, err := c.Judge(raw, own.Limits)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return f
}

func wants(t *testing.T, f evidence.Finding, outcome evidence.Outcome, reason string) {
	t.Helper()
	if f.Outcome != outcome || f.Reason != reason {
		t.Errorf("%v %q %+v, want %v %q", f.Outcome, f.Reason, f.Facts, outcome, reason)
	}
}

// judgement is an observation and what a judge must read in it.
type judgement struct {
	observed any
	outcome  evidence.Outcome
	reason   string
}

// tryJudge judges each row and demands that every declared reason is reached.
func tryJudge(t *testing.T, id string, table []judgement) {
	t.Helper()
	c, reached := checkOf(t, id), map[string]bool{}
	for _, row := range table {
		raw, err := json.Marshal(row.observed)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Judge(raw, limitsOf(c))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if f.Outcome != row.outcome || f.Reason != row.reason {
			t.Errorf("%s\nread as %v %q, want %v %q", raw, f.Outcome, f.Reason, row.outcome, row.reason)
		}
		reached[f.Reason] = true
		speaks(t, id, f)
		sparedAlike(t, c, row.observed, f)
	}
	if got, want := slices.Sorted(maps.Keys(reached)), slices.Sorted(slices.Values(c.Reasons)); !slices.Equal(got, want) {
		t.Errorf("reasons reached %v, declared %v", got, want)
	}
}

// speaks demands that all that a page says of a finding can be said.
func speaks(t *testing.T, check string, f evidence.Finding) {
	t.Helper()
	book, err := words.Read("words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range words.Languages() {
		for _, part := range []string{".got." + f.Reason, ".remedy.any", ".remedy." + f.Reason} {
			if !book.Has(check + part) {
				continue
			}
			if text, err := book.Say(lang, check+part, f.Facts); err != nil || strings.Contains(text, ": .") || strings.Contains(text, "``") {
				t.Errorf("%s%s: %q, %v", check, part, text, err)
			}
		}
	}
}
