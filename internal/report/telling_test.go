package report

import (
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
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
		want, got := evidence.Digest(""), evidence.Digest("")
		if c.answer != "" {
			want = evidence.DigestOf([]byte(c.answer))
		}
		replay, answer := tellingStep(c.experiment, c.named)
		if answer != nil {
			got = answer.Digest
		}
		if replay != c.replay || got != want {
			t.Errorf("%s: replayed by %q with answer %s, want %q with that of %q", c.name, replay, got, c.replay, c.answer)
		}
	}
}

// A page says how large an answer was as it came, and what of it is here.
func TestAPageSaysTheTrueSize(t *testing.T) {
	whole := evidence.DigestOf([]byte("the whole"))
	kept := evidence.Blob{Digest: evidence.DigestOf(nil), Size: 900}
	cut, left, empty := kept, kept, evidence.Blob{Digest: evidence.DigestOf(nil)}
	cut.TrueSize, cut.TrueDigest = 2048, whole
	left.TrueSize, left.TrueDigest, left.Size = 1126, whole, 0
	link := " · [`e3b0c44298fc`](evidence/blobs/" + evidence.DigestOf(nil).Hex() + ")"
	for lang, want := range map[words.Lang][4]string{
		words.Spanish: {"900 B" + link, "2 KiB, aquí el principio y el final" + link, "1,1 KiB, no guardado aquí: sha256 `" + whole.Hex()[:12] + "`…", "0 B" + link},
		words.English: {"900 B" + link, "2 KiB, here its head and tail" + link, "1.1 KiB, not kept here: sha256 `" + whole.Hex()[:12] + "`…", "0 B" + link},
	} {
		b := builder{page: &page{phrases: phrases{view: frozenView(t, "planned", lang), gate: "pool"}}}
		for i, blob := range []evidence.Blob{kept, cut, left, empty} {
			if got := string(b.kept(blob)); got != want[i] || b.err != nil {
				t.Errorf("%+v is %q, want %q (%v)", blob, got, want[i], b.err)
			}
		}
	}
}
