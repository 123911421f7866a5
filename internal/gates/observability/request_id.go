package observability

import (
	"context"
	"strconv"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/fault"
)

const requestID = "observability.request_id"

// calmTimes and illTimes are how often each kind of traffic is sent while the
// database is well and while it is refused.
const (
	calmTimes = 5
	illTimes  = 2
	// shownIDs is how many examples an observation keeps.
	shownIDs = 3
)

// Traced is where the ids that were sent turned up.
type Traced struct {
	Header string `json:"header"`
	// Sent counts requests, each with an id of its own; Lost those without an answer.
	Sent int `json:"sent"`
	Lost int `json:"lost"`
	// Statuses counts the answers by status; some must be 5xx.
	Statuses map[string]int `json:"statuses"`
	// Echoed counts answers that carry their request's id.
	Echoed int `json:"echoed"`
	// HasLog tells whether the log could be read, Lines how many lines it has.
	HasLog bool `json:"has_log"`
	Lines  int  `json:"lines"`
	// Once, Missing and Twice count answered requests by how many lines tell how
	// the request with that id ended.
	Once    int `json:"once"`
	Missing int `json:"missing"`
	Twice   int `json:"twice"`
	// Examples are some requests whose id was not echoed, missing or found twice.
	Examples []Stray `json:"examples"`
	Ended    string  `json:"ended"`
}

// Stray is a request whose id got lost.
type Stray struct {
	Request string `json:"request"`
	Status  int    `json:"status"`
	ID      string `json:"id"`
	Echo    string `json:"echo"`
	Lines   int    `json:"lines"`
}

func traced() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: requestID, Class: classRequestID, Loading: true, Needs: needs(),
		Reasons: []string{"traced", "not_echoed", "missing", "twice", "no_log", "no_errors", "lost", "incomplete"},
	}, runTraced, judgeTraced)
}

// sendAll sends the traffic while the database is well and while it is refused, so
// that there are answers of all kinds.
func (c *copied) sendAll(ctx context.Context, calm, ill int) ([]exchange, error) {
	all, err := c.send(ctx, calm)
	if err != nil {
		return nil, err
	}
	err = c.ill(illness{fault.Refuse, 0}, func() error {
		more, err := c.send(ctx, ill)
		all = append(all, more...)
		return err
	})
	return all, err
}

func runTraced(ctx context.Context, b *lab.Bench) (o Traced, err error) {
	o = Traced{Header: settings(b).RequestID, Statuses: map[string]int{}, Examples: []Stray{}}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	all, err := c.sendAll(ctx, calmTimes, illTimes)
	if err != nil {
		return o, err
	}
	answered := 0
	for _, e := range all {
		if e.Err == nil && e.Status != 0 {
			answered++
		}
	}
	lines, has, err := c.logUntil(ctx, func(lines []logLine) bool { return c.ended() != "" || len(c.outcomes(lines, all)) >= answered })
	if err != nil {
		return o, err
	}
	o.Sent, o.Lost, o.Statuses, o.HasLog, o.Lines, o.Ended = len(all), lost(all), statuses(all), has, len(lines), c.ended()
	o.count(c, all, c.outcomes(lines, all))
	return o, nil
}

// outcomes counts for each id the lines that tell how its request ended.
func (c *copied) outcomes(lines []logLine, all []exchange) map[string]int {
	status := map[string]int{}
	for _, e := range all {
		status[e.id] = e.Status
	}
	counts := map[string]int{}
	for _, l := range lines {
		if id := l.idOf(c.prefix); id != "" && l.outcome(settings(c.bench).Log, status[id]) {
			counts[id]++
		}
	}
	return counts
}

func (o *Traced) count(c *copied, all []exchange, found map[string]int) {
	for _, e := range all {
		if e.Err != nil || e.Status == 0 {
			continue
		}
		echo, n := e.Header.Get(o.Header), found[e.id]
		if echo == e.id {
			o.Echoed++
		}
		switch {
		case n == 0:
			o.Missing++
		case n == 1:
			o.Once++
		default:
			o.Twice++
		}
		if (echo != e.id || n != 1) && len(o.Examples) < shownIDs {
			o.Examples = append(o.Examples, Stray{settings(c.bench).Traffic[e.traffic].Request, e.Status, e.id, short(echo), n})
		}
	}
}

func judgeTraced(o Traced, _ evidence.Limits) evidence.Finding {
	answered := o.Sent - o.Lost
	facts := evidence.Facts{"header": []string{o.Header}, "sent": o.Sent, "lost": o.Lost, "answered": answered, "echoed": o.Echoed,
		"once": o.Once, "missing": o.Missing, "twice": o.Twice, "lines": o.Lines, "ended": o.Ended,
		"request": []string{"–"}, "status": 0, "id": []string{"–"}, "errors": fivehundreds(o.Statuses)}
	if len(o.Examples) > 0 {
		e := o.Examples[0]
		facts["request"], facts["status"], facts["id"] = []string{e.Request}, e.Status, []string{e.ID}
	}
	switch {
	case answered == 0:
		return evidence.Undecided("incomplete", facts)
	case o.Echoed < answered:
		return evidence.Failed("not_echoed", facts)
	case !o.HasLog:
		return evidence.Undecided("no_log", facts)
	case o.Missing > 0:
		return evidence.Failed("missing", facts)
	case o.Twice > 0:
		return evidence.Failed("twice", facts)
	case o.Once != answered:
		return evidence.Undecided("incomplete", facts)
	case o.Lost > 0:
		return evidence.Undecided("lost", facts)
	case fivehundreds(o.Statuses) == 0:
		return evidence.Undecided("no_errors", facts)
	}
	return evidence.Passed("traced", facts)
}

// fivehundreds counts the 5xx among statuses.
func fivehundreds(statuses map[string]int) (n int) {
	for status, count := range statuses {
		if code, err := strconv.Atoi(status); err == nil && code/100 == 5 {
			n += count
		}
	}
	return n
}
