package alerts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// Step is the virtual time between two scrapes, and between two evaluations of a
// group that says nothing else.
const Step = 15 * time.Second

// MaxLength bounds the virtual time of a play: the work grows with it.
const MaxLength = 6 * time.Hour

// Series is one synthetic series: its labels, __name__ among them, and what a
// scrape finds at a moment since the beginning. A series that is not there is
// marked stale, as Prometheus does.
type Series struct {
	Labels map[string]string
	At     func(since time.Duration) (v float64, there bool)
}

// Spell is a time in which an alert fired without a break. Until is negative when
// it fired still at the end.
type Spell struct {
	Alert       string
	From, Until time.Duration
}

// Play lets the rules watch the series for a while and tells which alerts fired.
// An alert that fires for several label sets fires once.
func (r *Rules) Play(ctx context.Context, series []Series, length time.Duration) ([]Spell, error) {
	if length > MaxLength {
		return nil, fmt.Errorf("alerts: %v is longer than %v", length, MaxLength)
	}
	store := newMemory()
	groups, err := r.load(ctx, store)
	if err != nil {
		return nil, err
	}
	p := play{store: store, groups: groups, open: map[string]int{}, gone: make([]bool, len(series))}
	for since := time.Duration(0); since <= length; since += Step {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.scrape(series, since)
		if err := p.evaluate(ctx, since); err != nil {
			return nil, err
		}
	}
	return p.spells, nil
}

// load makes fresh groups, in the order of the file, over store.
func (r *Rules) load(ctx context.Context, store *memory) ([]*rules.Group, error) {
	logger := promslog.NewNopLogger()
	engine := promql.NewEngine(promql.EngineOpts{Logger: logger, MaxSamples: 5e6, Timeout: time.Minute,
		Parser: r.parser, EnableAtModifier: true, EnableNegativeOffset: true})
	m := rules.NewManager(&rules.ManagerOptions{Context: ctx, QueryFunc: rules.EngineQueryFunc(engine, store),
		AppendableV2: store, Queryable: store, Logger: logger, Parser: r.parser, GroupLoader: loaded{r},
		NameValidationScheme: model.UTF8Validation,
		NotifyFunc:           func(context.Context, string, ...*rules.Alert) {}})
	byName, errs := m.LoadGroups(Step, labels.EmptyLabels(), "", nil, false, "rules")
	if len(errs) > 0 {
		return nil, fmt.Errorf("alerts: %w", errors.Join(errs...))
	}
	var groups []*rules.Group
	for _, g := range r.file.Groups {
		group := byName[rules.GroupKey("rules", g.Name)]
		if group == nil {
			return nil, fmt.Errorf("alerts: the group %q was not loaded: this is a defect in listo", g.Name)
		}
		for _, rule := range group.Rules() {
			if alert, ok := rule.(*rules.AlertingRule); ok {
				alert.SetRestored(true) // there is no earlier life whose state could come back
			}
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// loaded hands the file that was read already to the manager.
type loaded struct{ r *Rules }

func (l loaded) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return l.r.file, nil
}

func (l loaded) Parse(query string) (parser.Expr, error) { return l.r.parser.ParseExpr(query) }

// play is one run of the rules over virtual time.
type play struct {
	store  *memory
	groups []*rules.Group
	spells []Spell
	open   map[string]int // alert -> index of the spell that has not ended
	gone   []bool         // series that were marked stale
}

func (p *play) scrape(series []Series, since time.Duration) {
	for i, s := range series {
		v, there := s.At(since)
		switch {
		case there:
			p.store.add(labels.FromMap(s.Labels), since.Milliseconds(), v)
		case !p.gone[i] && since > 0:
			p.store.add(labels.FromMap(s.Labels), since.Milliseconds(), math.Float64frombits(value.StaleNaN))
		}
		p.gone[i] = !there
	}
}

func (p *play) evaluate(ctx context.Context, since time.Duration) error {
	firing := map[string]bool{}
	for _, g := range p.groups {
		if since%max(g.Interval(), Step) == 0 {
			g.Eval(ctx, time.UnixMilli(since.Milliseconds()).UTC())
		}
		for _, rule := range g.Rules() {
			if err := rule.LastError(); err != nil {
				return fmt.Errorf("alerts: %s after %v: %w", rule.Name(), since, err)
			}
			if alert, ok := rule.(*rules.AlertingRule); ok && alert.State() == rules.StateFiring {
				firing[rule.Name()] = true
			}
		}
	}
	p.note(firing, since)
	return nil
}

// note opens and closes spells.
func (p *play) note(firing map[string]bool, since time.Duration) {
	for name := range firing {
		if _, open := p.open[name]; !open {
			p.open[name] = len(p.spells)
			p.spells = append(p.spells, Spell{Alert: name, From: since, Until: -1})
		}
	}
	for name, at := range p.open {
		if !firing[name] {
			p.spells[at].Until = since
			delete(p.open, name)
		}
	}
}
