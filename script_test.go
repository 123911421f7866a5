package listo_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"listo/internal/cli"
	"listo/internal/engine/loopback"
)

// TestMain lets this test binary play the programs of the stories: listo itself,
// countd (see script_countd_test.go), answering (script_load_test.go), interrupting, and claiming (survival_test.go).
func TestMain(m *testing.M) {
	preferSupportedNode()
	testscript.Main(clearing{m}, map[string]func(){
		"listo":        func() { os.Exit(cli.Main(os.Args[1:], rand.Reader)) },
		"countd":       func() { os.Exit(countd(os.Args[1:])) },
		"answering":    func() { os.Exit(answering(os.Args[1])) },
		"claiming":     func() { os.Exit(claiming()) },
		"interrupting": func() { os.Exit(interrupting(os.Args[1], os.Args[2:])) },
	})
}

// TestStories tells the product as stories, one in each file of
// testdata/script. Beside testscript's own commands they have those of
// storyCommands, and the patient, gastos.
func TestStories(t *testing.T) {
	t.Parallel()
	patient := filepath.Dir(quickPatient(t))
	repository, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                storyCommands(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", e.Getenv("PATH")+string(filepath.ListSeparator)+patient)
			e.Setenv("REPOSITORY", repository)
			e.Setenv("PAGE", "reports/dev_audit")               // where the pages lie
			e.Setenv("HOME", filepath.Join(e.WorkDir, ".home")) // the seal's key
			e.Setenv("XDG_CACHE_HOME", cache)                   // the template of a fresh PostgreSQL
			// A server started by root runs as somebody else, who may not enter $WORK.
			e.Setenv("TMPDIR", os.TempDir())
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				e.Setenv("GIT_"+who+"_NAME", "story")
				e.Setenv("GIT_"+who+"_EMAIL", "story@example.invalid")
			}
			return nil
		},
	})
}

// storyCommands are what the stories can do beyond testscript's own commands.
func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":     plain(2, "exits CODE PROGRAM ARGUMENTS...", exits),
		"capture":   plain(3, "capture NAME PATTERN FILE", capture),
		"secret":    plain(1, "secret NAME", newSecret),
		"freeport":  plain(1, "freeport NAME", freePort),
		"await":     plain(1, "await URL", await),
		"postgres":  plain(3, "postgres DATABASE OWNER ROLE", postgres),
		"inventory": plain(1, "inventory FILE", inventory),
		"stranger":  plain(1, "stranger URL", stranger),
	}
}

// plain is a command that cannot be negated and wants at least n arguments.
func plain(n int, usage string, do func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < n {
			ts.Fatalf("usage: %s", usage)
		}
		do(ts, args)
	}
}

// exits runs a program that must end with exactly this exit code.
func exits(ts *testscript.TestScript, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || code != want {
		ts.Fatalf("it ended with %d, not with %s", code, args[0])
	}
}

// capture sets a variable to what the pattern's first group matches in a file.
func capture(ts *testscript.TestScript, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile(args[2]))
	if len(found) < 2 {
		ts.Fatalf("nothing in %s is like %s", args[2], args[1])
	}
	ts.Setenv(args[0], found[1])
}

// newSecret sets a variable to a value that nobody has seen before.
func newSecret(ts *testscript.TestScript, args []string) { ts.Setenv(args[0], rand.Text()+rand.Text()) }

// freePort sets a variable to the number of a port that nobody uses now.
func freePort(ts *testscript.TestScript, args []string) {
	number, err := loopback.FreePort()
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(number))
}

// await asks a URL until it answers 200.
func await(ts *testscript.TestScript, args []string) {
	client := &http.Client{Timeout: time.Second}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		answer, err := client.Get(args[0])
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("%s did not answer 200 within a minute", args[0])
}

// interrupting runs a program, and interrupts it, as Ctrl-C does, when a line of
// its standard error holds the text. It gives the program's exit code.
func interrupting(text string, line []string) int {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdout = os.Stdout
	talk, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		os.Stderr.WriteString("interrupting: " + err.Error() + "\n")
		return 127
	}
	watch(talk, func(said string) {
		os.Stderr.WriteString(said + "\n")
		if text != "" && strings.Contains(said, text) {
			text = ""
			_ = cmd.Process.Signal(os.Interrupt) // it may be gone by now
		}
	})
	_ = cmd.Wait() // its exit code says it
	return cmd.ProcessState.ExitCode()
}
