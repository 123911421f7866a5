package listo_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestInnocentsAreHeld walks docs/innocents.md: every innocent of the list stands
// there once, and names a test that exists, its case too, or says why it does not
// apply.
func TestInnocentsAreHeld(t *testing.T) {
	const page = "docs/innocents.md"
	seen := map[string]int{}
	for line := range strings.Lines(read(t, page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| ") || len(cells) != 3 || strings.TrimSpace(cells[0]) == "id" {
			continue
		}
		id, held := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[2])
		seen[id]++
		tests := heldBy.FindAllStringSubmatch(held, -1)
		if len(tests) == 0 && !strings.HasPrefix(held, "does not apply") {
			t.Errorf("%s: %s names no test and no reason why it does not apply", page, strings.TrimSpace(cells[1]))
		}
		for _, test := range tests {
			mustHoldTest(t, page, test[1], test[2], strings.TrimPrefix(test[3], "/"))
		}
	}
	for _, id := range listedInnocents() {
		if seen[id] != 1 {
			t.Errorf("%s: innocent %s stands there %d times, want once", page, id, seen[id])
		}
	}
}

// heldBy finds a package, a test and its case.
var heldBy = regexp.MustCompile("`([a-z./]+)` `(Test[A-Za-z0-9]+)(/[^`]+)?`")

// listedInnocents are the numbers of the list: 26 of the contracts, 26 of the
// database and of what can be observed.
func listedInnocents() (all []string) {
	for i := range 26 {
		all = append(all, "I"+string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10)), string(rune('a'+i)))
	}
	return all
}

// mustHoldTest wants a package below internal/, or the repository itself, to have a
// test, in the file of which a case stands by its name.
func mustHoldTest(t *testing.T, page, folder, test, name string) {
	t.Helper()
	if folder != "." {
		folder = filepath.Join("internal", folder)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, body, found := strings.Cut(string(text), "\nfunc "+test+"(")
		if body, _, _ = strings.Cut(body, "\n}\n"); found && strings.Contains(body, name) {
			return
		}
	}
	t.Errorf("%s: %s has no %s with a case %q", page, folder, test, name)
}
