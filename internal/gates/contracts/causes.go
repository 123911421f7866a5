package contracts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Author is a layer that writes errors, and what is wrong with those: one cure, in
// that layer's terms, ends all of it.
type Author struct {
	Layer  string
	Errors int // that it wrote
	Wrong  int // of these, not of the house's form
	Causes []Cause
}

// Cause is one way in which an author's errors are wrong.
type Cause struct {
	Verdict  string
	Count    int
	Statuses string
	Names    string
	Shape           // of the first of them
	Example  string // its name
	Line     string // by which it is repeated
}

// authored is one error, by who wrote it.
type authored struct {
	layer, name, verdict string
	Shape
	line string
}

// authorsOf groups errors by who wrote them and what is wrong with them, the worst
// author first.
func authorsOf(all []authored) []Author {
	authors, causes := map[string]*Author{}, map[string]map[string]*Cause{}
	for _, e := range all {
		if authors[e.layer] == nil {
			authors[e.layer], causes[e.layer] = &Author{Layer: e.layer}, map[string]*Cause{}
		}
		authors[e.layer].Errors++
		if e.verdict == "" {
			continue
		}
		authors[e.layer].Wrong++
		c := causes[e.layer][e.verdict]
		if c == nil {
			c = &Cause{Verdict: e.verdict, Shape: e.Shape, Example: e.name, Line: e.line}
			causes[e.layer][e.verdict] = c
		}
		c.Count++
		c.Names = strings.TrimPrefix(c.Names+", "+e.name, ", ")
		if status := fmt.Sprint(e.Status); !slices.Contains(strings.Split(c.Statuses, " · "), status) {
			c.Statuses = strings.TrimPrefix(c.Statuses+" · "+status, " · ")
		}
	}
	var sorted []Author
	for _, layer := range slices.Sorted(maps.Keys(authors)) {
		for _, verdict := range slices.Sorted(maps.Keys(causes[layer])) {
			authors[layer].Causes = append(authors[layer].Causes, *causes[layer][verdict])
		}
		sorted = append(sorted, *authors[layer])
	}
	slices.SortStableFunc(sorted, func(a, b Author) int { return b.Wrong - a.Wrong })
	return sorted
}

// Authors groups the errors by who wrote them.
func (o Shapes) Authors() []Author {
	var all []authored
	for _, r := range o.Rows {
		if r.Status >= 400 && r.Verdict != "unanswered" {
			all = append(all, authored{r.Layer, r.Name, r.Verdict, r.Shape, r.Line})
		}
	}
	return authorsOf(all)
}

// Authors groups the errors by who wrote them.
func (o Protocol) Authors() []Author {
	var all []authored
	for _, r := range o.Rows {
		if r.Status >= 400 && r.Layer != "" {
			all = append(all, authored{r.Layer, r.Name, r.Verdict, r.Shape, r.Line})
		}
	}
	return authorsOf(all)
}

// blamed names the authors of what is wrong, for a finding.
func blamed(authors []Author) []string {
	var all []string
	for _, a := range authors {
		if a.Wrong > 0 {
			all = append(all, fmt.Sprintf("%s: %d", a.Layer, a.Wrong))
		}
	}
	return all
}
