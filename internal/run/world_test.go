package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 60 * time.Second

// roleVariable makes the test binary another program: see TestMain.
const roleVariable = "RUN_TEST_ROLE"

func TestMain(m *testing.M) {
	roles := map[string]func() error{
		"serve":     serve,
		"full disk": onAFullDisk,
	}
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve is a service that answers 200 to everything.
func serve() error {
	return http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

// seen is what the tests' checks observe.
type seen struct {
	Asked int    `json:"asked"`
	Bad   int    `json:"bad"`
	Said  string `json:"said,omitempty"`
}

func judge(o seen, _ evidence.Limits) evidence.Finding {
	switch {
	case o.Asked == 0:
		return evidence.Undecided("nothing", nil)
	case o.Bad > 0:
		return evidence.Failed("bad", nil)
	}
	return evidence.Passed("fine", nil)
}

func judgePregate(o seen, limits evidence.Limits) evidence.Finding {
	if o.Asked == 0 {
		return evidence.AwaitsPerson("nothing", nil)
	}
	return judge(o, limits)
}

type look func(context.Context, *lab.Bench) (seen, error)

func green(context.Context, *lab.Bench) (seen, error)   { return seen{Asked: 1}, nil }
func red(context.Context, *lab.Bench) (seen, error)     { return seen{Asked: 1, Bad: 1}, nil }
func unclear(context.Context, *lab.Bench) (seen, error) { return seen{}, nil }
func errored(context.Context, *lab.Bench) (seen, error) {
	return seen{}, errors.New("the instrument broke")
}

// world is the patient, the rooms and the machine of one test.
type world struct {
	t       *testing.T
	bundle  string
	cfg     *config.Config
	gates   []evidence.Gate
	commit  string
	secrets []redact.Secret
	timeout time.Duration

	mu      sync.Mutex
	journal []string
	looks   map[string]look // by check, or "twin of <class>"; green, and red, without one
}

// twinBase tells a check that it looks at a sick twin.
const twinBase = "http://twin.invalid"

// newWorld has no patient to start: its checks need none.
func newWorld(t *testing.T) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "run")
	if err == nil {
		err = os.Chmod(dir, 0o755) // PostgreSQL's user enters it
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	w := emptyWorld(t)
	w.bundle = filepath.Join(t.TempDir(), "reports")
	return w
}

func emptyWorld(t *testing.T) *world {
	return &world{t: t, commit: "c0ffee", looks: map[string]look{},
		cfg: &config.Config{Name: "patient", Folder: "/", Source: []byte("name: patient\n"), Service: config.Service{Mode: config.Managed}}}
}

// gate adds a room; of each check's class there is one control.
func (w *world) gate(id string, checks ...evidence.Declaration) {
	g := evidence.Gate{ID: id}
	for _, d := range checks {
		d.Class, d.Reasons = d.ID+".class", []string{"nothing", "bad", "fine"}
		how := judge
		if d.Pregate {
			how = judgePregate
		}
		g.Checks = append(g.Checks, evidence.Define(d, w.looking(d.ID, d.Class), how))
		g.Controls = append(g.Controls, evidence.Against(d.Class, d.ID, []string{"bad", "nothing"}, w.twin))
	}
	w.gates = append(w.gates, g)
}

func (w *world) looking(id, class string) look {
	return func(ctx context.Context, b *lab.Bench) (seen, error) {
		what, how := id, green
		if b.Target.Base == twinBase {
			what, how = "twin of "+class, red
		}
		w.mu.Lock()
		w.journal = append(w.journal, what)
		if given, ok := w.looks[what]; ok {
			how = given
		}
		w.mu.Unlock()
		return how(ctx, b)
	}
}

func (w *world) twin(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return b.At(lab.Target{Base: twinBase}), func() {}, nil
}

func (w *world) options() Options {
	return Options{Config: w.cfg, Gates: w.gates, Bundle: w.bundle, Owned: true, Now: time.Now,
		Rand: rand.NewChaCha8([32]byte{}), Secrets: w.secrets, CheckTimeout: w.timeout}
}

func (w *world) plan() evidence.Plan {
	return w.cfg.Plan(w.gates, config.About{Run: "test", Made: time.Now().UTC(), Commit: w.commit, Source: evidence.DigestOf([]byte(w.commit))})
}

func (w *world) begin() *Session {
	w.t.Helper()
	s, err := Begin(w.options(), w.plan())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) resume() *Session {
	w.t.Helper()
	s, err := Resume(w.options(), w.plan().Subject)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// audit runs a session to its end or its stop and checks what holds always: it
// ends in time, its ledger is whole on the disk, and nothing is left behind.
func (w *world) audit(ctx context.Context, s *Session, stop <-chan struct{}) error {
	w.t.Helper()
	w.journal = nil
	ended := make(chan error, 1)
	go func() { ended <- s.Audit(ctx, stop) }()
	var err error
	select {
	case err = <-ended:
	case <-time.After(patience):
		w.t.Fatal("the audit hangs")
	}
	w.settled(s)
	return err
}

// settled checks that the ledger on the disk is the one in memory, and closes it.
func (w *world) settled(s *Session) {
	w.t.Helper()
	onDisk := w.read()
	if onDisk.Torn != 0 || onDisk.Head != s.Ledger().Head || len(onDisk.Entries) != len(s.Ledger().Entries) {
		w.t.Errorf("on the disk there are %d lines and %d torn bytes, in memory %d lines", len(onDisk.Entries), onDisk.Torn, len(s.Ledger().Entries))
	}
	if err := s.Close(); err != nil {
		w.t.Error(err)
	}
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "listo-") || strings.HasPrefix(e.Name(), "lpg") {
			w.t.Errorf("the audit left %s", e.Name())
		}
	}
}

func (w *world) ledgerFile() string { return filepath.Join(w.bundle, EvidenceFolder, LedgerFile) }

func (w *world) read() evidence.Ledger {
	w.t.Helper()
	src, err := os.ReadFile(w.ledgerFile())
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := evidence.ReadLedger(src)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// wantJournal compares what was looked at, in order.
func (w *world) wantJournal(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.journal, want) {
		w.t.Errorf("looked at\n  %s\nwant\n  %s", strings.Join(w.journal, ", "), strings.Join(want, ", "))
	}
}

// verdict of one check, as it follows from the ledger on the disk.
func (w *world) verdict(id string) evidence.CheckVerdict {
	w.t.Helper()
	for _, g := range evidence.Decide(w.gates, w.read()).Gates {
		for _, c := range g.Checks {
			if c.Check == id {
				return c
			}
		}
	}
	w.t.Fatalf("%s is not in the plan", id)
	return evidence.CheckVerdict{}
}

func (w *world) want(id string, outcome evidence.Outcome, cause evidence.Cause) {
	w.t.Helper()
	if v := w.verdict(id); v.Outcome != outcome || v.Cause != cause {
		w.t.Errorf("%s is %v (%s: %s %s), want %v (%s)", id, v.Outcome, v.Cause, v.Finding.Reason, v.Detail, outcome, cause)
	}
}

// wantDetail wants a text in the error of the last attempt.
func (w *world) wantDetail(id, text string) {
	w.t.Helper()
	attempts := w.read().Attempts(id)
	if len(attempts) == 0 || !strings.Contains(attempts[len(attempts)-1].Err, text) {
		w.t.Errorf("%s: the attempts are %+v, want %q", id, attempts, text)
	}
}

func (w *world) closed() bool { _, closed := w.read().Closed(); return closed }
