package report

import (
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
)

// publishing gives a view whose gate "pool" publishes the first blob of its first
// check under a name, as a picture and as a data report.
func publishing(t *testing.T, name string) (v *View, bytes []byte) {
	t.Helper()
	v = frozenView(t, "healthy", words.English)
	for i, g := range v.Gates {
		if g.ID == "pool" {
			v.Gates[i].Files = []string{"plot.svg"}
			v.Gates[i].Reports = append([]string{"data.json"}, g.Reports...)
		}
	}
	for _, e := range v.Ledger.Entries {
		if e.Experiment == nil || e.Experiment.Check != "pool.effective" {
			continue
		}
		for _, step := range e.Experiment.Steps {
			for i := range step.Raw {
				step.Raw[i].Name = name
				bytes, err := v.Blob(step.Raw[i].Digest)
				if err != nil {
					t.Fatal(err)
				}
				return v, bytes
			}
		}
	}
	t.Fatal("the frozen audit kept no blob of pool.effective")
	return nil, nil
}

func TestKeptBlobsArePublishedUnderTheirName(t *testing.T) {
	v, want := publishing(t, "plot.svg")
	pages := pagesOf(t, v)
	if got := string(pages["evidence/files/plot.svg"]); got != string(want) {
		t.Errorf("the file holds %q", got)
	}
	p := &page{phrases: phrases{view: v, gate: "pool"}}
	if got := p.publishedLink("plot.svg"); got != "[`plot.svg`](evidence/files/plot.svg)" {
		t.Errorf("the link is %s", got)
	}
	if got, err := p.picture("plot.svg", "pool.title"); err != nil || !strings.HasSuffix(string(got), "](evidence/files/plot.svg)") {
		t.Errorf("the picture is %s, %v", got, err)
	}
	v, want = publishing(t, "data.json")
	if got := string(pagesOf(t, v)["data.json"]); got != string(want) {
		t.Errorf("the data report holds %q", got)
	}
}

func TestFilesThatAreNotThereAreNotPublished(t *testing.T) {
	v, _ := publishing(t, "something else")
	pages := pagesOf(t, v)
	if _, there := pages["evidence/files/plot.svg"]; there {
		t.Error("a picture that nobody kept was published")
	}
	if got := pages["data.json"]; !strings.Contains(string(got), "this audit has not made it yet") || !Ours(got) {
		t.Errorf("the data report says %s", got)
	}
	p := &page{phrases: phrases{view: v, gate: "pool"}}
	if got, err := p.picture("plot.svg", "pool.title"); got != "" || err != nil {
		t.Errorf("a picture that is not there is shown: %s, %v", got, err)
	}
}

// Half a file is no file.
func TestACappedBlobIsNotPublished(t *testing.T) {
	v, _ := publishing(t, "plot.svg")
	gate, _ := findGate(v.Gates, "pool")
	for _, e := range v.Ledger.Attempts("pool.effective") {
		for _, step := range e.Steps {
			for i := range step.Raw {
				step.Raw[i].TrueSize = 1 << 30
			}
		}
	}
	if _, found := v.newest(gate, "plot.svg"); found {
		t.Error("a capped blob was found good enough")
	}
	if _, found := v.newest(evidence.Gate{}, "plot.svg"); found {
		t.Error("a gate without checks publishes")
	}
}
