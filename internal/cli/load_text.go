package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"listo/internal/engine/load"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

//go:embed load.words.yaml
var loadWords []byte

// telling is a document in the making, in the reader's language.
type telling struct {
	strings.Builder
	*showing
	d   document
	r   *load.Result
	err error
}

// text gives the document as a person at a terminal reads it.
func (s *showing) text(d document) (string, error) {
	t := &telling{showing: s, d: d, r: d.Result}
	table := tabwriter.NewWriter(t, 0, 0, 2, ' ', 0)
	for _, r := range t.rows() {
		fmt.Fprintf(table, "%s\t%s\n", r.name, strings.Join(r.lines, "\n\t"))
	}
	t.err = errors.Join(t.err, table.Flush())
	for _, rows := range [][][]string{t.latencies(), t.endpoints()} {
		if len(rows) > 1 {
			t.columns(rows)
		}
	}
	t.WriteString("\n")
	table = tabwriter.NewWriter(t, 0, 0, 2, ' ', 0)
	for _, q := range d.Verdict.Questions {
		fmt.Fprintf(table, "%s\t%s\n", t.promised(q), t.counted(q))
	}
	t.err = errors.Join(t.err, table.Flush())
	fmt.Fprintf(t, "%s: %s\n", t.say("outcome."+string(d.Verdict.Outcome), nil), t.why())
	return t.String(), t.err
}

// columns writes a table whose first column is text and whose others are figures.
func (t *telling) columns(rows [][]string) {
	t.WriteString("\n")
	table := tabwriter.NewWriter(t, 0, 0, 2, ' ', tabwriter.AlignRight)
	first := 0
	for _, row := range rows {
		first = max(first, len([]rune(row[0])))
	}
	for _, row := range rows {
		fmt.Fprintf(table, "%s%s\t%s\t\n", row[0], strings.Repeat(" ", first-len([]rune(row[0]))), strings.Join(row[1:], "\t"))
	}
	t.err = errors.Join(t.err, table.Flush())
}

func (t *telling) say(key string, facts map[string]any) string {
	text, err := t.book.Say(t.lang, "load."+key, facts)
	t.err = errors.Join(t.err, err)
	return text
}

func (t *telling) format(v any) string { return words.Format(t.lang, v) }

// row is a name and what is said under it.
type row struct {
	name  string
	lines []string
}

// rows are what a run came to at a glance.
func (t *telling) rows() []row {
	r, total := t.r, &t.r.Total
	all := []row{
		t.row("target", t.d.Target+" ("+r.Address+")"),
		t.row("model", t.model()...),
		t.row("requests", t.say("rates."+t.kind(), facts{"n": total.Requests, "achieved": rounded(r.Rate()), "offered": rounded(r.Profile.Rate)})),
		t.row("answered", t.share(total.Answered)),
		t.row("failed", t.share(total.Failed)+t.classes(total.Classes)),
	}
	for _, c := range slices.Sorted(maps.Keys(r.Examples)) {
		all = append(all, t.row("examples", t.say("class."+c.String(), nil)+": "+markdown.Clean(r.Examples[c])))
	}
	all = append(all,
		t.row("statuses", t.statuses()),
		t.row("bytes", t.say("bytes", facts{"bytes": words.Bytes(total.Bytes), "per": words.Bytes(perSecond(total.Bytes, r.Measured))})),
		t.row("connections", t.connections()...),
		t.row("stalls", t.stalls()...),
		t.row("generator", t.generator()...))
	if r.Instrument.UsersTime > 0 {
		part := r.Instrument.OwnTime.Seconds() / r.Instrument.UsersTime.Seconds()
		all = append(all, t.row("own", t.say("own", facts{"users": rounded(r.Instrument.UsersTime.Seconds()), "own": rounded(r.Instrument.OwnTime.Seconds()), "percent": percent(part)})))
	}
	if c := r.Profile.Calibration; c.Rate > 0 {
		all = append(all, t.row("calibration", t.say("calibration", facts{"ceiling": rounded(c.Rate), "used": percent(r.Rate() / c.Rate), "floor": c.Floor.P95})))
	}
	return all
}

func (t *telling) row(key string, lines ...string) row { return row{t.say("row."+key, nil), lines} }

func (t *telling) kind() string {
	if t.r.Profile.Rate > 0 {
		return "open"
	}
	return "closed"
}

func (t *telling) model() []string {
	p := t.r.Profile
	lines := []string{
		t.say("model."+t.kind(), facts{"users": p.Users, "think": p.Think, "rate": rounded(p.Rate)}),
		t.say("model.measured", facts{"measured": rounded(t.r.Measured.Seconds()), "warm": rounded(t.r.WarmUp.Lasted.Seconds())}),
	}
	if p.Requests > 0 && t.r.Total.Requests >= p.Requests {
		lines = append(lines, t.say("model.capped", facts{"requests": p.Requests}))
	}
	if t.r.Interrupted {
		lines = append(lines, t.say("model.stopped", nil))
	}
	return lines
}

// share is a count with what part of all requests it is.
func (t *telling) share(n int64) string {
	return t.say("share", facts{"n": n, "percent": percent(float64(n) / float64(max(1, t.r.Total.Requests)))})
}

// classes tells failures apart, the most frequent first.
func (t *telling) classes(count map[load.Class]int64) string {
	var all []string
	for _, c := range frequent(count) {
		if c != load.Answered {
			all = append(all, fmt.Sprintf("%s %s", t.say("class."+c.String(), nil), t.format(count[c])))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

func frequent(count map[load.Class]int64) []load.Class {
	return slices.SortedFunc(maps.Keys(count), func(a, b load.Class) int {
		if count[a] != count[b] {
			return int(count[b] - count[a])
		}
		return int(a) - int(b)
	})
}

func (t *telling) statuses() string {
	var all []string
	for _, status := range slices.Sorted(maps.Keys(t.r.Total.Statuses)) {
		all = append(all, fmt.Sprintf("%d: %s", status, t.format(t.r.Total.Statuses[status])))
	}
	return strings.Join(all, ", ")
}

func (t *telling) connections() []string {
	c := t.r.Connections
	lines := []string{t.say("connections.made", facts{"made": c.Made, "p95": c.Took.P95})}
	if c.Asked+c.WhileIdle+c.Unasked > 0 {
		lines = append(lines, t.say("connections.ended", facts{"asked": c.Asked, "idle": c.WhileIdle, "unasked": c.Unasked}))
	}
	return lines
}

func (t *telling) stalls() []string {
	s := t.r.Stalls
	lines := []string{t.say("stalls", facts{"silence": s.LongestSilence, "seconds": s.Seconds, "low": s.LowSeconds, "silent": s.SilentSeconds})}
	if s.LowSeconds > 0 && t.kind() == "closed" {
		lines = append(lines, t.say("hidden", nil))
	}
	return lines
}

// generator is the instrument's own proof.
func (t *telling) generator() []string {
	in := t.r.Instrument
	parts := []string{t.say("generator.cpu", facts{"cpu": percent(in.CPUShare), "cores": in.Cores}), t.say("generator.lag", facts{"lag": in.Lag.P99})}
	if in.Dispatch != nil {
		parts = append(parts, t.say("generator.dispatch", facts{"late": in.Dispatch.P99}))
	}
	second := []string{t.say("generator.collector", facts{"n": in.Collections, "pause": in.LongestPause}), t.say("generator.delay", facts{"delay": in.RunDelay}),
		t.say("generator.descriptors", facts{"used": in.Descriptors, "limit": in.DescriptorLimit})}
	if in.Throttled > 0 {
		second = append(second, t.say("generator.throttled", facts{"n": in.Throttled}))
	}
	lines := []string{strings.Join(parts, " · "), strings.Join(second, " · ")}
	if len(in.Unknown) > 0 {
		lines = append(lines, t.say("generator.unknown", facts{"names": in.Unknown}))
	}
	for _, reason := range in.Reasons {
		lines = append(lines, "✘ "+t.reason(reason))
	}
	return lines
}

// reason is a figure beyond its limit, in its own unit.
func (t *telling) reason(r load.Reason) string {
	unit := func(v float64) any { return rounded(v) }
	switch r.Name {
	case "lag_p99", "dispatch_p99", "run_delay", "collector_pause", "own_time":
		unit = func(v float64) any { return time.Duration(v * float64(time.Second)) }
	case "cpu_share":
		unit = func(v float64) any { return percent(v) }
	}
	return t.say("reason.figure", facts{"name": t.say("reason."+r.Name, nil), "got": unit(r.Got), "limit": unit(r.Limit)})
}

// latencies is the table of percentiles.
func (t *telling) latencies() [][]string {
	total := t.r.Total
	rows := [][]string{{"", "p50", "p90", "p95", "p99", "p99.9", "max"}}
	add := func(key string, l load.Latency) {
		line := []string{t.say("row."+key, nil)}
		for _, d := range []time.Duration{l.P50, l.P90, l.P95, l.P99, l.P999, l.Max} {
			line = append(line, t.format(d))
		}
		rows = append(rows, line)
	}
	switch {
	case total.Service != nil && total.Answered > 0:
		add("intended", total.Latency)
		add("service", *total.Service)
	case total.Answered > 0:
		add("latency", total.Latency)
	}
	if total.Failed > 0 {
		add("failed_after", total.FailedAfter)
	}
	return rows
}

// endpoints is the table of endpoints, where there are several.
func (t *telling) endpoints() [][]string {
	if len(t.r.Endpoints) < 2 {
		return nil
	}
	rows := [][]string{{t.say("row.endpoint", nil), t.say("row.requests", nil), t.say("row.failed", nil), t.say("row.over", nil), "p50", "p95", "p99", "max"}}
	for _, e := range t.r.Endpoints {
		l := e.Latency
		rows = append(rows, []string{e.Name, t.format(e.Requests), t.format(e.Failed), t.format(e.Over), t.format(l.P50), t.format(l.P95), t.format(l.P99), t.format(l.Max)})
	}
	return rows
}

// promised says what a question asks.
func (t *telling) promised(q load.Question) string {
	promise := t.say("promise."+q.About, facts{"percentile": strconv.FormatFloat(t.d.Verdict.Promise.Percentile, 'g', -1, 64),
		"budget": t.r.Profile.Budget, "limit": words.Percent(q.Limit)})
	if q.Endpoint == "" {
		return promise
	}
	return t.say("promise.at", facts{"promise": promise, "endpoint": q.Endpoint})
}

// counted says what was counted for a question.
func (t *telling) counted(q load.Question) string {
	return t.say("promise.counted."+q.About, facts{"count": q.Share.Count, "of": q.Share.Of, "percent": words.Percent(rounded(q.Share.Percent())),
		"low": words.Percent(rounded(q.Low)), "high": words.Percent(rounded(q.High)), "limit": words.Percent(q.Limit)})
}

// why says what decided.
func (t *telling) why() string {
	question := ""
	if i := t.d.Verdict.Deciding; i >= 0 && i < len(t.d.Verdict.Questions) {
		question = t.promised(t.d.Verdict.Questions[i])
	}
	var figures []string
	for _, r := range t.r.Instrument.Reasons {
		figures = append(figures, t.reason(r))
	}
	return t.say("verdict."+t.d.Verdict.Reason, facts{"question": question, "figures": strings.Join(figures, "; ")})
}

func perSecond(n int64, measured time.Duration) float64 {
	if measured <= 0 {
		return 0
	}
	return float64(n) / measured.Seconds()
}

// percent is a part of one in percent.
func percent(part float64) words.Percent { return words.Percent(rounded(100 * part)) }

// rounded leaves two decimals.
func rounded(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
