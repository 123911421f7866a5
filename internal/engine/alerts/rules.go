// Package alerts knows Prometheus alert rules: what a rules file says, which
// metrics it leans on, and when its alerts would fire on given series.
//
// It evaluates with the engine and the rule manager of Prometheus itself, in this
// process and over samples in memory, so that ninety minutes pass in a second.
// It knows no service and no scrape; who makes the series knows those. The
// interfaces of Prometheus change with every release: nothing of them leaves this
// package.
package alerts

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// MaxSize is the longest rules file that is read, in bytes.
const MaxSize = 1 << 20

// Rules is a rules file that Prometheus would load.
type Rules struct {
	file   *rulefmt.RuleGroups
	parser parser.Parser
}

// Rule is one alert, or one recording rule.
type Rule struct {
	Group       string
	Alert       string // "" for a recording rule
	Record      string // "" for an alert
	Expr        string
	For         time.Duration
	Labels      map[string]string // the group's included
	Annotations map[string]string
	Selectors   []Selector
}

// Selector is one metric that an expression reads, and how.
type Selector struct {
	Metric   string // "" when it is not named by a plain word
	Matchers []Matcher
	// Absent tells that the metric is asked for its absence.
	Absent bool
}

// Matcher is one condition on a label: name, operator (= != =~ !~), value.
type Matcher struct {
	Label, Operator, Value string
	matches                func(string) bool
}

// Matches tells whether a value of the label satisfies the condition.
func (m Matcher) Matches(value string) bool { return m.matches(value) }

// Parse reads a rules file as Prometheus does; unknown keys are errors.
func Parse(text []byte) (*Rules, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("alerts: the file is longer than %d bytes: split it", MaxSize)
	}
	p := parser.NewParser(parser.Options{})
	file, errs := rulefmt.Parse(text, false, model.UTF8Validation, p, promslog.NewNopLogger())
	if len(errs) > 0 {
		return nil, fmt.Errorf("alerts: %w", errors.Join(errs...))
	}
	return &Rules{file, p}, nil
}

// All gives the rules in the order of the file.
func (r *Rules) All() ([]Rule, error) {
	var all []Rule
	for _, g := range r.file.Groups {
		for _, rule := range g.Rules {
			selectors, err := r.selectors(rule.Expr)
			if err != nil {
				return nil, fmt.Errorf("alerts: %s%s: %w", rule.Alert, rule.Record, err)
			}
			own := maps.Clone(g.Labels)
			if own == nil {
				own = map[string]string{}
			}
			maps.Copy(own, rule.Labels)
			all = append(all, Rule{Group: g.Name, Alert: rule.Alert, Record: rule.Record, Expr: rule.Expr,
				For: time.Duration(rule.For), Labels: own, Annotations: rule.Annotations, Selectors: selectors})
		}
	}
	return all, nil
}

func (r *Rules) selectors(expr string) ([]Selector, error) {
	tree, err := r.parser.ParseExpr(expr)
	if err != nil {
		return nil, err
	}
	var all []Selector
	parser.Inspect(tree, func(n parser.Node, path []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		s := Selector{Metric: v.Name, Absent: slices.ContainsFunc(path, asksAbsence)}
		for _, m := range v.LabelMatchers {
			switch {
			case m.Name != labels.MetricName:
				s.Matchers = append(s.Matchers, Matcher{m.Name, m.Type.String(), m.Value, m.Matches})
			case m.Type == labels.MatchEqual:
				s.Metric = m.Value
			}
		}
		all = append(all, s)
		return nil
	})
	return all, nil
}

func asksAbsence(n parser.Node) bool {
	call, ok := n.(*parser.Call)
	return ok && (call.Func.Name == "absent" || call.Func.Name == "absent_over_time")
}
