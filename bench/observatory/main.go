// Command observatory asks an independent judge, the MDN HTTP Observatory, about the
// patient and about the bare Express service, both over loopback, and holds what it
// says against the gate "security". It prints a Markdown page:
//
//	scripts/observatory.sh > bench/observatory/RESULTS.md
//
// The script brings the Observatory and builds the services. The judge's scores are
// information; nothing of listo's own verdict rests on them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// folder is where the script has put the Observatory.
const folder = "build/observatory"

// best is the grade that the patient must have.
const best = "A+"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/observatory:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	scratch, err := os.MkdirTemp("", "listo-bench-observatory-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	ground, err := lay(ctx, scratch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ground.stop()) }()

	patient, err := ground.patient(ctx)
	if err != nil {
		return err
	}
	ofPatient, err := scan(ctx, patient)
	if err != nil {
		return err
	}
	bare, err := ground.bare(ctx)
	if err != nil {
		return err
	}
	ofBare, err := scan(ctx, bare)
	if err != nil {
		return err
	}
	found, err := ground.gate(ctx, bare, scratch)
	if err != nil {
		return err
	}
	rows := compare(ofBare, found)
	if err := print(os.Stdout, time.Now(), ofPatient, ofBare, rows); err != nil {
		return err
	}
	return errors.Join(ofPatient.mustBeBest(), mustBeFound(rows))
}

// site is a service as the Observatory reaches it, on localhost.
type site struct {
	plain   int // port of http; where nothing listens when the service speaks TLS only
	secured int // port of https
	ca      string
}

// scanned is what the Observatory says of a site.
type scanned struct {
	Version string `json:"version"`
	Node    string `json:"node"`
	Secured bool   `json:"secured"`
	Plain   bool   `json:"plain"`
	Score   int    `json:"score"`
	Grade   string `json:"grade"`
	Tests   []test `json:"tests"`
}

type test struct {
	Test        string `json:"test"`
	Result      string `json:"result"`
	Pass        bool   `json:"pass"`
	Modifier    int    `json:"modifier"`
	Description string `json:"description"`
}

// wanted is how many tests the Observatory has: fewer were not all asked.
const wanted = 10

func scan(ctx context.Context, s site) (scanned, error) {
	cmd := exec.CommandContext(ctx, "node", "scan.mjs", strconv.Itoa(s.plain), strconv.Itoa(s.secured))
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.ca)
	out, err := cmd.Output()
	if err != nil {
		return scanned{}, fmt.Errorf("scan.mjs: %w: run scripts/observatory.sh, which installs it", err)
	}
	var found scanned
	if err := json.Unmarshal(out, &found); err != nil {
		return found, fmt.Errorf("scan.mjs: %w", err)
	}
	if len(found.Tests) != wanted || !found.Secured {
		return found, fmt.Errorf("scan.mjs: %d tests, over TLS: %t; want %d over TLS", len(found.Tests), found.Secured, wanted)
	}
	return found, nil
}

// mustBeBest wants the best grade, and every test passed.
func (s scanned) mustBeBest() error {
	for _, t := range s.Tests {
		if !t.Pass || t.Modifier < 0 {
			return fmt.Errorf("the patient: %s is %s (%+d): %s", t.Test, t.Result, t.Modifier, t.Description)
		}
	}
	if s.Grade != best {
		return fmt.Errorf("the patient: grade %s, want %s", s.Grade, best)
	}
	return nil
}

// at gives an absolute path: the services run in folders of their own.
func at(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return absolute
}
