package advisory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// hit is one record that names a release.
type hit struct {
	record  record
	fixed   string
	imports []string // the vulnerable Go packages; none when a part of the record does not say
}

// Match looks every release up. The same release twice counts once. What linked
// knows sets vulnerabilities of Go packages aside that the program lacks.
func (s *Store) Match(ctx context.Context, packages []Package, linked Linked) (Result, error) {
	packages = slices.Clone(packages)
	slices.SortFunc(packages, comparePackages)
	packages = slices.Compact(packages)
	result := Result{Packages: len(packages), Findings: []Finding{}, Undecided: []Undecided{}, Unlinked: []Unlinked{}}
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return Result{}, fmt.Errorf("advisory: matching: %w: give it more time", err)
		}
		if err := s.match(p, linked, &result); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

func (s *Store) match(p Package, linked Linked, result *Result) error {
	records, ordering, err := s.lookUp(p)
	if err != nil {
		return err
	}
	if ordering == nil {
		result.Undecided = append(result.Undecided, Undecided{Package: p, Reason: "the store holds nothing of the ecosystem " + p.Ecosystem})
		return nil
	}
	if err := ordering.valid(p.Version); err != nil {
		result.Undecided = append(result.Undecided, Undecided{Package: p, Reason: fmt.Sprintf("its version cannot be compared: %v", err)})
		return nil
	}
	result.Records += len(records)
	hits, undecided := evaluate(records, ordering, p)
	result.Undecided = append(result.Undecided, undecided...)
	for _, group := range groups(hits) {
		f := summarize(p, group, ordering)
		if imports, absent := unlinked(group, linked); absent {
			result.Unlinked = append(result.Unlinked, Unlinked{Package: p, ID: f.ID, Records: f.Records, Imports: imports})
			continue
		}
		result.Findings = append(result.Findings, f)
	}
	return nil
}

// lookUp gives the records of a package and the order of its versions; without
// an index for the ecosystem there is no order.
func (s *Store) lookUp(p Package) ([]record, scheme, error) {
	index, held := s.indexes[p.Ecosystem]
	if !held {
		return nil, nil, nil
	}
	ordering, err := schemeOf(p.Ecosystem)
	if err != nil {
		return nil, nil, err
	}
	records, err := index.records(p.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("advisory: %s: %w", p.Ecosystem, err)
	}
	return records, ordering, nil
}

// evaluate holds the records against one version.
func evaluate(records []record, ordering scheme, p Package) (hits []hit, undecided []Undecided) {
	for _, r := range records {
		h, named, err := r.names(ordering, p.Version)
		switch {
		case named:
			hits = append(hits, h)
		case err != nil:
			undecided = append(undecided, Undecided{Package: p, ID: r.ID, Reason: err.Error()})
		}
	}
	return hits, undecided
}

// names tells whether a record names a version. A part that cannot be decided is
// an error, unless another one says yes.
func (r record) names(ordering scheme, version string) (h hit, named bool, err error) {
	h.record = r
	anywhere := false
	for _, a := range r.Affected {
		yes, fixed, failed := a.covers(ordering, version)
		if failed != nil {
			err = failed
		}
		if yes {
			named, anywhere = true, anywhere || len(a.Imports) == 0
			h.fixed = highest(ordering, h.fixed, fixed)
			h.imports = append(h.imports, a.Imports...)
		}
	}
	if anywhere {
		h.imports = nil
	}
	return h, named, err
}

// unlinked tells whether a program lacks every package that has the
// vulnerability, and gives those packages. One record of the group knows; its
// aliases from other databases describe the same vulnerability without them.
func unlinked(group []hit, linked Linked) (imports []string, absent bool) {
	if linked == nil {
		return nil, false
	}
	for _, h := range group {
		imports = append(imports, h.imports...)
	}
	slices.Sort(imports)
	imports = slices.Compact(imports)
	contained := slices.ContainsFunc(imports, func(path string) bool { return linked[path] })
	return imports, len(imports) > 0 && !contained
}

func highest(ordering scheme, a, b string) string {
	if a == "" || (b != "" && ordering.compare(b, a) > 0) {
		return b
	}
	return a
}

// groups puts the records together that are aliases, of each other or of the
// same third name.
func groups(hits []hit) [][]hit {
	owner := map[string]int{} // a name to its group
	var all [][]hit
	for _, h := range hits {
		into := len(all)
		all = append(all, []hit{h})
		for _, name := range append([]string{h.record.ID}, h.record.Aliases...) {
			if earlier, known := owner[name]; known && earlier != into {
				all[into] = append(all[earlier], all[into]...)
				all[earlier] = nil
				for known, group := range owner {
					if group == earlier {
						owner[known] = into
					}
				}
			}
			owner[name] = into
		}
	}
	return slices.DeleteFunc(all, func(group []hit) bool { return len(group) == 0 })
}

// summarize makes one finding of a group of aliases.
func summarize(p Package, group []hit, ordering scheme) Finding {
	slices.SortFunc(group, func(a, b hit) int {
		return cmp.Or(cmp.Compare(precedence(a.record.ID), precedence(b.record.ID)), cmp.Compare(a.record.ID, b.record.ID))
	})
	f := Finding{Package: p, ID: group[0].record.ID, Summary: group[0].record.Summary}
	var ratings []Rating
	malicious := false
	for _, h := range group {
		f.Records = append(f.Records, h.record.ID)
		f.Aliases = append(f.Aliases, h.record.Aliases...)
		f.Fixed = highest(ordering, f.Fixed, h.fixed)
		ratings = append(ratings, h.record.Ratings...)
		malicious = malicious || h.record.malicious()
		if h.record.Modified.After(f.Modified) {
			f.Modified = h.record.Modified
		}
	}
	f.Severity = severity(ratings, malicious)
	slices.Sort(f.Records)
	slices.Sort(f.Aliases)
	f.Aliases = slices.DeleteFunc(slices.Compact(f.Aliases), func(name string) bool { return slices.Contains(f.Records, name) })
	return f
}

// precedence says which record speaks for its aliases: harm first, then the Go
// database, which knows Go versions best, then GHSA.
func precedence(id string) int {
	for i, prefix := range []string{"MAL-", "GO-", "GHSA-"} {
		if strings.HasPrefix(id, prefix) {
			return i
		}
	}
	return 3
}
