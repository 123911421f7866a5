package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"listo/internal/engine/load"
)

// mostOfAResult is the largest file of a result that is read, in bytes: an hour
// of twenty endpoints is a tenth of it.
const mostOfAResult = 256 << 20

func (a *App) loadMerge() *cobra.Command {
	var f loadShow
	cmd := &cobra.Command{
		Use:   "merge RESULT RESULT...",
		Short: "Add up the results of runs side by side, and hold the sum against their budget",
		Long: `Read what listo load wrote with --out on several machines that loaded one target at the
same time, and add it up: every count and percentile is exactly that of one run from
all of them. The sum is decided anew; it is unproven if one of the generators was
saturated.

Exit codes: as those of listo load; 64 results that do not add up.`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.runLoadMerge(args, f) },
	}
	f.flags(cmd.Flags())
	return cmd
}

func (a *App) runLoadMerge(files []string, f loadShow) error {
	show, err := a.showing(f)
	if err != nil {
		return coded(exitUsage, err)
	}
	d, err := addedUp(files)
	if err != nil {
		return coded(exitUsage, fmt.Errorf("load merge: %w", err))
	}
	if err := show.all(d); err != nil {
		return err
	}
	return d.exit()
}

// addedUp reads the files and merges what is in them.
func addedUp(files []string) (document, error) {
	var sum document
	var parts []*load.Result
	for i, file := range files {
		d, err := readDocument(file)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", file, err)
		}
		switch {
		case i == 0:
			sum = d
		case d.Target != sum.Target:
			return sum, fmt.Errorf("%s: its target is %q and that of %s is %q: merge runs against one target", file, d.Target, files[0], sum.Target)
		case d.Verdict.Promise != sum.Verdict.Promise:
			return sum, fmt.Errorf("%s: it was held against another promise than %s: measure all parts with the same --budget and --errors", file, files[0])
		case d.Began.Before(sum.Began):
			sum.Began = d.Began
		}
		parts = append(parts, d.Result)
	}
	result, err := load.Merge(parts...)
	if err != nil {
		return sum, err
	}
	sum.Result, sum.Verdict = result, sum.Verdict.Promise.Decide(result)
	return sum, nil
}

// readDocument reads what listo load wrote.
func readDocument(file string) (d document, err error) {
	f, err := os.Open(file)
	if err != nil {
		return d, err
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, mostOfAResult+1))
	switch {
	case err != nil:
		return d, err
	case len(text) > mostOfAResult:
		return d, fmt.Errorf("it is larger than %d MiB: it is no result of listo load", mostOfAResult>>20)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("it is no result of listo load: %w: write one with listo load --out", err)
	}
	if d.Version != documentVersion || d.Result == nil {
		return d, errors.New("it is no result that this listo reads: write it with listo load --out")
	}
	return d, nil
}
