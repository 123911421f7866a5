package advisory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sections reads a reference file: lines under "# name".
func sections(t *testing.T, name string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	current := ""
	for line := range strings.Lines(string(reference(t, name))) {
		line = strings.TrimSpace(line)
		if head, is := strings.CutPrefix(line, "# "); is {
			current = head
			all[current] = nil
			continue
		}
		all[current] = append(all[current], line)
	}
	return all
}

// TestReference holds the matcher against another scanner's findings in six real
// locks, with the severity that the advisories give themselves.
func TestReference(t *testing.T) {
	dir := t.TempDir()
	imported(t, dir, npmReference(t))
	s := opened(t, dir)
	findings := sections(t, "findings.txt")
	total := 0
	for lock, releases := range sections(t, "packages.txt") {
		var packages []Package
		for _, release := range releases {
			at := strings.LastIndex(release, "@")
			packages = append(packages, Package{NPM, release[:at], release[at+1:]})
		}
		result, err := s.Match(t.Context(), packages, nil)
		if err != nil || result.Packages != len(packages) || len(result.Undecided) > 0 {
			t.Fatalf("%s: %d packages, undecided %v, %v", lock, result.Packages, result.Undecided, err)
		}
		var got []string
		for _, f := range result.Findings {
			for _, id := range f.Records {
				got = append(got, fmt.Sprintf("%s %s %s", f.Package, id, databaseWord(f.Severity.Level)))
			}
		}
		slices.Sort(got)
		if want := findings[lock]; !slices.Equal(got, want) {
			t.Errorf("%s: %d found, %d known:\n%v\n%v", lock, len(got), len(want), got, want)
		}
		total += len(got)
	}
	if total != 153 {
		t.Errorf("%d findings in all, the reference has 153", total)
	}
}

// databaseWord is how GHSA writes a level.
func databaseWord(l Level) string {
	if l == LevelMedium {
		return "MODERATE"
	}
	return strings.ToUpper(string(l))
}

// storeOf makes a store of npm and Go records, given by ID.
func storeOf(t *testing.T, ecosystem string, records map[string]string) *Store {
	t.Helper()
	dir := t.TempDir()
	members := map[string]string{}
	for id, rest := range records {
		members[id+".json"] = `{"id":"` + id + `",` + rest + `}`
	}
	if p := imported(t, dir, export(ecosystem, pack(t, members), "", t)); p.Rejected > 0 {
		t.Fatal(p.RejectedExamples)
	}
	return opened(t, dir)
}

// on writes the affected part of a record.
func on(ecosystem, name, events string) string {
	return `"affected":[{"package":{"ecosystem":"` + ecosystem + `","name":"` + name + `"},"ranges":[{"type":"SEMVER","events":[` + events + `]}]}]`
}

func TestRanges(t *testing.T) {
	s := storeOf(t, NPM, map[string]string{
		"A-1": on(NPM, "two", `{"introduced":"1.0.0"},{"fixed":"1.2.0"},{"introduced":"2.0.0-beta.2"},{"fixed":"2.1.0"}`),
		"A-2": on(NPM, "last", `{"last_affected":"1.5.0"},{"introduced":"0"}`),
		"A-3": on(NPM, "open", `{"introduced":"3.0.0"}`),
		"A-4": on(NPM, "limit", `{"introduced":"0"},{"limit":"2.0.0"}`),
		"A-5": `"affected":[{"package":{"ecosystem":"npm","name":"listed"},"versions":["1.0.0","1.0.2"]}]`,
		"A-6": `"affected":[{"package":{"ecosystem":"npm","name":"mixed"},"versions":["0.9.0"],"ranges":[{"type":"GIT","events":[{"introduced":"abc"}]},{"type":"ECOSYSTEM","events":[{"introduced":"1.0.0"},{"fixed":"1.1.0"}]}]}]`,
		"A-7": on(NPM, "again", `{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.0.0"},{"fixed":"1.1.0"}`),
	})
	for release, fixed := range map[string]string{ // the fix, "no" when not affected, "yes" when no fix is known
		"two@0.9.9": "no", "two@1.0.0": "1.2.0", "two@1.2.0-rc.1": "1.2.0", "two@1.2.0": "no", "two@2.0.0-beta.1": "no", "two@2.0.0-beta.10": "2.1.0",
		"two@2.0.9+build.5": "2.1.0", "two@2.1.0": "no", "last@0.0.1": "yes", "last@1.5.0": "yes", "last@1.5.1-0": "no", "open@3.0.0": "yes", "open@99.0.0": "yes",
		"open@2.9.9": "no", "limit@1.9.9": "yes", "limit@2.0.0": "no", "listed@1.0.0": "yes", "listed@1.0.1": "no", "listed@v1.0.2": "yes",
		"mixed@0.9.0": "yes", "mixed@1.0.5": "1.1.0", "mixed@1.1.0": "no", "again@1.0.0": "1.1.0", "other@1.0.0": "no",
	} {
		name, version, _ := strings.Cut(release, "@")
		result, err := s.Match(t.Context(), []Package{{NPM, name, version}}, nil)
		if err != nil || len(result.Undecided) > 0 {
			t.Fatal(result, err)
		}
		got := "no"
		if len(result.Findings) > 0 {
			if got = result.Findings[0].Fixed; got == "" {
				got = "yes"
			}
		}
		if got != fixed {
			t.Errorf("%s: %s, want %s", release, got, fixed)
		}
	}
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	s := storeOf(t, NPM, map[string]string{
		"A-1": on(NPM, "odd", `{"introduced":"one"},{"fixed":"2.0.0"}`),
		"A-2": on(NPM, "endless", `{"fixed":"2.0.0"}`),
		"A-3": on(NPM, "strange", `{"introduced":"0"},{"mended":"2.0.0"}`),
		"A-4": `"affected":[{"package":{"ecosystem":"npm","name":"bare"}}]`,
	})
	for _, p := range []Package{{NPM, "odd", "1.0.0"}, {NPM, "endless", "1.0.0"}, {NPM, "strange", "1.0.0"}, {NPM, "bare", "1.0.0"},
		{NPM, "any", ""}, {NPM, "any", "1.x"}, {NPM, "any", "*"}, {NPM, "any", "latest"}, {NPM, "any", "1.0.0 "}, {Go, "example.org/a", "v1.0.0"}, {"PyPI", "a", "1"}} {
		result, err := s.Match(t.Context(), []Package{p, p}, nil)
		if err != nil || len(result.Undecided) != 1 || len(result.Findings) != 0 || result.Packages != 1 {
			t.Errorf("%v: %+v %v", p, result, err)
		}
	}
}

func TestAliasesAreOneFinding(t *testing.T) {
	records := map[string]string{
		"GO-2025-0001":        `"aliases":["CVE-2025-1","GHSA-aaaa-aaaa-aaaa"],` + on(Go, "example.org/a", `{"introduced":"0"},{"fixed":"1.2.0"}`),
		"GHSA-aaaa-aaaa-aaaa": `"aliases":["CVE-2025-1"],"database_specific":{"severity":"CRITICAL"},` + on(Go, "example.org/a", `{"introduced":"0"},{"fixed":"1.3.0"}`),
		"GHSA-bbbb-bbbb-bbbb": `"aliases":["CVE-2025-2"],"database_specific":{"severity":"LOW"},` + on(Go, "example.org/a", `{"introduced":"0"}`),
		"GO-2025-0003":        `"aliases":["GHSA-cccc-cccc-cccc"],` + on(Go, "example.org/other", `{"introduced":"0"}`),
		"GHSA-cccc-cccc-cccc": `"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],` + on(Go, "example.org/elsewhere", `{"introduced":"0"}`),
		"GO-2025-0009":        `"withdrawn":"2025-01-01T00:00:00Z",` + on(Go, "example.org/a", `{"introduced":"0"}`),
	}
	s := storeOf(t, Go, records)
	result, err := s.Match(t.Context(), []Package{{Go, "example.org/a", "v1.0.0"}, {Go, "example.org/other", "v1.0.0+incompatible"}}, nil)
	if err != nil || len(result.Findings) != 3 {
		t.Fatalf("%+v %v", result.Findings, err)
	}
	byID := map[string]Finding{}
	for _, f := range result.Findings {
		byID[f.ID] = f
	}
	f := byID["GO-2025-0001"]
	if !slices.Equal(f.Records, []string{"GHSA-aaaa-aaaa-aaaa", "GO-2025-0001"}) || !slices.Equal(f.Aliases, []string{"CVE-2025-1"}) || f.Fixed != "1.3.0" || f.Severity.Level != LevelCritical {
		t.Errorf("%+v", f)
	}
	if f := byID["GHSA-bbbb-bbbb-bbbb"]; f.Severity.Level != LevelLow || f.Fixed != "" {
		t.Errorf("%+v", f)
	}
	// The alias names another module; its rating is borrowed all the same.
	if f := byID["GO-2025-0003"]; f.Severity.Level != LevelCritical || f.Severity.Ratings[0].Record != "GHSA-cccc-cccc-cccc" || f.Severity.Ratings[0].Score != 9.8 {
		t.Errorf("%+v", f)
	}
}

func TestGoPackagesThatAreNotLinked(t *testing.T) {
	dir := t.TempDir()
	imported(t, dir, export(Go, reference(t, "Go.zip"), "", t))
	s := opened(t, dir)
	crypto := []Package{{Go, "golang.org/x/crypto", "v0.58.0"}}
	for _, c := range []struct {
		linked             Linked
		findings, unlinked int
	}{
		{nil, 1, 0},
		{Linked{"golang.org/x/crypto/argon2": true}, 0, 1},
		{Linked{"golang.org/x/crypto/argon2": true, "golang.org/x/crypto/openpgp/armor": true}, 1, 0},
	} {
		result, err := s.Match(t.Context(), crypto, c.linked)
		if err != nil || len(result.Findings) != c.findings || len(result.Unlinked) != c.unlinked {
			t.Errorf("%v: %+v %v", c.linked, result, err)
		}
	}
	// A record that names no package could mean any.
	other := storeOf(t, Go, map[string]string{"GO-1": on(Go, "example.org/a", `{"introduced":"0"}`)})
	if result, err := other.Match(t.Context(), []Package{{Go, "example.org/a", "v1.0.0"}}, Linked{}); err != nil || len(result.Findings) != 1 {
		t.Errorf("%+v %v", result, err)
	}
}

func TestUpgrade(t *testing.T) {
	s := storeOf(t, NPM, map[string]string{
		"A-1": on(NPM, "a", `{"introduced":"0"},{"fixed":"1.2.0"},{"introduced":"2.0.0"},{"fixed":"2.5.0"}`),
		"A-2": on(NPM, "a", `{"introduced":"1.1.0"},{"fixed":"1.4.0"}`),
		"A-3": on(NPM, "a", `{"introduced":"1.4.0"},{"fixed":"1.4.2"}`),
		"A-4": on(NPM, "b", `{"introduced":"0"}`),
	})
	for release, want := range map[string]string{"a@1.0.0": "1.4.2", "a@2.1.0": "2.5.0", "a@1.4.1": "1.4.2", "b@1.0.0": "", "c@1.0.0": "", "a@x": ""} {
		name, version, _ := strings.Cut(release, "@")
		if got, err := s.Upgrade(Package{NPM, name, version}); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", release, got, err, want)
		}
	}
}

func TestSeverity(t *testing.T) {
	const (
		v31low   = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"                      // 1.8
		v30high  = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"                      // 7.5
		v40crit  = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"   // 9.3
		v31none  = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"                      // 0
		v40burnt = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:HHH" // not a vector
	)
	cvss := func(vectors ...string) string {
		var all []string
		for _, v := range vectors {
			all = append(all, `{"type":"CVSS","score":"`+v+`"}`)
		}
		return `"severity":[` + strings.Join(all, ",") + `]`
	}
	word := func(w string) string { return `"database_specific":{"severity":"` + w + `"}` }
	for src, want := range map[string]struct {
		level    Level
		disputed bool
	}{
		cvss(v31low):                            {LevelLow, false},
		cvss(v30high):                           {LevelHigh, false},
		cvss(v40crit):                           {LevelCritical, false},
		cvss(v31none):                           {LevelNone, false},
		cvss(v31low, v30high, v40crit):          {LevelCritical, true},
		cvss(v31low) + "," + word("HIGH"):       {LevelHigh, true},
		cvss(v30high) + "," + word("HIGH"):      {LevelHigh, false},
		cvss(v40burnt) + "," + word("MODERATE"): {LevelMedium, false},
		cvss(v40burnt):                          {LevelUnknown, false},
		cvss("AV:N/AC:L/Au:N/C:C/I:C/A:C"):      {LevelUnknown, false},
		word("HIGH"):                            {LevelHigh, false},
		word("dreadful"):                        {LevelUnknown, false},
		`"summary":"nobody rated it"`:           {LevelUnknown, false},
	} {
		s := storeOf(t, NPM, map[string]string{"A-1": src + "," + on(NPM, "a", `{"introduced":"0"}`)})
		result, err := s.Match(t.Context(), []Package{{NPM, "a", "1.0.0"}}, nil)
		if err != nil || len(result.Findings) != 1 {
			t.Fatal(result, err)
		}
		if got := result.Findings[0].Severity; got.Level != want.level || got.Disputed != want.disputed {
			t.Errorf("%s: %+v, want %+v", src, got, want)
		}
	}
	s := storeOf(t, NPM, map[string]string{"MAL-1": on(NPM, "a", `{"introduced":"0"}`)})
	if result, err := s.Match(t.Context(), []Package{{NPM, "a", "1.0.0"}}, nil); err != nil || result.Findings[0].Severity.Level != LevelMalicious {
		t.Errorf("%+v %v", result, err)
	}
	for level, blocks := range map[Level]bool{LevelNone: false, LevelLow: false, LevelMedium: false, LevelUnknown: true, LevelHigh: true, LevelCritical: true, LevelMalicious: true} {
		if level.AtLeastHigh() != blocks {
			t.Errorf("%s: %v", level, !blocks)
		}
	}
}
