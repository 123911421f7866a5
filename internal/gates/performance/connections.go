package performance

import (
	"context"
	"slices"
	"time"

	"listo/internal/engine/load"
	"listo/internal/evidence"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

const (
	connectionsID = "performance.connections"
	shortMS       = 3000
)

// connections asks whether the service also takes users that come with a new
// connection each time, as they do through many a proxy: a short queue of the
// listener or a crash that kills connections shows here, and only here.
func connections() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: connectionsID, Class: classConnections, Loading: true, Needs: needs(), Limits: limitsOf(shortMS), Reasons: reasonsWith(),
	}, runConnections, func(m Measured, limits evidence.Limits) evidence.Finding { return m.judge(errorsRule(), limits) })
}

func runConnections(ctx context.Context, b *lab.Bench) (Measured, error) {
	t, err := prepare(ctx, b, lab.SettingsOf[Settings](b).PeakUsers)
	if err != nil {
		return Measured{}, err
	}
	if !t.ready() {
		return t.seen, nil
	}
	t.scene.scenario.Requests = fresh(t.scene.scenario.Requests)
	_, err = t.repeat(ctx, errorsRule(), func(ctx context.Context) ([]*labload.Run, error) { return t.closed(ctx, "new connections") })
	return t.seen, err
}

// errorsRule leaves latency and single endpoints to the profiles.
func errorsRule() rule { return rule{whole: true} }

// closed sends the closed model alone.
func (t *trial) closed(ctx context.Context, what string) ([]*labload.Run, error) {
	run, err := t.send(ctx, what, t.profile(time.Duration(t.seen.Plan.DurationMS*float64(time.Millisecond))))
	if err != nil {
		return nil, err
	}
	return []*labload.Run{run}, nil
}

// fresh asks the server to close the connection after each answer (RFC 9112,
// section 9.6), so that every request opens its own.
func fresh(requests []load.Request) []load.Request {
	all := slices.Clone(requests)
	for i, r := range all {
		all[i].Header = append(slices.Clone(r.Header), load.Field{Name: "Connection", Value: "close"})
	}
	return all
}
