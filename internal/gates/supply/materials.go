package supply

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"listo/internal/engine/lockfile"
	"listo/internal/engine/sbom"
	"listo/internal/lab"
)

// npmMaterials takes the packages from the lock, licence and supplier from the
// installed packages themselves.
func npmMaterials(ctx context.Context, b *lab.Bench, c copied) (_ sbom.Part, offline bool, left int, _ error) {
	out := sbom.Part{Name: c.Name}
	lock, project, err := npmLock(b, c.part, c.folder)
	if err != nil {
		return out, false, 0, err
	}
	out.Version = project.Version
	ci, err := npmCI(ctx, b, c)
	if err != nil {
		return out, false, 0, err
	}
	if reason := ci.verdict(); reason != "" {
		return out, reason == "unreachable", 0, fmt.Errorf("supply: npm ci: %s", cmp.Or(ci.Detail, ci.Code))
	}
	tree, err := lock.CompareTree(ctx, os.DirFS(c.folder), false)
	if err != nil {
		return out, false, 0, err
	}
	installed := map[string]lockfile.Installed{}
	for _, i := range tree.Installed {
		installed[i.Path] = i
	}
	known := map[string]bool{}
	for _, p := range lock.Packages {
		known[p.Path] = p.Source != lockfile.Link
	}
	for _, p := range lock.Packages {
		if p.Source == lockfile.Link { // a name for a folder, which stands beside it
			continue
		}
		out.Packages = append(out.Packages, sbom.Package{
			Ecosystem: "npm", Name: p.Name, Version: p.Version, Path: p.Path, Use: useOf(p), Local: p.Local(), Digests: p.Digests(),
			Licence: cmp.Or(installed[p.Path].Licence, p.Licence), Supplier: cmp.Or(installed[p.Path].Supplier, ourselves(b, p)), DependsOn: only(p.DependsOn, known),
		})
	}
	out.DependsOn = only(lock.DependsOn, known)
	return out, false, unknowable(tree.Left), nil
}

// ourselves is who answers for the service, where a package is source of this project; "" for all others.
func ourselves(b *lab.Bench, p lockfile.Package) string {
	if !p.Local() {
		return ""
	}
	return settings(b).Supplier
}

// unknowable counts the packages that are not installed and whose name has no
// scope, which would tell the owner.
func unknowable(left []string) (n int) {
	for _, path := range left {
		if !strings.Contains(path[strings.LastIndex(path, "node_modules/")+1:], "/@") {
			n++
		}
	}
	return n
}

func useOf(p lockfile.Package) sbom.Use {
	switch {
	case p.Scope == lockfile.Dev:
		return sbom.Excluded
	case p.Optional:
		return sbom.Optional
	}
	return sbom.Required
}

func only(paths []string, known map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return !known[path] })
}

// goMaterials takes the modules from go.mod and go.sum, and from go which of them
// the program is compiled from.
func goMaterials(ctx context.Context, b *lab.Bench, c copied) (sbom.Part, error) {
	out := sbom.Part{Name: c.Name}
	g, err := readProgram(ctx, b, c)
	if err != nil {
		return out, err
	}
	graph, err := goRun(ctx, b, c.part, c.folder, true, "mod", "graph")
	if err != nil {
		return out, err
	}
	if graph.Exit != 0 {
		return out, fmt.Errorf("supply: go mod graph: %s", readable(string(graph.Stderr)))
	}
	if err := g.lock.Graph(graph.Stdout); err != nil {
		return out, err
	}
	known := map[string]bool{}
	for _, p := range g.lock.Packages {
		use := sbom.Excluded
		if slices.Contains(g.deps.Modules, p.Path) {
			use = sbom.Required
		}
		known[p.Path] = true
		out.Packages = append(out.Packages, sbom.Package{Ecosystem: "Go", Name: p.Name, Version: p.Version, Path: p.Path, Use: use,
			Local: p.Local(), Supplier: ourselves(b, p), H1: p.Integrity, DependsOn: p.DependsOn})
	}
	out.Packages = append(out.Packages, sbom.Package{Ecosystem: "Go", Name: stdlib, Version: g.release, Path: stdlib})
	// A module that nobody in go.mod leads to (its requirer was pruned) hangs on the part.
	led := map[string]bool{}
	for _, p := range out.Packages {
		for _, to := range p.DependsOn {
			led[to] = true
		}
	}
	out.DependsOn = append(only(g.lock.DependsOn, known), stdlib)
	for path := range known {
		if !led[path] && !slices.Contains(out.DependsOn, path) {
			out.DependsOn = append(out.DependsOn, path)
		}
	}
	return out, nil
}

// stdlib is the name under which OSV lists the Go standard library.
const stdlib = "stdlib"
