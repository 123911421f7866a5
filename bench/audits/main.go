// Command audits runs the whole audit of the demo service again and again and
// tells whether verdict and findings are the same each time, and how long each
// took. It prints a Markdown page:
//
//	go run ./bench/audits > bench/audits/RESULTS.md
//
// It wants what `make demo` has left behind: build/demo/listo and the variables
// in build/demo/gastos.env.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// patience bounds one audit.
const patience = 15 * time.Minute

func main() {
	rounds := flag.Int("rounds", 10, "how many audits")
	config := flag.String("config", "examples/gastos/listo.yaml", "whom to audit")
	flag.Parse()
	if err := run(*rounds, *config); err != nil {
		fmt.Fprintln(os.Stderr, "bench/audits:", err)
		os.Exit(1)
	}
}

func run(rounds int, config string) error {
	folder, err := os.MkdirTemp("", "listo-bench-audits-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var all []result
	for n := range rounds {
		r, err := audit(config, folder)
		if err != nil {
			return fmt.Errorf("audit %d: %w", n+1, err)
		}
		fmt.Fprintf(os.Stderr, "%d: %s, exit %d, %.0f s\n", n+1, r.verdict.Word, r.exit, r.took.Seconds())
		all = append(all, r)
	}
	return page(os.Stdout, config, all)
}

// result is what one audit came to.
type result struct {
	exit    int
	took    time.Duration
	verdict evidence.Verdict
	ledger  evidence.Ledger
}

func audit(config, folder string) (result, error) {
	here, err := os.Getwd()
	if err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "build/demo/listo", "audit", "--config", config,
		"--reports", filepath.Join(folder, "reports"), "--key", filepath.Join(folder, "seal.key"))
	env := filepath.Join(here, "build/demo/gastos.env")
	// As scripts/demo.sh does: the machine's own Node may be too old for the frontend.
	path := filepath.Join(here, "build/node/node_modules/.bin") + string(os.PathListSeparator) + os.Getenv("PATH")
	cmd.Env = append(os.Environ(), "GASTOS_ENV_FILE="+env, "GASTOS_EXPRESS_ENV_FILE="+env, "PATH="+path)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	r := result{took: time.Since(began), exit: cmd.ProcessState.ExitCode()}
	var exited *exec.ExitError
	if err != nil && (!errors.As(err, &exited) || r.exit > evidence.ExitWaiting) {
		return r, fmt.Errorf("%w: %s", err, out)
	}
	src, err := os.ReadFile(filepath.Join(folder, "reports/evidence/ledger.jsonl"))
	if err != nil {
		return r, err
	}
	if r.ledger, err = evidence.ReadLedger(src); err != nil {
		return r, err
	}
	r.verdict = evidence.Decide(gates.All(), r.ledger)
	return r, nil
}
