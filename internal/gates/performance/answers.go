package performance

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	labload "listo/internal/lab/load"
)

const (
	answersID = "performance.answers"
	// looks is how often the reads are asked while the load runs, each time so many.
	looks    = 6
	lookEach = 3
)

// Answers is what a bystander got while the peak users were at work.
type Answers struct {
	Measured
	Looks []Looked `json:"looks"`
}

// Looked is how one read was answered under load, compared with its answer at
// rest.
type Looked struct {
	Endpoint string `json:"endpoint"`
	Asked    int    `json:"asked"`
	// Alike had the same status, media type and shape.
	Alike     int `json:"alike"`
	Throttled int `json:"throttled"`
	// Lost had no whole answer: what becomes of connections is another check's.
	Lost int `json:"lost"`
	// Strangers were alike in shape and somebody else's by what stands in them.
	Strangers int `json:"strangers,omitempty"`
	// Named is at how many places an answer must bear what the request names, and Told
	// how many users' answers at rest can be told from the bystander's: of nothing
	// known nothing is a stranger's.
	Named int `json:"named,omitempty"`
	Told  int `json:"told,omitempty"`
	// Blind says that both are none: by nothing in an answer could it be known to be
	// somebody else's, and all that was compared is its shape.
	Blind bool `json:"blind,omitempty"`
	// Difference is the first one seen.
	Difference string `json:"difference"`
}

// answers asks whether an answer under load is the one given at rest. A service
// that says "200, try later" has the best latencies of all.
func answers() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: answersID, Class: classAnswers, Loading: true, Needs: needs(), Limits: limitsOf(shortMS), Reasons: reasonsWith("shapes", "different", "stranger", "not_looked"),
	}, runAnswers, judgeAnswers)
}

func runAnswers(ctx context.Context, b *lab.Bench) (Answers, error) {
	o := Answers{Looks: []Looked{}}
	t, err := prepare(ctx, b, lab.SettingsOf[Settings](b).PeakUsers)
	if err != nil {
		return o, err
	}
	if t.ready() {
		look := newBystander(ctx, t)
		_, err = t.repeat(ctx, errorsRule(), func(ctx context.Context) ([]*labload.Run, error) { return look.during(ctx, t) })
		o.Looks = look.seen
	}
	o.Measured = t.seen
	return o, err
}

// bystander asks the reads of the mix one at a time.
type bystander struct {
	client *http.Client
	token  http.Token
	reads  []int // requests of the scene
	rest   map[int]shape
	whose  map[int]*whose
	seen   []Looked
}

func newBystander(ctx context.Context, t *trial) *bystander {
	by := &bystander{client: http.On(t.bench), token: t.scene.tokens[0], rest: map[int]shape{}, whose: map[int]*whose{}, seen: []Looked{}}
	for i, r := range t.scene.scenario.Requests {
		if r.Method == nethttp.MethodGet {
			by.reads = append(by.reads, i)
			by.rest[i] = shapeOf(t.scene.rest[i].Body)
			w := t.tell(ctx, by.client, r.Path)
			named, told := len(w.named), w.told()
			by.whose[i] = w
			by.seen = append(by.seen, Looked{Endpoint: r.Name, Named: named, Told: told, Blind: named+told == 0})
		}
	}
	return by
}

// during looks while the load runs.
func (by *bystander) during(ctx context.Context, t *trial) (runs []*labload.Run, err error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runs, err = t.closed(ctx, "answers")
	}()
	p := t.profile(milliseconds(t.seen.Plan.DurationMS))
	every := time.NewTicker(max((p.WarmUp+p.Duration)/(looks+2), 50*time.Millisecond))
	defer every.Stop()
	for range looks {
		select {
		case <-every.C:
			by.ask(ctx, t)
		case <-ended:
			return runs, err
		}
	}
	<-ended
	return runs, err
}

func (by *bystander) ask(ctx context.Context, t *trial) {
	if len(by.reads) == 0 {
		return
	}
	turn := func(i int) int { return by.reads[i%len(by.reads)] }
	series := by.client.Series("reads of a bystander, under load") // a burst would keep the beginning of a long answer only
	defer series.End()
	for i := range lookEach * len(by.reads) {
		r := t.scene.scenario.Requests[turn(i)]
		a := series.Do(ctx, readOf(r.Path, by.token))
		l := &by.seen[i%len(by.reads)]
		l.Asked++
		how := ""
		switch {
		case a.Err != nil:
			l.Lost++
		case a.Status == nethttp.StatusTooManyRequests:
			l.Throttled++
		default:
			how = by.compare(t.scene.expected[turn(i)], turn(i), a, l)
		}
		if l.Difference == "" {
			l.Difference = how
		}
	}
}

// compare counts an answer as what it is, and says how it is not the right one.
func (by *bystander) compare(e Expected, i int, a http.Answer, l *Looked) string {
	if how := by.differs(e, by.rest[i], a); how != "" {
		return how
	}
	how := by.whose[i].stranger(valuesOf(a.Body))
	if how == "" {
		l.Alike++
	} else {
		l.Strangers++
	}
	return how
}

// differs says how an answer differs from the one at rest; "" when it does not.
func (by *bystander) differs(e Expected, rest shape, a http.Answer) string {
	now := Expected{}
	now.read(a)
	switch {
	case a.Status != e.Status:
		return fmt.Sprintf("status %d, at rest %d", a.Status, e.Status)
	case now.MediaType != e.MediaType:
		return fmt.Sprintf("%q, at rest %q", now.MediaType, e.MediaType)
	}
	return rest.lacking(shapeOf(a.Body))
}

func judgeAnswers(o Answers, limits evidence.Limits) evidence.Finding {
	f := o.judge(errorsRule(), limits)
	if f.Outcome == evidence.Fail {
		return f
	}
	alike, each := 0, true
	for _, l := range o.Looks {
		alike, each = alike+l.Alike, each && l.Alike > 0
		if l.Strangers > 0 {
			return evidence.Failed("stranger", evidence.Facts{"where": l.Endpoint, "strangers": l.Strangers, "asked": l.Asked,
				"how": l.Difference, "users": o.Plan.Users})
		}
		if different := l.Asked - l.Throttled - l.Lost - l.Alike; different > 0 {
			return evidence.Failed("different", evidence.Facts{"where": l.Endpoint, "different": different, "asked": l.Asked,
				"how": l.Difference, "users": o.Plan.Users})
		}
	}
	if f.Outcome != evidence.Pass {
		return f
	}
	if alike == 0 || !each {
		return evidence.Undecided("not_looked", nil)
	}
	f.Facts["asked"] = alike
	if blind := o.blind(); len(blind) > 0 {
		f.Facts["blind"] = blind
		return evidence.Passed("shapes", f.Facts)
	}
	return f
}

// blind names the reads of which shapes alone were compared. Evidence from before this
// was written down names none.
func (o Answers) blind() (all []string) {
	for _, l := range o.Looks {
		if l.Blind && !slices.Contains(all, l.Endpoint) {
			all = append(all, l.Endpoint)
		}
	}
	return all
}
