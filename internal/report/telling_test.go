package report

import (
	"testing"

	"listo/internal/evidence"
)

// A blocker is replayed by the line that the judge names; without one, by the last
// that does something; a remark on what listo did is nothing to paste.
func TestTellingStep(t *testing.T) {
	step := func(line string) evidence.Step {
		return evidence.Step{Replay: line, Raw: []evidence.Blob{{Digest: evidence.DigestOf([]byte(line))}}}
	}
	const first, last, remark = `curl "$BASE/a"`, `curl "$BASE/b"`, "# SIGTERM to the process group of the copy"
	e := evidence.Experiment{Steps: []evidence.Step{step(first), step(last), {Replay: `curl "$BASE/c"`}, step(remark)}}
	for _, c := range []struct {
		name       string
		experiment evidence.Experiment
		named      any
		replay     string
		answer     string // the line whose answer is linked
	}{
		{"named", e, first, first, first},
		{"nothing named", e, nil, last, last},
		{"named and not among the steps", e, "seq 500 | xargs curl", "seq 500 | xargs curl", last},
		{"remarks alone", evidence.Experiment{Steps: []evidence.Step{step(remark)}}, nil, "", remark},
		{"no line at all", evidence.Experiment{Steps: []evidence.Step{{}}}, "", "", ""},
		{"named, of another type", e, 7, last, last},
	} {
		want := ""
		if c.answer != "" {
			want = evidence.DigestOf([]byte(c.answer)).Hex()
		}
		if replay, blob := tellingStep(c.experiment, c.named); replay != c.replay || blob != want {
			t.Errorf("%s: replayed by %q with answer %s, want %q with that of %q", c.name, replay, blob, c.replay, c.answer)
		}
	}
}
