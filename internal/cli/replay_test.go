package cli

import (
	"bytes"
	"strings"
	"testing"

	"listo/internal/gates"
)

// What was recorded in one transcript has its lines in the observation; they are printed too.
func TestReplayPrintsTheLinesOfTranscripts(t *testing.T) {
	var out bytes.Buffer
	a := &App{Out: &out, Gates: gates.All()}
	if err := a.printReplay("../report/testdata/healthy", "contracts.errors.method"); err != nil {
		t.Fatal(err)
	}
	if _, lines, found := strings.Cut(out.String(), "# what was recorded in one transcript:"); !found || !strings.Contains(lines, "\ncurl -sS -i -X ") || !strings.Contains(lines, "\n#   then: status 405") {
		t.Errorf("printed: %.2000s", out.String())
	}
}
