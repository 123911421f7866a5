package parity

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"listo/internal/engine/environ"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// reads asks whether the source reads what the files declare, and nothing else.
func reads() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: readsID, Class: readsID,
		Needs:   []evidence.Need{evidence.Setting("environments"), evidence.Setting("sources")},
		Reasons: []string{"agree", "undeclared", "unread", "dynamic", "unreadable", "nothing"},
	}, runReads, judgeReads)
}

// Reads is what the source reads beside what the files declare.
type Reads struct {
	Files    int    `json:"files"` // of source that were read
	Declared int    `json:"declared"`
	Names    []Read `json:"names"`
	// Unread are declared and read by nobody that is known.
	Unread []string `json:"unread,omitempty"`
	// Elsewhere are declared and read by someone else.
	Elsewhere []Elsewhere `json:"elsewhere,omitempty"`
	// Dynamic are places that read a variable whose name is not written there.
	Dynamic    []string `json:"dynamic,omitempty"`
	Unreadable []string `json:"unreadable,omitempty"`
}

// Read is a name in the source.
type Read struct {
	Name     string   `json:"name"`
	Places   []string `json:"places"`
	Declared bool     `json:"declared"` // in the files of some environment
	// Library says who reads such names by convention, so that none need declare it.
	Library string `json:"library,omitempty"`
}

// Elsewhere is a name that something other than the source reads.
type Elsewhere struct {
	Name string `json:"name"`
	By   string `json:"by"`
}

func runReads(ctx context.Context, b *lab.Bench) (Reads, error) {
	places, err := placesOf(b)
	if err != nil {
		return Reads{}, err
	}
	root, err := os.OpenRoot(b.Config.Folder)
	if err != nil {
		return Reads{}, fmt.Errorf("parity: the folder of listo.yaml: %w", err)
	}
	defer root.Close()
	source, err := environ.Read(ctx, root.FS(), settings(b).Sources)
	if err != nil {
		return Reads{}, fmt.Errorf("parity: sources: %w: correct parity.sources", err)
	}
	return besides(source, union(places), settings(b).ReadElsewhere), nil
}

// besides compares what is read with what is declared.
func besides(source environ.Source, declared []string, elsewhere map[string]string) Reads {
	o := Reads{Files: source.Files, Declared: len(declared), Dynamic: source.Dynamic, Unreadable: source.Skipped}
	read := map[string]bool{}
	for _, r := range source.Readings {
		read[r.Name] = true
		by, _ := environ.Library(r.Name)
		o.Names = append(o.Names, Read{r.Name, r.Places, slices.Contains(declared, r.Name), by})
	}
	for _, name := range declared {
		by, known := elsewhere[name]
		if !known {
			by, known = environ.Library(name)
		}
		switch {
		case read[name]:
		case known:
			o.Elsewhere = append(o.Elsewhere, Elsewhere{name, by})
		default:
			o.Unread = append(o.Unread, name)
		}
	}
	return o
}

func judgeReads(o Reads, _ evidence.Limits) evidence.Finding {
	undeclared := map[string]bool{}
	for _, r := range o.Names {
		if !r.Declared && r.Library == "" {
			undeclared[r.Name] = true
		}
	}
	facts := evidence.Facts{"files": o.Files, "read": len(o.Names), "declared": o.Declared, "elsewhere": len(o.Elsewhere)}
	switch {
	case o.Files == 0 || len(o.Names) == 0 || o.Declared == 0:
		return evidence.Undecided("nothing", facts)
	case len(undeclared) > 0:
		facts["names"] = first(slices.Sorted(maps.Keys(undeclared)))
		return evidence.Failed("undeclared", facts)
	case len(o.Dynamic) > 0:
		facts["places"] = first(o.Dynamic)
		return evidence.Undecided("dynamic", facts)
	case len(o.Unreadable) > 0:
		facts["places"] = first(o.Unreadable)
		return evidence.Undecided("unreadable", facts)
	case len(o.Unread) > 0:
		facts["names"] = first(o.Unread)
		return evidence.Failed("unread", facts)
	}
	return evidence.Passed("agree", facts)
}
