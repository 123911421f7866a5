package performance

import (
	"context"
	nethttp "net/http"
	"slices"
	"time"

	"listo/internal/engine/load"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/words"
)

// Newcomers are the first reads of users, each with its repetition right after it and
// nothing else going on. A warm-up is discarded so that a service may warm up; what is
// cold for each user anew never does, and a load of few users cannot show it. What
// is cold for each new path is not seen: the mix is all the paths that listo knows.
type Newcomers struct {
	// Pairs of a read and its repetition were answered rightly.
	Pairs int64 `json:"pairs"`
	// Cold are those whose first answer was over the budget and whose second was not.
	Cold int64 `json:"cold"`
	// FirstMS and AgainMS are medians.
	FirstMS float64 `json:"first_ms"`
	AgainMS float64 `json:"again_ms"`
}

const (
	// coldMost is how many of a hundred pairs may be cold. On a machine so busy that a
	// share p of all answers is slow a pair looks cold with p(1-p), a quarter at most;
	// beyond a half it is the first read's own.
	coldMost = 50.0
	// arriving bounds the time that newcomers are sent for.
	arriving = 3 * time.Second
)

// arrive sends each user but the first, who was the one to look, through the reads.
func (t *trial) arrive(ctx context.Context) *Newcomers {
	n := &Newcomers{}
	budget := milliseconds(t.seen.Plan.BudgetMS)
	var first, again []time.Duration
	series := http.On(t.bench).Series("the first reads of each user, and again")
	defer series.End()
	began := time.Now()
	for _, token := range t.scene.tokens[1:] {
		for i, r := range t.scene.scenario.Requests {
			if r.Method != nethttp.MethodGet || time.Since(began) > arriving || ctx.Err() != nil {
				continue
			}
			q := readOf(r.Path, token)
			a, b := series.Do(ctx, q), series.Do(ctx, q)
			if e := t.scene.expected[i]; a.Err != nil || b.Err != nil || a.Status != e.Status || b.Status != e.Status {
				continue
			}
			n.Pairs++
			if a.Took > budget && b.Took <= budget {
				n.Cold++
			}
			first, again = append(first, a.Took), append(again, b.Took)
		}
	}
	n.FirstMS, n.AgainMS = median(first), median(again)
	return n
}

func median(all []time.Duration) float64 {
	if len(all) == 0 {
		return 0
	}
	return lab.Milliseconds(slices.Sorted(slices.Values(all))[len(all)/2])
}

// cold is the share of first reads that a warm-up would have hidden.
func (n *Newcomers) cold() load.Share { return load.Share{Count: n.Cold, Of: n.Pairs, Spread: 1} }

// judgeNormal asks about newcomers too: nobody has been there before. A pass says so
// when none of their reads could be compared.
func judgeNormal(m Measured, limits evidence.Limits) evidence.Finding {
	f := judgeProfile(m, limits)
	n := m.Newcomers
	switch {
	case f.Outcome == evidence.Fail || n == nil:
		return f
	case n.cold().Over(coldMost):
		return evidence.Failed("cold", evidence.Facts{"count": n.Cold, "of": n.Pairs, "percent": words.Percent(round(n.cold().Percent())),
			"first": n.First(), "again": n.Again(), "budget": milliseconds(m.Plan.BudgetMS)})
	case f.Outcome == evidence.Pass && n.Pairs == 0:
		return evidence.Passed("unpaired", f.Facts)
	}
	return f
}

// First and Again are the medians.
func (n *Newcomers) First() time.Duration { return milliseconds(n.FirstMS) }

// Again is the median of the repetitions.
func (n *Newcomers) Again() time.Duration { return milliseconds(n.AgainMS) }
