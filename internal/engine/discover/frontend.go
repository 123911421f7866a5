package discover

import (
	"cmp"
	"path"
	"slices"
)

// builtFolders are the names under which build tools leave a frontend, the
// likeliest first.
func builtFolders() []string { return []string{"dist", "build", "public"} }

func isBuilt(name string) bool { return slices.Contains(builtFolders(), name) }

// frontends gives the built folders that have an index.html. A public folder
// below a bundler's package.json is a template and not a result.
func (t *tree) frontends(packages []*Package) []Text {
	var found []Text
	for _, file := range t.named("index.html") {
		folder := path.Dir(file)
		if !isBuilt(path.Base(folder)) || (path.Base(folder) == "public" && bundled(packages, path.Dir(folder))) {
			continue
		}
		found = append(found, Text{folder, file})
	}
	slices.SortStableFunc(found, func(a, b Text) int {
		rank := func(t Text) int { return slices.Index(builtFolders(), path.Base(t.Value)) }
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(depth(a.Value), depth(b.Value)))
	})
	return found
}

func bundled(packages []*Package, directory string) bool {
	return slices.ContainsFunc(packages, func(p *Package) bool { return within(directory, p.Directory) && p.bundles() })
}
