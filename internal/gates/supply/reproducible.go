package supply

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/manifest"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/checkout"
	"listo/internal/lab/command"
)

// reproducible asks whether two builds of the same source give the same bytes,
// and whether the built files in the repository are those of its source.
func reproducible() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: reproducibleID, Class: reproducibleID, Needs: needs(),
		Reasons: []string{"identical", "differs", "stale", "build_failed", "unreachable", "no_build", "empty", "not_built", "undeclared", "nothing"},
	}, runReproducible, judgeReproducible)
}

// Builds are the two builds of every part.
type Builds struct {
	Commit string      `json:"commit,omitempty"`
	Epoch  int64       `json:"epoch"` // SOURCE_DATE_EPOCH of both builds, in seconds
	Found  Found       `json:"found"`
	Parts  []BuiltPart `json:"parts,omitempty"`
}

// BuiltPart is one part, built twice.
type BuiltPart struct {
	Part    string `json:"part"`
	Kind    string `json:"kind,omitempty"`
	Folder  string `json:"folder"` // as listo.yaml says it
	Command string `json:"command,omitempty"`
	Output  string `json:"output,omitempty"` // what is compared
	First   Built  `json:"first"`
	Second  Built  `json:"second"`
	// GapMS is the time between the beginnings of the two builds.
	GapMS float64   `json:"gap_ms"`
	Diff  []Changed `json:"diff,omitempty"` // the first of Total
	Total int       `json:"total"`
	// Committed counts the built files that git tracks in the source; then a fresh
	// build must equal them. Stale are the first of StaleTotal that it does not.
	Committed  int       `json:"committed"`
	Stale      []Changed `json:"stale,omitempty"`
	StaleTotal int       `json:"stale_total"`
}

// Built is one build.
type Built struct {
	Ran     bool   `json:"ran"`
	Exit    int    `json:"exit"`
	Detail  string `json:"detail,omitempty"` // why it failed
	Offline bool   `json:"offline"`
	Zone    string `json:"zone,omitempty"` // TZ that it was given
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	Digest  string `json:"digest,omitempty"` // of the sorted list of files, as sha256sum writes it
}

// Changed is one path that is not the same in both.
type Changed struct {
	Path string `json:"path"`
	How  string `json:"how"` // changed, added, missing
	// Cause is a guess: path, time, or "" when nothing is to be seen.
	Cause string `json:"cause,omitempty"`
	// Offset is the first byte that differs, of a changed file.
	Offset int64 `json:"offset"`
}

// The two surroundings. Their local dates differ at every moment, 26 hours lie
// between them (POSIX writes the sign the other way round); the second folder is
// longer and deeper.
var surroundings = [2]struct{ folder, zone string }{
	{"a", "LISTO-14"},
	{"another/and-longer/folder", "LISTO12"},
}

// gap is the least time between the beginnings of two builds: a build that writes
// down the second must be caught.
const gap = 1100 * time.Millisecond

const buildTime = 150 * time.Second

func runReproducible(ctx context.Context, b *lab.Bench) (Builds, error) {
	all := parts(b)
	found, err := look(ctx, b, all, "package-lock.json", "npm-shrinkwrap.json", "go.mod")
	o := Builds{Found: found}
	if err != nil {
		return o, err
	}
	commit, err := checkout.Commit(ctx, b.Recorder, b.Config.Folder)
	if err != nil {
		return o, err
	}
	o.Commit, o.Epoch = commit.Hash, commit.At.Unix()
	for i, p := range all {
		built, err := buildTwice(ctx, b, p, o.Epoch)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, built)
		b.Progress(i+1, len(all))
	}
	return o, nil
}

func buildTwice(ctx context.Context, b *lab.Bench, p part, epoch int64) (BuiltPart, error) {
	o := BuiltPart{Part: p.Name, Kind: p.kind, Folder: p.Directory, Command: p.Build}
	if p.kind == "" || p.kind == kindGo && p.Build == "" {
		return o, nil
	}
	o.Output = cmp.Or(p.Output, "$OUTPUT")
	if p.Build == "" {
		o.Command, o.Output = "npm ci", cmp.Or(p.Output, "node_modules")
	}
	folder, away, err := room(b)
	defer away()
	if err != nil {
		return o, err
	}
	var outputs [2]string
	var began [2]time.Time
	var c copied
	for i, into := range []*Built{&o.First, &o.Second} {
		if i == 1 {
			if err := wait(ctx, gap-time.Since(began[0])); err != nil {
				return o, err
			}
		}
		began[i] = time.Now()
		if c, outputs[i], err = buildOnce(ctx, b, p, filepath.Join(folder, surroundings[i].folder), surroundings[i].zone, epoch, into); err != nil || !into.ok() {
			return o, err
		}
	}
	o.GapMS = lab.Milliseconds(began[1].Sub(began[0]))
	return o, o.compare(ctx, b, p, c, outputs)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// ok tells that the build came to its end.
func (o Built) ok() bool { return o.Ran && o.Exit == 0 }

// buildOnce makes a clean copy, installs, removes what is built in it already,
// and builds. It gives the folder of the output.
func buildOnce(ctx context.Context, b *lab.Bench, p part, room, zone string, epoch int64, o *Built) (copied, string, error) {
	o.Zone = zone
	c, err := layOut(ctx, b, p, filepath.Join(room, "copy"))
	if err != nil {
		return c, "", err
	}
	output := filepath.Join(room, "output")
	if where := p.Output; where != "" || p.Build == "" {
		output = filepath.Join(c.folder, cmp.Or(where, "node_modules"))
		if err := os.RemoveAll(output); err != nil {
			return c, output, fmt.Errorf("supply: %w", bare(err))
		}
	} else if err := os.MkdirAll(output, 0o755); err != nil {
		return c, output, fmt.Errorf("supply: %w", bare(err))
	}
	if p.kind == kindNPM {
		ci, err := npmCI(ctx, b, c)
		if err != nil {
			return c, output, err
		}
		o.Ran, o.Exit, o.Detail, o.Offline = ci.Ran, ci.Exit, cmp.Or(ci.Detail, ci.Code), ci.verdict() == "unreachable"
		if !o.ok() || p.Build == "" {
			return c, output, nil
		}
	}
	return c, output, o.build(ctx, b, c, output, zone, epoch)
}

func (o *Built) build(ctx context.Context, b *lab.Bench, c copied, output, zone string, epoch int64) error {
	result, err := command.Run(ctx, b.Recorder, command.Command{
		Line: c.Build, Dir: c.folder, Timeout: buildTime,
		Env: environment(c.part, map[string]string{"OUTPUT": output, "TZ": zone, "SOURCE_DATE_EPOCH": fmt.Sprint(epoch)}),
	})
	if err != nil {
		o.Ran, o.Detail = false, readable(err.Error())
		return ctx.Err()
	}
	o.Ran, o.Exit = true, result.Exit
	if result.Exit != 0 {
		text := string(result.Stderr) + "\n" + string(result.Stdout)
		o.Detail, o.Offline = readable(command.FirstLine([]byte(text))), offline(text)
	}
	return nil
}

// compare lists both outputs, holds them against each other, and the first
// against what git tracks in the source.
func (o *BuiltPart) compare(ctx context.Context, b *lab.Bench, p part, c copied, outputs [2]string) error {
	var lists [2]manifest.Manifest
	for i, into := range []*Built{&o.First, &o.Second} {
		list, err := listed(ctx, b, fmt.Sprintf("%s build %d", p.Name, i+1), outputs[i])
		if err != nil {
			into.Ran, into.Detail = false, readable(err.Error())
			return ctx.Err()
		}
		lists[i] = list
		into.Files, into.Bytes, into.Digest = len(list), list.Bytes(), list.Digest()
	}
	all := changes(manifest.Compare(lists[0], lists[1]))
	o.Total = len(all)
	for _, change := range all[:min(len(all), 20)] {
		if change.How == "changed" {
			explain(&change, filepath.Join(outputs[0], change.Path), filepath.Join(outputs[1], change.Path), filepath.Dir(filepath.Dir(outputs[0])), c.root)
		}
		change.Path = readable(change.Path)
		o.Diff = append(o.Diff, change)
	}
	return o.fresh(ctx, b, p, c, lists[0])
}

func listed(ctx context.Context, b *lab.Bench, name, folder string) (manifest.Manifest, error) {
	touch := b.Touch("file", `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum`)
	list, err := manifest.Walk(ctx, folder, manifest.Bounds{Files: 200_000, Bytes: 4 << 30})
	if err == nil {
		var text strings.Builder
		if err = manifest.Write(&text, list); err == nil {
			touch.Capture(name, "text/plain", []byte(text.String()), true)
		}
	}
	touch.End(0, err)
	return list, err
}

// fresh holds a fresh build against the built files that the repository holds.
func (o *BuiltPart) fresh(ctx context.Context, b *lab.Bench, p part, c copied, built manifest.Manifest) error {
	if p.Output == "" {
		return nil
	}
	prefix := filepath.ToSlash(filepath.Clean(p.Output)) + "/"
	for _, name := range c.tracked {
		if strings.HasPrefix(name, prefix) {
			o.Committed++
		}
	}
	if o.Committed == 0 {
		return nil
	}
	recorded, err := listed(ctx, b, p.Name+" as committed", filepath.Join(p.folder, p.Output))
	if err != nil {
		return err
	}
	all := changes(manifest.Compare(recorded, built))
	o.StaleTotal = len(all)
	for _, change := range all[:min(len(all), 20)] {
		change.Path = readable(change.Path)
		o.Stale = append(o.Stale, change)
	}
	return nil
}

// changes lists a comparison by path. Added is what the second has alone.
func changes(d manifest.Difference) []Changed {
	var all []Changed
	for how, names := range map[string][]string{"changed": d.Changed, "added": d.Added, "missing": d.Missing} {
		for _, name := range names {
			all = append(all, Changed{Path: name, How: how, Offset: -1})
		}
	}
	slices.SortFunc(all, func(a, b Changed) int { return strings.Compare(a.Path+a.How, b.Path+b.How) })
	return all
}
