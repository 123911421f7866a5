package listo_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// corridor is the import rule: a package imports directly only what stands to
// its left. Names ending in "/*" stand for every package below.
var corridor = []string{"words", "evidence", "seal", "config", "engine/*", "lab", "lab/*", "gates/*", "gates", "run", "report/*", "report", "term", "cli"}

// pure packages hold the argument and touch nothing.
var pure = map[string][]string{
	"words":    {"net", "os/exec", "database/sql", "os"},
	"evidence": {"net", "os/exec", "database/sql", "os"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsFollowTheCorridor(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			if reason := refuse(p.ImportPath, imported); reason != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, reason)
			}
		}
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list gave %d packages: the rule would be checked against nothing", len(all))
	}
	return all
}

// refuse says why one package may not import another; "" when it may.
func refuse(from, to string) string {
	from = strings.TrimPrefix(from, "listo/")
	inside, ours := strings.CutPrefix(to, "listo/")
	room := strings.TrimPrefix(from, "internal/")
	for _, forbidden := range pure[room] {
		if to == forbidden || strings.HasPrefix(to, forbidden+"/") {
			return "it is pure and may touch nothing"
		}
	}
	switch {
	case !ours:
		return ""
	case from == "harden" || from == "gateway" || strings.HasPrefix(from, "gateway/"):
		if strings.HasPrefix(inside, "internal/") {
			return "the physician knows nothing of the exam"
		}
	case inside == "harden" || inside == "gateway" || strings.HasPrefix(inside, "gateway/"):
		if strings.HasPrefix(from, "internal/gates") {
			return "the exam does not know the physician"
		}
	case strings.HasPrefix(from, "internal/") && strings.HasPrefix(inside, "internal/"):
		return against(room, strings.TrimPrefix(inside, "internal/"))
	}
	return ""
}

func against(from, to string) string {
	here, there := place(from), place(to)
	switch {
	case here < 0 || there < 0:
		return fmt.Sprintf("the corridor has no place for one of them: add it to the rule (%d, %d)", here, there)
	case strings.HasPrefix(from, "engine/") && strings.HasPrefix(to, "engine/"):
		return "engines never import each other"
	case strings.HasPrefix(from, "engine/"):
		return "an engine knows its subject only"
	case strings.HasPrefix(from, "gates/") && strings.HasPrefix(to, "gates/"):
		return "rooms never import each other"
	case from != to && here < there, from != to && here == there && !strings.HasPrefix(from, "lab/"):
		return "it stands to the right"
	}
	return ""
}

func place(room string) int {
	return slices.IndexFunc(corridor, func(name string) bool {
		group, all := strings.CutSuffix(name, "/*")
		return room == name || (all && strings.HasPrefix(room, group+"/"))
	})
}

func TestTheRuleRefuses(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"listo/internal/words", "listo/internal/evidence"},
		{"listo/internal/engine/redact", "listo/internal/engine/shell"},
		{"listo/internal/engine/redact", "listo/internal/evidence"},
		{"listo/internal/gates/pool", "listo/internal/gates/secrets"},
		{"listo/internal/gates/pool", "listo/harden"},
		{"listo/harden", "listo/internal/words"},
		{"listo/internal/evidence", "net/http"},
		{"listo/internal/lab/sql", "listo/internal/run"},
		{"listo/internal/stray", "listo/internal/words"},
	} {
		if refuse(c.from, c.to) == "" {
			t.Errorf("%s may import %s: the rule is broken", c.from, c.to)
		}
	}
}
