package supply

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"listo/internal/engine/advisory"
	"listo/internal/engine/lockfile"
	"listo/internal/engine/shell"
	"listo/internal/lab"
)

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
		return shell.Join("npm", "install", "--save-exact", p.Name+"@"+to)
	case p.Ecosystem == advisory.NPM:
		return shell.Join("npm", "pkg", "set", "overrides["+p.Name+"@"+p.Version+"]="+to) + " && npm install"
	case p.Name == stdlib:
		return shell.Join("go", "mod", "edit", "-toolchain=go"+to)
	}
	return shell.Join("go", "get", p.Name+"@v"+to) + " && go mod tidy"
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
