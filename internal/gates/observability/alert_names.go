package observability

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"listo/internal/engine/alerts"
	"listo/internal/evidence"
	"listo/internal/lab"
)

const namesID = "observability.alert_names"

// Names is whether what the rules ask for is really exposed.
type Names struct {
	Source Source `json:"source"`
	Scrape Scrape `json:"scrape"`
	// Statuses counts the answers before the scrape, by status.
	Statuses map[string]int `json:"statuses"`
	// Asked holds every selector of every rule.
	Asked []Asked `json:"asked"`
}

// Asked is one metric that a rule reads.
type Asked struct {
	Rule   string `json:"rule"`
	Metric string `json:"metric"`
	// Exposed tells whether the service exposes it, another rule records it, or
	// Prometheus itself makes it.
	Exposed bool `json:"exposed"`
	// Dead are conditions on labels that no exposed series of the metric satisfies.
	Dead []string `json:"dead"`
}

func alertNames() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: namesID, Class: classNames, Loading: true, Needs: needs(evidence.Setting("metrics"), evidence.Setting("alerts")),
		Reasons: []string{"alive", "absent", "malformed", "unreadable", "dead_metric", "dead_label", "unnamed", "no_errors", "incomplete"},
	}, runNames, judgeNames)
}

func runNames(ctx context.Context, b *lab.Bench) (o Names, err error) {
	o.Asked, o.Statuses = []Asked{}, map[string]int{}
	source, _, rules, err := readRules(b)
	if o.Source = source; err != nil || len(rules) == 0 {
		return o, err
	}
	seen, answers, err := showAll(ctx, b)
	if o.Scrape, o.Statuses = seen.Scrape, answers; err != nil || !seen.readable() {
		return o, err
	}
	known := seen.names(cmp.Or(settings(b).Job, b.Config.Name))
	for _, r := range rules {
		if r.Record != "" {
			known[r.Record] = nil
		}
	}
	for _, r := range rules {
		for _, s := range r.Selectors {
			o.Asked = append(o.Asked, asked(r.Alert+r.Record, s, known))
		}
	}
	return o, nil
}

// names gives all names of series with the labels of each, as Prometheus would keep
// them: with job and instance. Of a name with nil labels no label is known.
func (e exposed) names(job string) map[string][]map[string]string {
	known := map[string][]map[string]string{}
	for _, own := range []string{"up", "ALERTS", "ALERTS_FOR_STATE", "scrape_duration_seconds", "scrape_samples_scraped",
		"scrape_samples_post_metric_relabeling", "scrape_series_added"} {
		known[own] = nil
	}
	for name, f := range e.families {
		for _, m := range f.GetMetric() {
			l := map[string]string{"job": job, "instance": job + ":1"}
			for _, pair := range m.GetLabel() {
				l[pair.GetName()] = pair.GetValue()
			}
			switch {
			case m.GetHistogram() != nil:
				known[name+"_count"], known[name+"_sum"] = append(known[name+"_count"], l), append(known[name+"_sum"], l)
				known[name+"_bucket"] = append(known[name+"_bucket"], withEdges(l, m.GetHistogram().GetBucket())...)
			case m.GetSummary() != nil:
				known[name], known[name+"_count"], known[name+"_sum"] = nil, nil, nil
			default:
				known[name] = append(known[name], l)
			}
		}
	}
	return known
}

func asked(rule string, s alerts.Selector, known map[string][]map[string]string) Asked {
	a := Asked{Rule: rule, Metric: s.Metric, Dead: []string{}}
	series, ok := known[s.Metric]
	if a.Exposed = ok; !ok || series == nil {
		return a
	}
	for _, m := range s.Matchers {
		if !slices.ContainsFunc(series, func(l map[string]string) bool { return m.Matches(l[m.Label]) }) {
			a.Dead = append(a.Dead, m.Label+m.Operator+`"`+m.Value+`"`)
		}
	}
	return a
}

func judgeNames(o Names, _ evidence.Limits) evidence.Finding {
	metrics := map[string]bool{}
	facts := evidence.Facts{"file": []string{o.Source.File}, "err": []string{o.Source.Err}, "url": []string{o.Scrape.URL}, "status": o.Scrape.Status,
		"rules": o.Source.Rules, "alerts": o.Source.Alerts, "asked": len(o.Asked), "exposed": o.Scrape.Families}
	switch {
	case o.Source.File == "":
		return evidence.Undecided("incomplete", facts)
	case !o.Source.There || o.Source.Err == "" && o.Source.Alerts == 0:
		return evidence.Undecided("absent", facts) // that is the matter of observability.alerts
	case o.Source.Err != "":
		return evidence.Undecided("malformed", facts)
	case !o.Scrape.readable():
		return evidence.Undecided("unreadable", facts)
	}
	for _, a := range o.Asked {
		metrics[a.Metric] = true
		facts["rule"], facts["metric"], facts["condition"] = []string{a.Rule}, []string{a.Metric}, []string{strings.Join(a.Dead, " ")}
		switch {
		case a.Metric == "":
			return evidence.Undecided("unnamed", facts)
		case !a.Exposed:
			return evidence.Failed("dead_metric", facts)
		case len(a.Dead) > 0 && fivehundreds(o.Statuses) == 0:
			return evidence.Undecided("no_errors", facts) // the series may come with the first 5xx
		case len(a.Dead) > 0:
			return evidence.Failed("dead_label", facts)
		}
	}
	if len(o.Asked) == 0 {
		return evidence.Undecided("incomplete", facts)
	}
	facts["metrics"] = slices.Sorted(maps.Keys(metrics))
	return evidence.Passed("alive", facts)
}
