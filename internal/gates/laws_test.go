package gates

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/evidence"
)

// The laws of the house hold for every gate and check in the table of contents,
// those still to come included. Here stand the laws about declarations, judges
// and controls; words_test.go has those about prose, source_test.go those about
// the source itself.

// each walks all checks.
func each(t *testing.T, law func(t *testing.T, g evidence.Gate, c evidence.Check)) {
	t.Helper()
	walked := 0
	for _, g := range All() {
		for _, c := range g.Checks {
			walked++
			t.Run(c.ID, func(t *testing.T) { law(t, g, c) })
		}
	}
	if walked == 0 {
		t.Fatal("no gate has a check: the law would be held against nothing")
	}
}

func TestTheTenGatesStandInOrder(t *testing.T) {
	var ids, reports []string
	for _, g := range All() {
		ids = append(ids, g.ID)
		reports = append(reports, g.Reports...)
		if len(g.Reports) == 0 {
			t.Errorf("gate %s writes no report", g.ID)
		}
	}
	if !slices.Equal(ids, evidence.Mandatory()) {
		t.Errorf("the gates are %v, the mandatory ones %v", ids, evidence.Mandatory())
	}
	slices.Sort(reports)
	if len(slices.Compact(slices.Clone(reports))) != len(reports) {
		t.Errorf("two gates write one report: %v", reports)
	}
}

func TestEveryFolderIsAGate(t *testing.T) {
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !f.IsDir() || f.Name() == "testdata" {
			continue
		}
		built := slices.ContainsFunc(All(), func(g evidence.Gate) bool { return g.ID == f.Name() && len(g.Checks) > 0 })
		if !built {
			t.Errorf("the folder %s is no gate with checks in All(): write its line there", f.Name())
		}
	}
}

func TestIDsAreUniqueAndTheirGates(t *testing.T) {
	form, seen := regexp.MustCompile(`^[a-z]+(\.[a-z][a-z0-9_]*)+$`), map[string]bool{}
	each(t, func(t *testing.T, g evidence.Gate, c evidence.Check) {
		if !strings.HasPrefix(c.ID, g.ID+".") || !form.MatchString(c.ID) {
			t.Errorf("the ID does not begin with the gate's, %q, or holds other than lower-case letters, digits, _ and dots", g.ID)
		}
		if seen[c.ID] {
			t.Error("two checks have this ID")
		}
		seen[c.ID] = true
		names := map[string]bool{}
		for _, l := range c.Limits {
			if names[l.Name] || l.Name == "" {
				t.Errorf("two limits are called %q, or one has no name", l.Name)
			}
			names[l.Name] = true
		}
	})
}

// limits gives the check's limits as a plan sets them, and all zero.
func limits(c evidence.Check) map[string]evidence.Limits {
	preset, zero := evidence.Limits{}, evidence.Limits{}
	for _, l := range c.Limits {
		zero[l.Name] = 0
		if !l.Unset {
			preset[l.Name] = l.Default
		}
	}
	return map[string]evidence.Limits{"default limits": preset, "limits of zero": zero, "no limits": {}}
}

// Law 3: nothing observed, nothing proved.
func TestNoJudgePassesNothing(t *testing.T) {
	each(t, func(t *testing.T, _ evidence.Gate, c evidence.Check) {
		for name, l := range limits(c) {
			for _, raw := range []string{string(c.Zero()), "{}", "null", "", "[]", `""`, "0", "true"} {
				if f, err := c.Judge(json.RawMessage(raw), l); err == nil && f.Outcome == evidence.Pass {
					t.Errorf("with %s it passes %q: %+v", name, raw, f)
				}
			}
		}
		if _, err := c.Judge(c.Zero(), limits(c)["default limits"]); err != nil {
			t.Errorf("the zero observation is one, but it is refused: %v", err)
		}
	})
}

// Law 2: what does not survive the round trip is refused.
func TestEveryStrangeObservationIsRefused(t *testing.T) {
	each(t, func(t *testing.T, _ evidence.Gate, c evidence.Check) {
		zero := string(c.Zero())
		if zero[0] != '{' || zero == "{}" {
			t.Fatalf("an observation is an object with its denominators, the zero one is %s", zero)
		}
		for what, raw := range map[string]string{
			"an unknown field first": `{"stranger":1,` + zero[1:],
			"an unknown field last":  zero[:len(zero)-1] + `,"stranger":1}`,
			"a blank":                " " + zero,
			"a second value":         zero + zero,
			"nothing":                "",
			"null":                   "null",
			"no field":               "{}",
			"half of it":             zero[:len(zero)/2],
		} {
			if f, err := c.Judge(json.RawMessage(raw), nil); err == nil {
				t.Errorf("%s is judged: %+v", what, f)
			}
			if _, err := c.Decode(json.RawMessage(raw)); err == nil {
				t.Errorf("%s is shown on pages", what)
			}
		}
	})
}

// Law 11: every detector is shown a sick case, by one control per class.
func TestEveryClassHasOneControl(t *testing.T) {
	each(t, func(t *testing.T, g evidence.Gate, c evidence.Check) {
		shown := 0
		for _, other := range All() {
			for _, control := range other.Controls {
				if control.Class != c.Class {
					continue
				}
				shown++
				if other.ID != g.ID {
					t.Errorf("its class %q has its control in gate %s", c.Class, other.ID)
				}
			}
		}
		if shown != 1 {
			t.Errorf("its class %q has %d controls, want one", c.Class, shown)
		}
	})
}

func TestEveryControlIsOfItsGate(t *testing.T) {
	for _, g := range All() {
		for _, control := range g.Controls {
			check, ok := evidence.Find([]evidence.Gate{g}, control.Check)
			switch {
			case !ok:
				t.Errorf("control %s names the check %q, which gate %s does not have", control.Class, control.Check, g.ID)
				continue
			case check.Class != control.Class:
				t.Errorf("control %s shows a twin to %s, which is of class %q", control.Class, check.ID, check.Class)
			case control.Twin == nil || len(control.Reasons) == 0:
				t.Errorf("control %s has no twin or no reason", control.Class)
			}
			for _, reason := range control.Reasons {
				if !slices.Contains(check.Reasons, reason) {
					t.Errorf("control %s waits for %q, which %s never says", control.Class, reason, check.ID)
				}
			}
		}
	}
}

func TestReasonsAreDeclaredOnce(t *testing.T) {
	each(t, func(t *testing.T, _ evidence.Gate, c evidence.Check) {
		sorted := slices.Sorted(slices.Values(c.Reasons))
		if len(sorted) == 0 || len(slices.Compact(slices.Clone(sorted))) != len(sorted) || slices.Contains(sorted, "any") {
			t.Errorf("its reasons are none, doubled, or one is called \"any\": %v", c.Reasons)
		}
	})
}

func TestEveryNeedIsKnown(t *testing.T) {
	plain := []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.NeedDatabase, evidence.NeedLogin, evidence.NeedGit, evidence.NeedBrowser}
	each(t, func(t *testing.T, g evidence.Gate, c evidence.Check) {
		for _, need := range c.Needs {
			names, setting := need.SettingNames()
			if !setting && !slices.Contains(plain, need) {
				t.Errorf("config does not know the need %q", need)
			}
			for _, name := range names {
				if g.Settings == nil || !hasKey(reflect.TypeOf(g.Settings()), name) {
					t.Errorf("it needs the setting %q, which the section %s does not have", name, g.ID)
				}
			}
		}
	})
}

// hasKey tells whether a struct has the key, which may be dotted.
func hasKey(t reflect.Type, key string) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	key, below, nested := strings.Cut(key, ".")
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") == key {
			return !nested || f.Type.Kind() == reflect.Struct && hasKey(f.Type, below)
		}
	}
	return false
}

func TestEverySettingIsDocumented(t *testing.T) {
	for _, g := range All() {
		if g.Settings == nil {
			continue
		}
		section := reflect.TypeOf(g.Settings())
		if section.Kind() != reflect.Pointer || section.Elem().Kind() != reflect.Struct {
			t.Errorf("the settings of %s are a %v, not a pointer to a struct", g.ID, section)
			continue
		}
		if !reflect.ValueOf(g.Settings()).Elem().IsZero() {
			t.Errorf("the settings of %s do not begin as zero", g.ID)
		}
		documented(t, g.ID, section.Elem())
	}
	if _, err := config.Schema(All()); err != nil {
		t.Errorf("listo.yaml cannot be described: %v", err)
	}
}

func documented(t *testing.T, at string, s reflect.Type) {
	t.Helper()
	keys := map[string]bool{}
	for i := range s.NumField() {
		f := s.Field(i)
		key, path := f.Tag.Get("yaml"), at+"."+f.Name
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(key) || keys[key] || f.Tag.Get("doc") == "" || !f.IsExported() {
			t.Errorf("%s wants a yaml tag of its own in lower case and a doc tag, and to be exported: %q", path, f.Tag)
		}
		keys[key] = true
		inner := f.Type
		for slices.Contains([]reflect.Kind{reflect.Slice, reflect.Map, reflect.Pointer}, inner.Kind()) {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			documented(t, path, inner)
		}
	}
	if len(keys) == 0 {
		t.Errorf("%s has no key: a section without keys is nil", at)
	}
}

func TestEveryReportHasItsTemplate(t *testing.T) {
	for _, g := range All() {
		if len(g.Checks) == 0 {
			if g.Pages != nil || len(g.Controls) > 0 {
				t.Errorf("gate %s has pages or controls, but no check", g.ID)
			}
			continue
		}
		pages := pagesOf(t, g)
		// Data, such as sbom.json, is a kept blob.
		rendered := slices.DeleteFunc(slices.Clone(g.Reports), func(name string) bool { return !strings.HasSuffix(name, ".md") })
		if got := slices.Sorted(maps.Keys(pages.Templates)); !slices.Equal(got, slices.Sorted(slices.Values(rendered))) {
			t.Errorf("gate %s has templates for %v, its pages are %v", g.ID, got, rendered)
		}
	}
}

func pagesOf(t *testing.T, g evidence.Gate) evidence.Pages {
	t.Helper()
	if g.Pages == nil {
		t.Fatalf("gate %s has checks, but no pages", g.ID)
	}
	pages, err := g.Pages()
	if err != nil {
		t.Fatalf("gate %s: %v", g.ID, err)
	}
	return pages
}
