package parity

import (
	"context"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// names asks whether all environments know the same variables.
func names() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: namesID, Class: namesID,
		Needs:   []evidence.Need{evidence.Setting("environments")},
		Reasons: []string{"same", "missing", "stray", "unknown", "nothing"},
	}, runNames, judgeNames)
}

// Names is which variables the environments know.
type Names struct {
	Environments []Counted `json:"environments"`
	Names        int       `json:"names"`  // of all environments together
	Shared       int       `json:"shared"` // in every environment
	Excepted     int       `json:"excepted"`
	Missing      []Gap     `json:"missing,omitempty"`
	// Stray are names declared to be of one environment only that another has, or
	// that their own lacks.
	Stray []Gap `json:"stray,omitempty"`
	// Unknown are names in the settings that no file has.
	Unknown []string `json:"unknown,omitempty"`
}

// Counted is an environment and how many names its files hold.
type Counted struct {
	Name  string   `json:"name"`
	Files []string `json:"files"`
	Names int      `json:"names"`
}

// Gap is a name that does not stand where it should, or stands where it should not.
type Gap struct {
	Name        string `json:"name"`
	Environment string `json:"environment"`
	// Near is a name of that environment that looks much like it: most likely a slip.
	Near string `json:"near,omitempty"`
}

func runNames(_ context.Context, b *lab.Bench) (Names, error) {
	places, err := placesOf(b)
	if err != nil {
		return Names{}, err
	}
	all, s := union(places), settings(b)
	o := Names{Names: len(all)}
	for _, p := range places {
		o.Environments = append(o.Environments, Counted{p.name, p.files, len(p.values)})
	}
	for _, name := range all {
		o.add(name, s.Only[name], places)
	}
	for _, name := range s.named() {
		if _, elsewhere := s.ReadElsewhere[name]; !elsewhere && !slices.Contains(all, name) {
			o.Unknown = append(o.Unknown, name)
		}
	}
	return o, nil
}

// add looks where one name stands; only is the one environment it belongs to, if any.
func (o *Names) add(name, only string, places []place) {
	found := 0
	for _, p := range places {
		_, has := p.values[name]
		if has {
			found++
		}
		switch wanted := only == "" || only == p.name; {
		case only != "" && has != wanted:
			o.Stray = append(o.Stray, Gap{Name: name, Environment: p.name})
		case wanted && !has:
			o.Missing = append(o.Missing, Gap{name, p.name, near(name, p, places)})
		}
	}
	switch {
	case only != "":
		o.Excepted++
	case found == len(places):
		o.Shared++
	}
}

// near gives a name that p has instead, and that not every place has: JWT_SECRET
// in one and JWT_SECRETS in the other.
func near(name string, p place, places []place) string {
	for _, other := range union([]place{p}) {
		everywhere := !slices.ContainsFunc(places, func(q place) bool { _, has := q.values[other]; return !has })
		if !everywhere && alike(name, other) {
			return other
		}
	}
	return ""
}

// alike tells that two names differ in how words are parted or in one letter.
func alike(a, b string) bool {
	plain := func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "_", "")) }
	a, b = plain(a), plain(b)
	if len(a) < len(b) {
		a, b = b, a
	}
	begin := 0
	for begin < len(b) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < len(b)-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return len(b) > 3 && len(a)-begin-end <= 1
}

func judgeNames(o Names, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"names": o.Names, "shared": o.Shared, "excepted": o.Excepted, "environments": environmentNames(o.Environments)}
	switch {
	case len(o.Environments) < 2 || o.Names == 0:
		return evidence.Undecided("nothing", facts)
	case len(o.Missing) > 0:
		facts["missing"] = gaps(o.Missing)
		return evidence.Failed("missing", facts)
	case len(o.Stray) > 0:
		facts["stray"] = gaps(o.Stray)
		return evidence.Failed("stray", facts)
	case len(o.Unknown) > 0:
		facts["unknown"] = first(o.Unknown)
		return evidence.Undecided("unknown", facts)
	case o.Shared == 0 || o.Shared+o.Excepted != o.Names:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("same", facts)
}

func environmentNames(all []Counted) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}

// gaps writes the first gaps as text: "NAME (prod)", "NAME (prod: NEAR?)".
func gaps(all []Gap) []string {
	var text []string
	for _, g := range all {
		if g.Near != "" {
			text = append(text, g.Name+" ("+g.Environment+": "+g.Near+"?)")
			continue
		}
		text = append(text, g.Name+" ("+g.Environment+")")
	}
	return first(text)
}

// mostQuoted bounds how much a sentence lists; the page has the rest.
const mostQuoted = 5

// first gives the first of many, and how many are left.
func first(all []string) []string {
	if len(all) <= mostQuoted {
		return all
	}
	return append(slices.Clone(all[:mostQuoted]), "…")
}
