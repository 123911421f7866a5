package observability

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const logsID = "observability.logs"

// Logs is what the service's log lines are like.
type Logs struct {
	HasLog bool `json:"has_log"`
	// Sent counts our requests, Answered those with an answer.
	Sent     int            `json:"sent"`
	Answered int            `json:"answered"`
	Statuses map[string]int `json:"statuses"`
	// Lines counts all lines since the start, JSON those that are one JSON object.
	Lines int `json:"lines"`
	JSON  int `json:"json"`
	// NotJSON are some that are not.
	NotJSON []string `json:"not_json"`
	// Access counts the lines that tell how one of our requests ended; the counts
	// below are of these.
	Access int `json:"access"`
	// Lacking counts lines without a field that was looked for, by the field's name.
	Lacking map[string]int `json:"lacking"`
	// WrongStatus counts lines whose status is not that of the answer, WrongMethod
	// likewise, WrongDuration those that say a request took longer than its caller
	// waited, or less than nothing.
	WrongStatus   int `json:"wrong_status"`
	WrongMethod   int `json:"wrong_method"`
	WrongDuration int `json:"wrong_duration"`
	// SkewMS is how far the time of a line lies outside of the time in which its
	// request was under way, at worst.
	SkewMS float64 `json:"skew_ms"`
	// Examples are access lines, at most one per class of status, in the order of
	// the classes.
	Examples []string `json:"examples"`
}

// clockSlack is how much a duration may seem longer than its caller waited: two
// clocks are read by two processes.
const clockSlack = 100.0

func logs() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: logsID, Class: classLogs, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "skew_ms", Default: 2000, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: []string{"structured", "no_log", "not_json", "unidentified", "lacking", "wrong_status", "wrong_method", "wrong_duration", "skewed", "no_errors", "incomplete"},
	}, runLogs, judgeLogs)
}

func runLogs(ctx context.Context, b *lab.Bench) (o Logs, err error) {
	o = Logs{Statuses: map[string]int{}, Lacking: map[string]int{}, NotJSON: []string{}, Examples: []string{}}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	all, err := c.sendAll(ctx, 2, 1)
	if err != nil {
		return o, err
	}
	over := time.Now()
	o.Sent, o.Answered, o.Statuses = len(all), len(all)-lost(all), statuses(all)
	lines, has, err := c.logUntil(ctx, func(lines []logLine) bool { return len(c.outcomes(lines, all)) >= o.Answered })
	if err != nil {
		return o, err
	}
	o.HasLog = has
	o.read(c, lines, all, over)
	if len(o.Examples) > 0 {
		keepLines(b, "log_examples.jsonl", "# lines of the service's own log, one per class of status", o.Examples)
	}
	return o, nil
}

// read measures every line.
func (o *Logs) read(c *copied, lines []logLine, all []exchange, over time.Time) {
	byID, examples := map[string]exchange{}, map[int]string{}
	for _, e := range all {
		byID[e.id] = e
	}
	for _, l := range lines {
		o.Lines++
		if l.fields == nil {
			if len(o.NotJSON) < shownIDs {
				o.NotJSON = append(o.NotJSON, short(c.bench.Redact(l.text)))
			}
			continue
		}
		o.JSON++
		f := settings(c.bench).Log
		e, ours := byID[l.word(f.RequestID)]
		if !ours || e.Status == 0 || !l.outcome(f, e.Status) {
			continue
		}
		o.Access++
		o.compare(l, f, e, over)
		if _, shown := examples[e.Status/100]; !shown {
			examples[e.Status/100] = short(c.bench.Redact(l.text))
		}
	}
	for _, class := range slices.Sorted(maps.Keys(examples)) {
		o.Examples = append(o.Examples, examples[class])
	}
}

// compare holds one access line against the exchange it tells of.
func (o *Logs) compare(l logLine, f Fields, e exchange, over time.Time) {
	for _, name := range []string{f.Time, f.Level, f.RequestID, f.Method, f.Route, f.Status, f.Duration} {
		if _, there := l.field(name); !there {
			o.Lacking[name]++
		}
	}
	if status, _ := l.number(f.Status); int(status) != e.Status {
		o.WrongStatus++
	}
	if l.word(f.Method) != e.method {
		o.WrongMethod++
	}
	if took, ok := l.number(f.Duration); !ok || took < 0 || took > lab.Milliseconds(e.Took)+clockSlack {
		o.WrongDuration++
	}
	at, ok := l.when(f.Time)
	if !ok {
		o.Lacking[f.Time+" (RFC 3339)"]++
		return
	}
	o.SkewMS = max(o.SkewMS, lab.Milliseconds(e.began.Sub(at)), lab.Milliseconds(at.Sub(over)))
}

func judgeLogs(o Logs, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"lines": o.Lines, "json": o.JSON, "not_json": o.Lines - o.JSON, "access": o.Access, "answered": o.Answered,
		"wrong_status": o.WrongStatus, "wrong_method": o.WrongMethod, "wrong_duration": o.WrongDuration, "skew": milliseconds(o.SkewMS),
		"example": []string{"–"}, "fields": lackingFields(o.Lacking)}
	if len(o.NotJSON) > 0 {
		facts["example"] = o.NotJSON[:1]
	}
	switch {
	case o.Answered == 0:
		return evidence.Undecided("incomplete", facts)
	case !o.HasLog || o.Lines == 0:
		return evidence.Undecided("no_log", facts)
	case o.JSON < o.Lines:
		return evidence.Failed("not_json", facts)
	case o.Access == 0:
		return evidence.Failed("unidentified", facts)
	case len(o.Lacking) > 0:
		return evidence.Failed("lacking", facts)
	case o.WrongStatus > 0:
		return evidence.Failed("wrong_status", facts)
	case o.WrongMethod > 0:
		return evidence.Failed("wrong_method", facts)
	case o.WrongDuration > 0:
		return evidence.Failed("wrong_duration", facts)
	case o.SkewMS > limits["skew_ms"]:
		return evidence.Failed("skewed", facts)
	case o.Access < o.Answered: // observability.request_id says which are missing
		return evidence.Undecided("incomplete", facts)
	case fivehundreds(o.Statuses) == 0:
		return evidence.Undecided("no_errors", facts)
	}
	return evidence.Passed("structured", facts)
}

func lackingFields(lacking map[string]int) []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(lacking)) {
		names = append(names, fmt.Sprintf("%s (%d)", name, lacking[name]))
	}
	return names
}
