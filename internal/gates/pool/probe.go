package pool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

const (
	// answerTimeout is how long a request may take, the hold included.
	answerTimeout = 5 * time.Second
	// testUsers is over how many users requests are spread: services limit per user.
	testUsers = 4
)

// probe is what a check works with: a client, a session that only looks, and
// what was learnt of the service so far.
type probe struct {
	bench  *lab.Bench
	client *http.Client
	watch  *sql.Session
	path   string
	tokens []http.Token
	reach  Reach
}

// begin logs in, opens the looking session and finds out which table the
// request waits for. Without rights to look it stops before that: the subject
// then says why. The caller closes the probe when err is nil.
func begin(ctx context.Context, b *lab.Bench) (*probe, Subject, error) {
	path, err := getPath(lab.SettingsOf[Settings](b).Request)
	if err != nil {
		return nil, Subject{}, err
	}
	watch, err := sql.Open(ctx, b)
	if err != nil {
		return nil, Subject{}, err
	}
	p := &probe{bench: b, client: http.On(b), watch: watch, path: path}
	subject, err := look(ctx, b, watch)
	if err == nil && subject.open() {
		err = p.discover(ctx)
	}
	if err != nil {
		p.close()
		return nil, Subject{}, err
	}
	return p, subject, nil
}

func (p *probe) discover(ctx context.Context) (err error) {
	if p.tokens, err = p.client.Tokens(ctx, testUsers); err != nil {
		return err
	}
	if len(p.tokens) == 0 {
		return errors.New("pool: no user could be logged in: list some under login.users")
	}
	p.reach, err = p.findTable(ctx)
	return err
}

func (p *probe) close() { p.watch.Close() }

// ready tells whether the table is known, so that readings can be taken.
func (p *probe) ready() bool { return p.reach.Table != "" && p.reach.Refused == nil }

// Tally counts answers by what they mean here.
type Tally struct {
	Sent      int `json:"sent"`
	Succeeded int `json:"succeeded"` // 2xx
	Throttled int `json:"throttled"` // 429
	Refused   int `json:"refused"`   // any other 3xx or 4xx
	Broken    int `json:"broken"`    // 5xx
	Lost      int `json:"lost"`      // no whole answer in time
	// Slowest is how long the slowest answer took.
	SlowestMS float64 `json:"slowest_ms"`
}

func tally(answers []http.Answer) Tally {
	t := Tally{Sent: len(answers)}
	for _, a := range answers {
		t.SlowestMS = max(t.SlowestMS, lab.Milliseconds(a.Took))
		switch {
		case a.Err != nil || a.Status == 0:
			t.Lost++
		case a.Status/100 == 2:
			t.Succeeded++
		case a.Status == 429:
			t.Throttled++
		case a.Status >= 500:
			t.Broken++
		default:
			t.Refused++
		}
	}
	return t
}

// plus adds two tallies.
func (t Tally) plus(o Tally) Tally {
	return Tally{t.Sent + o.Sent, t.Succeeded + o.Succeeded, t.Throttled + o.Throttled, t.Refused + o.Refused,
		t.Broken + o.Broken, t.Lost + o.Lost, max(t.SlowestMS, o.SlowestMS)}
}

// burst sends total requests, users at a time, and waits for them.
func (p *probe) burst(ctx context.Context, users, total int) Tally {
	return tally(p.client.Start(ctx, http.Burst{Users: min(users, total), Total: total, Next: p.get(p.path)}).Wait())
}

// number reads a column that SQL gave as an integer.
func number(row map[string]any, name string) (int, error) {
	switch v := row[name].(type) {
	case int16:
		return int(v), nil
	case int32:
		return int(v), nil
	case int64:
		return int(v), nil
	}
	return 0, fmt.Errorf("pool: column %s is a %T: this is a defect in listo", name, row[name])
}

// text reads a column that SQL gave as text; NULL is "".
func text(row map[string]any, name string) string {
	s, _ := row[name].(string)
	return s
}
