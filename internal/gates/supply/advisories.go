package supply

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"listo/internal/engine/advisory"
	"listo/internal/engine/lockfile"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// advisories asks whether a known vulnerability of high or critical severity is
// in any package, and whether the store is fit to answer that.
func advisories() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: advisoriesID, Class: advisoriesID, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "age", Default: 7, Unit: "days", Direction: evidence.AtMost}},
		Reasons: []string{"clean", "blocked", "no_store", "broken", "partial", "undecided", "not_read", "nothing"},
	}, runAdvisories, judgeAdvisories)
}

// Advisories is what the store says of all packages, and what the store is worth.
type Advisories struct {
	At     time.Time      `json:"at"` // the audit's clock
	Parts  []AskedPart    `json:"parts,omitempty"`
	Asked  int            `json:"asked"`            // releases looked up, each once
	Held   int            `json:"held"`             // records held against them
	Absent bool           `json:"absent"`           // there is no store
	Broken string         `json:"broken,omitempty"` // why it cannot be used
	Proof  advisory.Proof `json:"proof"`
	// Ecosystems are those that the parts need.
	Ecosystems []string             `json:"ecosystems,omitempty"`
	Problems   []advisory.Problem   `json:"problems,omitempty"` // beside its age, which the judge weighs
	Vulnerable []Vulnerable         `json:"vulnerable,omitempty"`
	Total      int                  `json:"total"` // of Vulnerable, which holds the first
	Blocking   int                  `json:"blocking"`
	Unlinked   []advisory.Unlinked  `json:"unlinked,omitempty"`
	Undecided  []advisory.Undecided `json:"undecided,omitempty"`
}

// AskedPart is one part whose packages were looked up.
type AskedPart struct {
	Part     string `json:"part"`
	Kind     string `json:"kind,omitempty"`
	Entries  int    `json:"entries"`  // of the lock, and the standard library
	Asked    int    `json:"asked"`    // looked up
	Excluded int    `json:"excluded"` // the project's own source: no registry's advisory speaks of it
	Error    string `json:"error,omitempty"`
}

// Vulnerable is one vulnerability of one release.
type Vulnerable struct {
	Part    string           `json:"part"`
	Finding advisory.Finding `json:"finding"`
	Dev     bool             `json:"dev"` // production does not get the package
	// Direct tells that the project asks for it itself; Through names what does.
	Direct  bool   `json:"direct"`
	Through string `json:"through,omitempty"`
	// Upgrade is the lowest version above that no record of the store names.
	Upgrade string `json:"upgrade,omitempty"`
}

// Blocks tells of what may not be released: high, critical, malicious, and what
// nobody has rated.
func (v Vulnerable) Blocks() bool { return v.Finding.Severity.Level.AtLeastHigh() }

// Command proposes the upgrade as a line for a shell; "" when there is none.
func (v Vulnerable) Command() string {
	to := cmp.Or(v.Upgrade, v.Finding.Fixed)
	p := v.Finding.Package
	switch {
	case to == "":
		return ""
	case p.Ecosystem == advisory.NPM && v.Direct:
		return "npm install --save-exact " + p.Name + "@" + to
	case p.Ecosystem == advisory.NPM:
		return "npm pkg set 'overrides." + p.Name + "=" + to + "' && npm install"
	case p.Name == stdlib:
		return "go mod edit -toolchain=go" + to
	}
	return "go get " + p.Name + "@v" + to + " && go mod tidy"
}

// asked is a package with its place in a part.
type asked struct {
	part     string
	pkg      advisory.Package
	dev      bool
	direct   bool
	through  string
	excluded bool
}

func runAdvisories(ctx context.Context, b *lab.Bench) (Advisories, error) {
	o := Advisories{At: b.Now().UTC()}
	var all []asked
	linked := advisory.Linked(nil)
	for _, p := range parts(b) {
		found, imports, err := askPart(ctx, b, p)
		part := AskedPart{Part: p.Name, Kind: p.kind, Entries: len(found)}
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if err != nil {
			part.Error = readable(err.Error())
		}
		for _, a := range found {
			if a.excluded {
				part.Excluded++
				continue
			}
			part.Asked++
			all = append(all, a)
			if !slices.Contains(o.Ecosystems, a.pkg.Ecosystem) {
				o.Ecosystems = append(o.Ecosystems, a.pkg.Ecosystem)
			}
		}
		linked = joined(linked, imports)
		o.Parts = append(o.Parts, part)
	}
	return o, o.consult(ctx, b, all, linked)
}

func joined(linked advisory.Linked, imports []string) advisory.Linked {
	if linked == nil && len(imports) > 0 {
		linked = advisory.Linked{}
	}
	for _, path := range imports {
		linked[path] = true
	}
	return linked
}

// askPart lists a part's packages.
func askPart(ctx context.Context, b *lab.Bench, p part) ([]asked, []string, error) {
	switch p.kind {
	case kindNPM:
		lock, _, err := npmLock(b, p, p.folder)
		if err != nil {
			return nil, nil, err
		}
		return npmAsked(p, lock), nil, nil
	case kindGo:
		folder, away, err := room(b)
		defer away()
		if err != nil {
			return nil, nil, err
		}
		c, err := layOut(ctx, b, p, filepath.Join(folder, "copy"))
		if err != nil {
			return nil, nil, err
		}
		g, err := readProgram(ctx, b, c)
		return goAsked(p, g), g.deps.ImportPaths, err
	}
	return nil, nil, errors.New("supply: the folder holds neither package.json nor go.mod")
}

func npmAsked(p part, lock *lockfile.NPM) []asked {
	through := ways(lock)
	var all []asked
	for _, e := range lock.Packages {
		all = append(all, asked{part: p.Name, pkg: advisory.Package{Ecosystem: advisory.NPM, Name: e.Name, Version: e.Version},
			dev: e.Scope == lockfile.Dev, direct: slices.Contains(lock.DependsOn, e.Path), through: through[e.Path], excluded: e.Local()})
	}
	return all
}

// ways tells for each place of the lock which of the project's own dependencies
// leads there.
func ways(lock *lockfile.NPM) map[string]string {
	byPath := map[string]lockfile.Package{}
	for _, e := range lock.Packages {
		byPath[e.Path] = e
	}
	through := map[string]string{}
	for _, direct := range lock.DependsOn {
		queue := []string{direct}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			if _, seen := through[at]; seen {
				continue
			}
			through[at] = byPath[direct].Name
			queue = append(queue, byPath[at].DependsOn...)
		}
	}
	return through
}

func goAsked(p part, g program) []asked {
	if g.lock == nil {
		return nil
	}
	var all []asked
	for _, e := range g.lock.Packages {
		all = append(all, asked{part: p.Name, pkg: advisory.Package{Ecosystem: advisory.Go, Name: e.Name, Version: e.Version},
			dev: !slices.Contains(g.deps.Modules, e.Path), direct: !e.Indirect, excluded: e.Local()})
	}
	return append(all, asked{part: p.Name, direct: true, pkg: advisory.Package{Ecosystem: advisory.Go, Name: stdlib, Version: g.release}})
}

// consult opens the store, proves what it is worth, and looks everything up.
func (o *Advisories) consult(ctx context.Context, b *lab.Bench, all []asked, linked advisory.Linked) error {
	folder, err := store(b)
	var open *advisory.Store
	touch := b.Touch("file", "listo db status")
	if err == nil {
		open, err = advisory.Open(folder)
	}
	if err != nil {
		if o.Absent = errors.Is(err, fs.ErrNotExist); !o.Absent {
			o.Broken = readable(err.Error())
		}
		touch.End(0, nil)
		return nil
	}
	defer open.Close()
	if err = open.Verify(); err == nil {
		o.Proof, err = open.Prove()
	}
	touch.End(0, err)
	if err != nil {
		o.Broken = readable(err.Error())
		return nil
	}
	for i := range o.Proof.Ecosystems { // where it came from may be a folder of this machine
		o.Proof.Ecosystems[i].Source = readable(filepath.Base(o.Proof.Ecosystems[i].Source))
	}
	o.Problems = slices.DeleteFunc(o.Proof.Problems(o.At, time.Duration(1<<62), o.Ecosystems...), func(p advisory.Problem) bool { return p.Doubt == advisory.Stale })
	var packages []advisory.Package
	for _, a := range all {
		packages = append(packages, a.pkg)
	}
	result, err := open.Match(ctx, packages, linked)
	if err != nil {
		return err
	}
	o.Asked, o.Held = result.Packages, result.Records
	o.Undecided, o.Unlinked = result.Undecided, result.Unlinked
	return o.place(open, result.Findings, all)
}

// place gives each finding its part and proposes an upgrade.
func (o *Advisories) place(open *advisory.Store, findings []advisory.Finding, all []asked) error {
	for _, f := range findings {
		upgrade, err := open.Upgrade(f.Package)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, a := range all {
			if a.pkg != f.Package || seen[a.part] {
				continue
			}
			seen[a.part] = true
			f.Summary = readable(f.Summary)
			o.Vulnerable = append(o.Vulnerable, Vulnerable{Part: a.part, Finding: f, Dev: a.dev, Direct: a.direct, Through: a.through, Upgrade: upgrade})
		}
	}
	slices.SortStableFunc(o.Vulnerable, func(x, y Vulnerable) int { return blocksFirst(x) - blocksFirst(y) })
	o.Total = len(o.Vulnerable)
	for _, v := range o.Vulnerable {
		if v.Blocks() {
			o.Blocking++
		}
	}
	o.Vulnerable = o.Vulnerable[:min(len(o.Vulnerable), maxFindings)]
	return nil
}

func blocksFirst(v Vulnerable) int {
	if v.Blocks() {
		return 0
	}
	return 1
}

// Records gives how many records the store matches, of all its ecosystems.
func (o Advisories) Records() (n int) {
	for _, e := range o.Proof.Ecosystems {
		n += e.Loaded
	}
	return n
}

// Newest gives the date of the newest record of the ecosystem that is the
// oldest: what all of them know up to. Zero when one is missing or undated.
func (o Advisories) Newest() time.Time {
	var oldest time.Time
	for i, e := range o.Proof.Ecosystems {
		if i == 0 || e.Newest.Before(oldest) {
			oldest = e.Newest
		}
	}
	return oldest
}

// AgeDays is the age of the newest record, in days.
func (o Advisories) AgeDays() float64 {
	if o.Newest().IsZero() {
		return 0
	}
	return o.At.Sub(o.Newest()).Hours() / 24
}

func judgeAdvisories(o Advisories, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"asked": o.Asked, "records": o.Records(), "newest": "–", "days": int(o.AgeDays()), "blocking": o.Blocking, "total": o.Total,
		"named": few(o.named()), "detail": o.Broken, "undecided": len(o.Undecided), "part": "", "unlinked": len(o.Unlinked)}
	if !o.Newest().IsZero() {
		facts["newest"] = o.Newest().Format(time.DateOnly)
	}
	f := o.weigh(facts, limits)
	f.Test = o.Proof.Test
	return f
}

// weigh judges: a hit is real whatever the store is worth, the absence of hits is
// worth what the store is.
func (o Advisories) weigh(facts evidence.Facts, limits evidence.Limits) evidence.Finding {
	if o.Blocking > 0 {
		return evidence.Failed("blocked", facts)
	}
	entries := 0
	for _, p := range o.Parts {
		entries += p.Asked
		if p.Error != "" || p.Asked+p.Excluded != p.Entries {
			facts["part"], facts["detail"] = p.Part, p.Error
			return evidence.Undecided("not_read", facts)
		}
	}
	doubts := slices.Clone(o.Problems)
	if o.AgeDays() > limits["age"] {
		doubts = append(doubts, advisory.Problem{Doubt: advisory.Stale, Detail: o.Newest().Format(time.DateOnly)})
	}
	var texts []string
	for _, d := range doubts {
		texts = append(texts, string(d.Doubt)+" "+d.Ecosystem+": "+d.Detail)
	}
	switch {
	case o.Absent:
		return evidence.Undecided("no_store", facts)
	case o.Broken != "":
		return evidence.Undecided("broken", facts)
	case len(doubts) > 0:
		facts["detail"] = few(texts)
		return evidence.Undecided("partial", facts)
	case len(o.Undecided) > 0:
		facts["detail"] = o.Undecided[0].Package.String() + ": " + o.Undecided[0].Reason
		return evidence.Undecided("undecided", facts)
	case o.Asked == 0 || entries == 0 || o.Records() == 0 || len(o.Ecosystems) == 0 || len(o.Proof.Canaries) == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("clean", facts)
}

// named gives the blocking ones with the version that has them no more.
func (o Advisories) named() []string {
	var all []string
	for _, v := range o.Vulnerable {
		if !v.Blocks() {
			continue
		}
		all = append(all, v.Finding.Package.String()+" "+v.Finding.ID+" ("+string(v.Finding.Severity.Level)+") → "+cmp.Or(v.Upgrade, v.Finding.Fixed, "–"))
	}
	return all
}
