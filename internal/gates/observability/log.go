package observability

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"listo/internal/lab"
)

const (
	// logPatience is how long a line may take to reach the log after its answer.
	logPatience = 2 * time.Second
	// shownOfLine is how much of a log line is kept in an observation, in bytes.
	shownOfLine = 600
)

// logLine is one line of the service's log.
type logLine struct {
	text   string
	fields map[string]any // nil when the line is no JSON object
}

// read takes the log apart. Empty lines are none.
func read(log []byte) []logLine {
	var lines []logLine
	for raw := range bytes.Lines(log) {
		text := strings.TrimRight(string(raw), "\r\n")
		if strings.TrimSpace(text) == "" {
			continue
		}
		l := logLine{text: text}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&l.fields); err != nil || decoder.More() {
			l.fields = nil
		}
		lines = append(lines, l)
	}
	return lines
}

// field gives a field; a dot in the name leads into an object, when no field has
// the whole name.
func (l logLine) field(name string) (any, bool) {
	if v, ok := l.fields[name]; ok {
		return v, true
	}
	var v any = l.fields
	for part := range strings.SplitSeq(name, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[part]; !ok {
			return nil, false
		}
	}
	return v, true
}

func (l logLine) word(name string) string {
	v, _ := l.field(name)
	s, _ := v.(string)
	return s
}

func (l logLine) number(name string) (float64, bool) {
	v, _ := l.field(name)
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// when reads a time: RFC 3339, or milliseconds since 1970.
func (l logLine) when(name string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, l.word(name)); err == nil {
		return t, true
	}
	ms, ok := l.number(name)
	if !ok || ms < 1e12 || ms > 1e13 { // 2001 to 2286
		return time.Time{}, false
	}
	return time.UnixMicro(int64(math.Round(ms * 1000))), true
}

// outcome tells whether the line says how the request ended: it has a status, and
// a duration or a method, which the line of an error has not. Of text that is not
// JSON, the status must stand in it as a word.
func (l logLine) outcome(f Fields, status int) bool {
	if l.fields != nil {
		_, ended := l.number(f.Status)
		_, took := l.number(f.Duration)
		return ended && (took || l.word(f.Method) != "")
	}
	return strings.Contains(" "+l.text+" ", " "+strconv.Itoa(status)+" ")
}

// idOf finds which of our ids a line carries; "" when none. prefix is what they
// begin with.
func (l logLine) idOf(prefix string) string {
	_, after, ok := strings.Cut(l.text, prefix)
	if !ok {
		return ""
	}
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(after)
	}
	return prefix + after[:end]
}

// logUntil reads the log until done is content with its lines, for a while.
func (c *copied) logUntil(ctx context.Context, done func([]logLine) bool) ([]logLine, bool, error) {
	if c.bench.Target.Log == nil {
		return nil, false, nil
	}
	for began := time.Now(); ; {
		raw, err := c.bench.Target.Log()
		if err != nil {
			return nil, false, err
		}
		lines := read(raw)
		if done(lines) || time.Since(began) > logPatience || ctx.Err() != nil {
			return lines, true, ctx.Err()
		}
		time.Sleep(lookEvery)
	}
}

// keepLines puts log lines on the record, as what the service wrote.
func keepLines(b *lab.Bench, name, replay string, lines []string) {
	touch := b.Touch("log", replay)
	touch.Publish(name, "application/jsonl", []byte(strings.Join(lines, "\n")+"\n"), true)
	touch.End(0, nil)
}

// short cuts a log line for an observation.
func short(line string) string {
	if len(line) <= shownOfLine {
		return line
	}
	return strings.ToValidUTF8(line[:shownOfLine], "") + "…"
}

// cryOf is the line in which a dying process says why; what Node prints of the
// error's fields is none.
var cryOf = regexp.MustCompile(`(?i)^\s*(<ref \*\d+> )?(uncaught )?[a-z]*(error|panic|fatal)\b[^:]*: [^\[{]`)

// lastLine gives the line in which the service says why it ends, or else its last.
func (c *copied) lastLine() string {
	lines, _, _ := c.logUntil(context.Background(), func([]logLine) bool { return true })
	last := ""
	for i := len(lines) - 1; i >= 0; i-- {
		if last == "" || cryOf.MatchString(lines[i].text) {
			last = lines[i].text
		}
		if cryOf.MatchString(last) {
			break
		}
	}
	return short(strings.TrimSpace(c.bench.Redact(last)))
}
