package discover

import (
	"cmp"
	"slices"
)

// The kinds of programs.
const (
	Node      = "node"
	Go        = "go"
	Container = "container" // only a Dockerfile says how it runs
)

// Program is one way to build and run a service. Its commands run in Directory.
type Program struct {
	Kind      string
	Name      Text
	Directory string
	File      string // package.json, go.mod or Dockerfile
	Build     Text
	Start     Text
	// Output is the folder below Directory that Build makes; "" for none.
	Output string
	// Prepare are the program's own commands that migrate and seed.
	Prepare []Text

	serves bool // it surely is a server
}

// programs lists the ways to run a service: surely servers first, then those
// nearer to the root. A Dockerfile counts when nothing else does; otherwise it
// tells the arguments of a Go binary that has verbs of no known name.
func programs(packages []*Package, modules []*Module, image *Image) []Program {
	var all []Program
	for _, m := range modules {
		for _, c := range m.Commands {
			all = append(all, m.program(c))
		}
	}
	for _, p := range packages {
		if program, ok := p.program(); ok {
			all = append(all, program)
		}
	}
	slices.SortStableFunc(all, func(a, b Program) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(depth(a.File), depth(b.File)))
	})
	if len(all) == 0 && image != nil {
		if p, ok := image.program(); ok {
			all = append(all, p)
		}
	}
	if len(all) > 0 && all[0].Kind == Go && image != nil {
		all[0].Start = image.arguments(all[0].Start)
	}
	return all
}

func rankOf(p Program) int {
	if p.serves {
		return 0
	}
	return 1
}
