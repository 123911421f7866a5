package advisory

import (
	"fmt"
	"slices"
	"strings"

	npm "deps.dev/util/semver"
	golang "golang.org/x/mod/semver"
)

// scheme orders the versions of one ecosystem.
type scheme interface {
	// valid says why a text is no version of the ecosystem, nil when it is one.
	valid(version string) error
	// compare orders two valid versions.
	compare(a, b string) int
}

func schemeOf(ecosystem string) (scheme, error) {
	switch ecosystem {
	case NPM:
		return npmScheme{}, nil
	case Go:
		return goScheme{}, nil
	}
	return nil, fmt.Errorf("advisory: the ecosystem %q is not one of npm and Go: leave it out", ecosystem)
}

type npmScheme struct{}

func (npmScheme) valid(version string) error {
	if _, err := npm.NPM.Parse(version); err != nil {
		return err
	}
	// The parser takes wildcards for versions: 1.x, *.
	numbers, _, _ := strings.Cut(version, "+")
	numbers, _, _ = strings.Cut(numbers, "-")
	if strings.Trim(numbers, "v.0123456789") != "" {
		return fmt.Errorf("%q is a range", version)
	}
	return nil
}

func (npmScheme) compare(a, b string) int { return npm.NPM.Compare(a, b) }

// goScheme takes versions with and without the leading v: OSV leaves it out.
type goScheme struct{}

func (goScheme) valid(version string) error {
	if golang.IsValid("v" + strings.TrimPrefix(version, "v")) {
		return nil
	}
	return fmt.Errorf("%q is no Go version", version)
}

func (goScheme) compare(a, b string) int {
	return golang.Compare("v"+strings.TrimPrefix(a, "v"), "v"+strings.TrimPrefix(b, "v"))
}

// boundary is one event of a range.
type boundary struct {
	kind, version string
}

// boundaries reads a range's events and puts them in the order of their
// versions. "0" is the version before all others.
func (e events) boundaries(s scheme) ([]boundary, error) {
	var all []boundary
	begins := false
	for _, event := range e {
		for kind, version := range event {
			if !slices.Contains([]string{"introduced", "fixed", "last_affected", "limit"}, kind) {
				return nil, fmt.Errorf("the event %q is unknown", kind)
			}
			if err := s.valid(version); err != nil && version != "0" && !(kind == "limit" && version == "*") {
				return nil, fmt.Errorf("the event %s %q: %w", kind, version, err)
			}
			begins = begins || kind == "introduced"
			all = append(all, boundary{kind, version})
		}
	}
	if !begins {
		return nil, fmt.Errorf("no event says where the range begins")
	}
	slices.SortStableFunc(all, func(a, b boundary) int {
		if order := compareBoundary(s, a.version, b.version); order != 0 {
			return order
		}
		// Fixed and introduced at once: the version is affected.
		return strings.Compare(a.kind, b.kind)
	})
	return all, nil
}

func compareBoundary(s scheme, a, b string) int {
	rank := func(version string) int { return map[string]int{"0": -1, "*": 1}[version] }
	if rank(a) != 0 || rank(b) != 0 {
		return rank(a) - rank(b)
	}
	return s.compare(a, b)
}

// covers tells whether a range holds a version, as the OSV schema's section
// "Evaluation" says, and where the range ends after it: the version that fixes
// it, "" when none is known.
func (e events) covers(s scheme, version string) (inside bool, fixed string, err error) {
	all, err := e.boundaries(s)
	if err != nil {
		return false, "", err
	}
	limits, below := false, false
	for _, b := range all {
		order := compareBoundary(s, version, b.version)
		switch {
		case b.kind == "limit":
			limits, below = true, below || order < 0
		case b.kind == "introduced" && order >= 0:
			inside = true
		case b.kind == "fixed" && order >= 0, b.kind == "last_affected" && order > 0:
			inside = false
		case b.kind == "fixed" && fixed == "" && order < 0:
			fixed = b.version
		}
	}
	if inside = inside && (!limits || below); !inside {
		return false, "", nil
	}
	return true, fixed, nil
}

// covers tells whether the package's entry names a version. An entry that
// cannot be decided is an error, unless another part of it already says yes.
func (a affected) covers(s scheme, version string) (hit bool, fixed string, err error) {
	hit = slices.ContainsFunc(a.Versions, func(listed string) bool {
		return listed == version || (s.valid(listed) == nil && s.compare(listed, version) == 0)
	})
	for _, r := range a.Ranges {
		inside, next, failed := r.covers(s, version)
		if failed != nil {
			err = failed
			continue
		}
		hit = hit || inside
		if inside && next != "" && (fixed == "" || s.compare(next, fixed) > 0) {
			fixed = next
		}
	}
	if len(a.Ranges) == 0 && len(a.Versions) == 0 {
		err = fmt.Errorf("the record names neither versions nor a range that can be compared")
	}
	if hit {
		err = nil
	}
	return hit, fixed, err
}
