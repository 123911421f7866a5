// Package observability is the gate that asks whether a service tells the truth
// about itself: alive or not, ready or not, who asked what, how often, how long,
// and whether somebody is woken when it goes wrong and only then.
//
// It knows that words prove nothing: every answer is compared with something listo
// knows because it did it. It makes the database ill itself and looks what the
// probes say; it sends every request itself and looks what was counted and logged;
// it delays the database by a known time and looks whether the histogram knows; it
// lets Prometheus itself play the alert rules against series of which it knows what
// they mean.
//
// It works with copies of the service that reach the database through a fault proxy,
// and so with a managed service only. It does not know a service's logging or
// metrics library, what it calls its fields (listo.yaml says so), nor what happens
// to logs and metrics after they have left the service. One replica is looked at.
package observability

import (
	_ "embed"
	"maps"
	"slices"

	"listo/internal/evidence"
)

// Report is the page this gate writes.
const Report = "observability_readiness.md"

// The classes of detectors: each is shown a sick twin of its own.
const (
	classHealth      = "observability.health"
	classReady       = "observability.ready"
	classRecovery    = "observability.recovery"
	classSurvival    = "observability.survival"
	classRequestID   = "observability.request_id"
	classHostileID   = "observability.hostile_id"
	classLogs        = "observability.logs"
	classMetrics     = "observability.metrics"
	classLatency     = "observability.latency"
	classCardinality = "observability.cardinality"
	classNames       = "observability.alert_names"
	classAlerts      = "observability.alerts"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed observability_readiness.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "observability",
		Reports:  []string{Report},
		Files:    []string{RulesFile, "log_examples.jsonl"},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			health(), ready(), recovery(), survival(), traced(), hostileIDs(), logs(), metrics(), latency(), cardinality(), alertNames(), alerting(),
		},
		Controls: []evidence.Control{
			evidence.Against(classHealth, healthID, []string{"depends"}, leaningHealth),
			evidence.Against(classReady, readyID, []string{"lies"}, lyingReady),
			evidence.Against(classRecovery, recoveryID, []string{"stuck"}, resentful),
			evidence.Against(classSurvival, survivalID, []string{"died"}, mortal),
			evidence.Against(classRequestID, requestID, []string{"missing"}, forgetful),
			evidence.Against(classHostileID, hostileID, []string{"too_long", "echoed"}, credulous),
			evidence.Against(classLogs, logsID, []string{"not_json"}, chatty),
			evidence.Against(classMetrics, metricsID, []string{"differs"}, flattering),
			evidence.Against(classLatency, latencyID, []string{"too_much"}, millisecondsForSeconds),
			evidence.Against(classCardinality, cardinalityID, []string{"leaks"}, labelling),
			evidence.Against(classNames, namesID, []string{"dead_metric"}, misspelt),
			evidence.Against(classAlerts, alertsID, []string{"asleep"}, asleep),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}

// sortedKeys gives the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
