package observability

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/alerts"
	"listo/internal/evidence"
	"listo/internal/lab"
)

const alertsID = "observability.alerts"

// Alerting is how the service's alert rules behave.
type Alerting struct {
	Source Source  `json:"source"`
	Scrape Scrape  `json:"scrape"`
	P95MS  float64 `json:"p95_ms"`
	// Missing names what the service did not expose and a play needs: "2xx", "5xx" or
	// "histogram".
	Missing string `json:"missing"`
	Rules   []Rule `json:"rules"`
	Plays   []Play `json:"plays"`
}

// Rule is one alert as the file has it.
type Rule struct {
	Alert   string  `json:"alert"`
	Expr    string  `json:"expr"`
	ForS    float64 `json:"for_s"`
	Summary string  `json:"summary"` // or the description
	Runbook string  `json:"runbook"`
	Labels  string  `json:"labels"`
}

// Play is what the rules did in one course of events. Times are virtual seconds.
type Play struct {
	Scenario string `json:"scenario"`
	// Want is "", "errors", "slow" or "gone".
	Want     string  `json:"want"`
	TroubleS float64 `json:"trouble_s"` // when it began
	ReliefS  float64 `json:"relief_s"`  // when it was over
	LengthS  float64 `json:"length_s"`
	Fired    []Fired `json:"fired"`
}

// Fired is one time that an alert fired; UntilS is -1 when it did to the end.
type Fired struct {
	Alert  string  `json:"alert"`
	FromS  float64 `json:"from_s"`
	UntilS float64 `json:"until_s"`
}

func alerting() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: alertsID, Class: classAlerts, Loading: true,
		Needs: needs(evidence.Setting("metrics"), evidence.Setting("alerts"), evidence.Setting("p95_ms")),
		Limits: []evidence.Limit{
			{Name: "fire_ms", Default: 10 * 60_000, Unit: "ms", Direction: evidence.AtMost},
			{Name: "resolve_ms", Default: 15 * 60_000, Unit: "ms", Direction: evidence.AtMost},
		},
		Reasons: []string{"right", "absent", "malformed", "unreadable", "no_series", "undocumented", "cries_wolf", "asleep", "late", "unresolved", "incomplete"},
	}, runAlerts, judgeAlerts)
}

func runAlerts(ctx context.Context, b *lab.Bench) (o Alerting, err error) {
	o = Alerting{P95MS: settings(b).P95MS, Rules: []Rule{}, Plays: []Play{}}
	source, rules, all, err := readRules(b)
	if o.Source = source; err != nil || rules == nil || source.Alerts == 0 {
		return o, err
	}
	for _, r := range all {
		if r.Alert != "" {
			o.Rules = append(o.Rules, Rule{r.Alert, r.Expr, r.For.Seconds(), cmp.Or(r.Annotations["summary"], r.Annotations["description"]),
				r.Annotations["runbook_url"], labelText(r.Labels)})
		}
	}
	seen, _, err := showAll(ctx, b)
	if o.Scrape = seen.Scrape; err != nil || !seen.readable() {
		return o, err
	}
	st, missing := set(settings(b), cmp.Or(settings(b).Job, b.Config.Name), seen)
	if o.Missing = missing; missing != "" {
		return o, nil
	}
	st.asked = families(all)
	for n, sc := range scenarios() {
		p, err := st.play(ctx, b, rules, sc)
		if err != nil {
			return o, err
		}
		o.Plays = append(o.Plays, p)
		b.Progress(n+1, len(scenarios()))
	}
	return o, nil
}

// play shows the rules one course of events and writes down what they did.
func (st stage) play(ctx context.Context, b *lab.Bench, rules *alerts.Rules, sc scenario) (Play, error) {
	p := Play{Scenario: sc.name, Want: sc.want, TroubleS: trouble.Seconds(), ReliefS: relief.Seconds(), LengthS: playLength.Seconds(), Fired: []Fired{}}
	touch := b.Touch("prometheus", fmt.Sprintf("# %v of virtual time with the rules of %s: %s", playLength, st.settings.Alerts, sc.name))
	spells, err := rules.Play(ctx, st.series(sc), playLength)
	touch.End(0, err)
	if err != nil {
		return p, fmt.Errorf("%v: %w", sc, err)
	}
	for _, s := range spells {
		f := Fired{s.Alert, s.From.Seconds(), s.Until.Seconds()}
		if s.Until < 0 {
			f.UntilS = -1
		}
		p.Fired = append(p.Fired, f)
	}
	slices.SortFunc(p.Fired, func(a, b Fired) int { return cmp.Or(cmp.Compare(a.FromS, b.FromS), cmp.Compare(a.Alert, b.Alert)) })
	return p, nil
}

// families names the families that rules read; nil when that cannot be told. It
// saves the time of playing what nobody watches.
func families(rules []alerts.Rule) map[string]bool {
	asked := map[string]bool{}
	for _, r := range rules {
		for _, s := range r.Selectors {
			if s.Metric == "" {
				return nil
			}
			asked[s.Metric] = true
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				asked[strings.TrimSuffix(s.Metric, suffix)] = true
			}
		}
	}
	return asked
}

func labelText(labels map[string]string) string {
	text := ""
	for _, name := range sortedKeys(labels) {
		text += name + "=" + labels[name] + " "
	}
	return text
}

func judgeAlerts(o Alerting, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"file": []string{o.Source.File}, "err": []string{o.Source.Err}, "url": []string{o.Scrape.URL}, "status": o.Scrape.Status,
		"alerts": o.Source.Alerts, "missing": []string{o.Missing}, "plays": len(o.Plays), "budget": milliseconds(o.P95MS)}
	switch {
	case o.Source.File == "":
		return evidence.Undecided("incomplete", facts)
	case !o.Source.There || o.Source.Err == "" && o.Source.Alerts == 0:
		return evidence.Failed("absent", facts)
	case o.Source.Err != "":
		return evidence.Failed("malformed", facts)
	}
	for _, r := range o.Rules {
		if facts["alert"] = []string{r.Alert}; r.Summary == "" {
			return evidence.Failed("undocumented", facts)
		}
	}
	switch {
	case !o.Scrape.readable():
		return evidence.Undecided("unreadable", facts)
	case o.Missing != "":
		return evidence.Undecided("no_series", facts)
	case len(o.Plays) < len(scenarios()) || len(o.Rules) == 0:
		return evidence.Undecided("incomplete", facts)
	}
	for _, p := range o.Plays {
		if f, bad := p.wrong(facts, limits); bad {
			return f
		}
	}
	return evidence.Passed("right", facts)
}

// wrong tells what the rules did wrong in one course of events, if anything.
func (p Play) wrong(facts evidence.Facts, limits evidence.Limits) (evidence.Finding, bool) {
	facts["scenario"], facts["trouble"], facts["relief"] = []string{p.Scenario}, seconds(p.TroubleS), seconds(p.ReliefS)
	if p.Want == "" {
		if len(p.Fired) == 0 {
			return evidence.Finding{}, false
		}
		facts["alert"], facts["from"] = []string{p.Fired[0].Alert}, seconds(p.Fired[0].FromS)
		return evidence.Failed("cries_wolf", facts), true
	}
	first := slices.IndexFunc(p.Fired, func(f Fired) bool { return f.FromS >= p.TroubleS && f.FromS < p.ReliefS })
	if before := slices.IndexFunc(p.Fired, func(f Fired) bool { return f.FromS < p.TroubleS }); before >= 0 {
		facts["alert"], facts["from"] = []string{p.Fired[before].Alert}, seconds(p.Fired[before].FromS)
		return evidence.Failed("cries_wolf", facts), true
	}
	if first < 0 {
		return evidence.Failed("asleep", facts), true
	}
	f := p.Fired[first]
	facts["alert"], facts["after"] = []string{f.Alert}, seconds(f.FromS-p.TroubleS)
	if (f.FromS-p.TroubleS)*1000 > limits["fire_ms"] {
		return evidence.Failed("late", facts), true
	}
	for _, f := range p.Fired {
		facts["alert"], facts["resolved"] = []string{f.Alert}, seconds(f.UntilS-p.ReliefS)
		if f.UntilS < 0 || (f.UntilS-p.ReliefS)*1000 > limits["resolve_ms"] {
			return evidence.Failed("unresolved", facts), true
		}
	}
	return evidence.Finding{}, false
}

// After and Ended are when it fired and stopped, in virtual time since the trouble
// began, for pages; Endless tells that it never stopped.
func (f Fired) After(p Play) time.Duration { return seconds(f.FromS - p.TroubleS) }

// Ended is described at After.
func (f Fired) Ended(p Play) time.Duration { return seconds(f.UntilS - p.TroubleS) }

// Endless is described at After.
func (f Fired) Endless() bool { return f.UntilS < 0 }

// ForMS is how long the alert waits before it fires, for pages.
func (r Rule) ForMS() float64 { return r.ForS * 1000 }
