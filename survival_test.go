package listo_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab/service"
)

const (
	kills = 20
	// Most ends come a few lines of the ledger after a start, so that they lie all
	// over an audit, which has about 60. Every earlyEvery-th comes while there is
	// no new line yet: an audit first prepares its ground.
	fewestLines, mostLines = 3, 8
	earlyEvery             = 4
	// mostLuck is how much later than its line an end may come, and how late an
	// early one.
	mostLuck  = 300 * time.Millisecond
	mostEarly = 1500 * time.Millisecond
)

// An audit is killed again and again, at moments that chance chooses. Each time
// its ledger holds up to the last whole line; each time it is taken up; at last
// it comes to its end, and nothing of the dead ones is left.
func TestAnAuditSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	k := newKilled(t)
	luck := rand.New(rand.NewPCG(2026, 11))
	var known []byte // the whole lines so far
	for i := range kills {
		for !k.auditAndKill(t, luck, i%earlyEvery == 0) {
			known = nil // chance let it come to its end: the next one is new
			if err := os.RemoveAll(k.bundle); err != nil {
				t.Fatal(err)
			}
		}
		ledger := k.ledger(t)
		whole := ledger[:bytes.LastIndexByte(ledger, '\n')+1]
		if !bytes.HasPrefix(whole, known) {
			t.Fatalf("kill %d: lines that were there are gone or changed", i)
		}
		known = whole
		k.verifies(t, i)
	}
	k.nextStartLeavesNothing(t)

	exit, talk := k.run(t, k.command(t.Context(), k.audit()...))
	if exit != evidence.ExitUnproven {
		t.Fatalf("the last resume: exit %d\n%s", exit, talk)
	}
	read, err := evidence.ReadLedger(k.ledger(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, closed := read.Closed(); !closed || read.Torn != 0 || !bytes.HasPrefix(k.ledger(t), known) {
		t.Errorf("closed %v, %d torn bytes", closed, read.Torn)
	}
	for check, outcome := range outcomes(read) {
		if outcome == evidence.Fail {
			t.Errorf("%s is red on the healthy patient: %s", check, explain(read, check))
		}
	}
	k.holds(t)
	// One that died between its last line and its seal is sealed by a resume.
	for _, name := range []string{"seal.dsse.json", "SHA256SUMS"} {
		if err := os.Remove(filepath.Join(k.bundle, "evidence", name)); err != nil {
			t.Fatal(err)
		}
	}
	if exit, talk := k.run(t, k.command(t.Context(), append(k.audit(), "--resume")...)); exit != evidence.ExitUnproven {
		t.Fatalf("resuming an unsealed audit: exit %d\n%s", exit, talk)
	}
	k.holds(t)
	wantNothingOf(t, k.temp)
	t.Logf("%d kills left %d lines of %d; after each the ledger held", kills, bytes.Count(known, []byte("\n")), len(read.Entries))
}

// killed is an audit's world in which nothing else runs: a listo of its own, a
// temporary folder of its own.
type killed struct {
	*workspace
	binary, temp, bundle string
}

func newKilled(t *testing.T) *killed {
	t.Helper()
	patient := quickPatient(t)
	k := &killed{workspace: newWorkspace(t, patient), binary: filepath.Join(t.TempDir(), "listo")}
	if out, err := exec.Command("go", "build", "-o", k.binary, "./cmd/listo").CombinedOutput(); err != nil {
		t.Fatalf("building listo: %v\n%s", err, out)
	}
	temp, err := os.MkdirTemp("", "srv")
	if err == nil {
		err = os.Chmod(temp, 0o755) // PostgreSQL's user enters it
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(temp); err != nil {
			t.Error(err)
		}
	})
	// Enough gates for 20 ends; the others would only make the test longer.
	k.only("this test is about the ledger", "secrets", "frontend", "pool")
	k.temp, k.bundle = temp, filepath.Join(k.folder, "reports/dev_audit")
	// Hashing passwords would be most of what there is to kill.
	k.prepared(preparedDatabase(t))
	k.provision(t)
	return k
}

// provision writes what an audit reads: listo.yaml, committed, and the variables.
func (k *killed) provision(t *testing.T) {
	t.Helper()
	k.writeConfig(t)
	k.git(t, "add", "-A")
	k.git(t, "commit", "-q", "-m", "as audited")
	var env strings.Builder
	for name, value := range k.env {
		fmt.Fprintf(&env, "%s=%s\n", name, value)
	}
	k.write(t, ".env", env.String())
}

// command is a listo that thinks the machine's temporary folder is k.temp.
func (k *killed) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, k.binary, args...)
	cmd.Dir, cmd.Env = k.folder, append(os.Environ(), "TMPDIR="+k.temp)
	return cmd
}

// audit gives the arguments of the next start: a new audit unless there is one to
// resume.
func (k *killed) audit() []string {
	args := []string{"audit", "--key", k.key}
	if _, planned := k.read().Plan(); planned && !k.closed() {
		args = append(args, "--resume")
	}
	return args
}

func (k *killed) read() evidence.Ledger {
	src, _ := os.ReadFile(k.ledgerFile()) // none yet
	read, _ := evidence.ReadLedger(src)   // listo verify tells of a broken one
	return read
}

func (k *killed) closed() bool { _, closed := k.read().Closed(); return closed }

func (k *killed) run(t *testing.T, cmd *exec.Cmd) (exit int, said string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (k *killed) ledgerFile() string { return filepath.Join(k.bundle, "evidence", "ledger.jsonl") }

func (k *killed) ledger(t *testing.T) []byte {
	t.Helper()
	src, err := os.ReadFile(k.ledgerFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return src
}

// auditAndKill starts an audit and kills it when chance says so; false when it
// had come to its end before.
func (k *killed) auditAndKill(t *testing.T, luck *rand.Rand, early bool) bool {
	t.Helper()
	lines := func() int { return bytes.Count(k.ledger(t), []byte("\n")) }
	enough, later := lines()+fewestLines+luck.IntN(mostLines-fewestLines+1), time.Duration(luck.Int64N(int64(mostLuck)))
	if early {
		enough, later = 0, time.Duration(luck.Int64N(int64(mostEarly)))
	}
	var talk bytes.Buffer
	cmd := k.command(t.Context(), k.audit()...)
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for lines() < enough {
		select {
		case <-ended:
			return k.ended(t, cmd, talk.String())
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-ended:
		return k.ended(t, cmd, talk.String())
	case <-time.After(later):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	return !k.closed()
}

// ended gives false for an audit that nobody killed, and makes sure that it ended
// as audits do.
func (k *killed) ended(t *testing.T, cmd *exec.Cmd, talk string) bool {
	t.Helper()
	if exit := cmd.ProcessState.ExitCode(); exit != evidence.ExitUnproven {
		t.Fatalf("the audit ended with %d before it was killed:\n%s", exit, talk)
	}
	return false
}

// verifies runs listo verify on what the i-th killed audit left.
func (k *killed) verifies(t *testing.T, i int) {
	t.Helper()
	if _, err := os.Stat(k.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return // it was killed before its first line
	}
	exit, out := k.run(t, k.command(t.Context(), "verify", k.bundle))
	if exit != 0 || !strings.Contains(out, "the audit has not ended") {
		t.Errorf("kill %d: listo verify: exit %d\n%s", i, exit, out)
	}
}

// holds wants a finished bundle that verifies.
func (k *killed) holds(t *testing.T) {
	t.Helper()
	if exit, out := k.run(t, k.command(t.Context(), "verify", k.bundle)); exit != 0 || !strings.Contains(out, "the bundle holds") {
		t.Errorf("listo verify: exit %d\n%s", exit, out)
	}
}

// nextStartLeavesNothing lets a process of its own do what every audit does first:
// what the killed ones left is gone then, and what is there is new.
func (k *killed) nextStartLeavesNothing(t *testing.T) {
	t.Helper()
	next := exec.CommandContext(t.Context(), os.Args[0])
	next.Args, next.Env = []string{"claiming"}, append(os.Environ(), "TMPDIR="+k.temp)
	next.Stderr = os.Stderr
	release, err := next.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := next.StdoutPipe()
	if err == nil {
		err = next.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for lines := bufio.NewScanner(out); len(own) < 2 && lines.Scan(); {
		own = append(own, lines.Text())
	}
	if len(own) < 2 {
		t.Fatalf("it said %q: %v", own, next.Wait())
	}
	wantNothingOf(t, k.temp, own...)
	if err := errors.Join(release.Close(), next.Wait()); err != nil {
		t.Error(err)
	}
	wantNothingOf(t, k.temp)
}

// claiming makes a claim and starts a server, says where both are, and gives them
// back when its input ends.
func claiming() int {
	claim, err := service.NewClaim()
	if err == nil {
		var server *pgserver.Server
		if server, err = pgserver.Start(context.Background(), pgserver.Options{}); err == nil {
			fmt.Println(claim.Folder)
			fmt.Println(server.SocketDir)
			_, err = io.Copy(io.Discard, os.Stdin)
			err = errors.Join(err, server.Stop())
		}
		err = errors.Join(err, claim.Release())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "claiming:", err)
		return 1
	}
	return 0
}

// wantNothingOf fails when a folder of listo's, a process with its mark or a
// PostgreSQL is left in a temporary folder, apart from the folders given.
func wantNothingOf(t *testing.T, temp string, but ...string) {
	t.Helper()
	spared := map[string]bool{}
	for _, folder := range but {
		spared[filepath.Base(folder)] = true
	}
	entries, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !spared[e.Name()] {
			t.Errorf("%s is left", e.Name())
		}
	}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		env, _ := os.ReadFile(filepath.Join(p, "environ")) // it may have ended
		at, _ := os.Readlink(filepath.Join(p, "cwd"))
		mark := bytes.Contains(env, []byte("LISTO_CLAIM="+temp+"/"))
		folder, inside := strings.CutPrefix(at, temp+"/")
		folder, _, _ = strings.Cut(folder, "/")
		if mark || (inside && !spared[folder]) {
			line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
			t.Errorf("%s is left: %s", filepath.Base(p), bytes.ReplaceAll(line, []byte{0}, []byte(" ")))
		}
	}
}
