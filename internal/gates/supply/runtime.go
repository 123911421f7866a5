package supply

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/runtimes"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
	"listo/internal/lab/process"
)

// runtime asks whether the Node and the Go that build and run the service are
// supported today, and are the ones that the source declares.
func runtime() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: runtimeID, Class: runtimeID, Needs: needs(evidence.NeedService),
		Limits: []evidence.Limit{{Name: "schedule_age", Default: 400, Unit: "days", Direction: evidence.AtMost}},
		Reasons: []string{"supported", "ended", "undeclared_runtime", "conflict", "floating", "drifted", "other_program", "unknown",
			"schedule_old", "unseen", "unreadable", "nothing"},
	}, runRuntime, judgeRuntime)
}

// Runtime is which runtimes the service declares and really has.
type Runtime struct {
	Today time.Time     `json:"today"`
	Node  Schedule      `json:"node"`
	Go    Schedule      `json:"go"`
	Parts []RuntimePart `json:"parts,omitempty"`
}

// Schedule is where the dates of releases come from.
type Schedule struct {
	Source  string    `json:"source"`
	Taken   time.Time `json:"taken"`
	AgeDays int       `json:"age_days"` // on the day of the audit
}

// RuntimePart is one part with all that says which runtime it has.
type RuntimePart struct {
	Part     string        `json:"part"`
	Kind     string        `json:"kind,omitempty"`
	Error    string        `json:"error,omitempty"`
	Declared []Declaration `json:"declared,omitempty"`
	Runs     []Running     `json:"runs,omitempty"`
	Serves   bool          `json:"serves"`
	// Programs are what the service's processes run, by file name.
	Programs []string `json:"programs,omitempty"`
	// Modules are those linked into the running Go program; Drift are those that
	// the lock does not have so.
	Modules int      `json:"modules"`
	Drift   []string `json:"drift,omitempty"`
}

// Declaration is one place in the source that says which runtime is wanted.
type Declaration struct {
	Where   string `json:"where"` // package.json engines.node, .nvmrc, …
	Text    string `json:"text"`
	Floats  bool   `json:"floats"` // it means another release every few months
	Error   string `json:"error,omitempty"`
	Admits  bool   `json:"admits"`            // every runtime that was found
	Refused string `json:"refused,omitempty"` // the first that it does not admit
	// Fit are the admitted lines that are supported today, Unfit the others.
	Fit   []string `json:"fit,omitempty"`
	Unfit []string `json:"unfit,omitempty"`
}

// Running is a runtime that was found, with its state on the day of the audit.
type Running struct {
	Where   string    `json:"where"` // build or process
	Version string    `json:"version"`
	Line    string    `json:"line,omitempty"`
	State   string    `json:"state"` // as in engine/runtimes; "" when it is no release
	Fit     bool      `json:"fit"`
	End     time.Time `json:"end,omitzero"` // the first day without support; zero when it is not fixed
}

const (
	whereBuild   = "build"
	whereProcess = "process"
)

func runRuntime(ctx context.Context, b *lab.Bench) (Runtime, error) {
	node, err := runtimes.NewNode()
	if err != nil {
		return Runtime{}, err
	}
	golang, err := runtimes.NewGo()
	if err != nil {
		return Runtime{}, err
	}
	now := b.Now().UTC()
	o := Runtime{Today: now.Truncate(24 * time.Hour), Node: schedule(node.Table, now), Go: schedule(golang.Table, now)}
	for _, p := range parts(b) {
		r := RuntimePart{Part: p.Name, Kind: p.kind, Serves: p.Serves}
		switch p.kind {
		case kindNPM:
			err = r.node(ctx, b, p, node, now)
		case kindGo:
			err = r.golang(ctx, b, p, golang, now)
		}
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, r)
	}
	return o, nil
}

func schedule(t runtimes.Table, now time.Time) Schedule {
	return Schedule{Source: t.Source, Taken: t.Taken, AgeDays: int(t.Age(now).Hours() / 24)}
}

// node finds out what a Node part declares and has.
func (r *RuntimePart) node(ctx context.Context, b *lab.Bench, p part, table runtimes.Node, now time.Time) error {
	result, err := command.Run(ctx, b.Recorder, command.Command{Args: []string{"node", "--version"}, Dir: p.folder, Env: environment(p, nil)})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Error = "node: not found on PATH"
	default:
		r.runs(whereBuild, command.FirstLine(result.Stdout), table.At, now)
	}
	if p.Serves {
		found, err := r.programs(ctx, b)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Node != "" {
				r.runs(whereProcess, f.Node, table.At, now)
			}
		}
	}
	return r.declared(b, p, table, now)
}

// runs adds a runtime, each once.
func (r *RuntimePart) runs(where, version string, at func(string, time.Time) (runtimes.Line, error), now time.Time) {
	found := Running{Where: where, Version: readable(version)}
	if line, err := at(version, now); err == nil {
		found.Line, found.State, found.Fit, found.End = line.Name, string(line.State), line.State.FitForProduction(), line.End
	}
	if !slices.Contains(r.Runs, found) {
		r.Runs = append(r.Runs, found)
	}
}

// programs looks what the service's processes run. Where that cannot be seen the
// judge finds no process.
func (r *RuntimePart) programs(ctx context.Context, b *lab.Bench) ([]process.Program, error) {
	found, err := process.Below(ctx, b.Recorder, b.Target.PID)
	if err != nil {
		r.Error = readable(err.Error())
		return nil, ctx.Err()
	}
	for _, f := range found {
		r.Programs = append(r.Programs, readable(f.Name))
	}
	return found, nil
}

// golang finds out which Go builds a part and which built the running program.
func (r *RuntimePart) golang(ctx context.Context, b *lab.Bench, p part, table runtimes.Go, now time.Time) error {
	version, err := goWords(ctx, b, p, p.folder, "env", "GOVERSION")
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.Error = readable(err.Error())
		return nil
	}
	r.runs(whereBuild, strings.TrimSpace(string(version)), table.At, now)
	locked, err := goLock(b, p, p.folder)
	if err != nil {
		r.Error = readable(err.Error())
		return ctx.Err()
	}
	r.Declared = append(r.Declared, Declaration{Where: "go.mod", Text: "go " + locked.GoVersion, Admits: true})
	if !p.Serves {
		return nil
	}
	found, err := r.programs(ctx, b)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Go == nil || f.Go.Module != locked.Module {
			continue
		}
		r.runs(whereProcess, f.Go.GoVersion, table.At, now)
		r.Modules = len(f.Go.Packages) - 1 // without the standard library
		for _, d := range locked.Drift(f.Go) {
			r.Drift = append(r.Drift, readable(d.Path+": "+cmp.Or(d.Locked, "–")+" → "+d.Linked))
		}
	}
	return nil
}
