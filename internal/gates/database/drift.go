package database

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const (
	driftID    = "database.drift"
	classDrift = "database.drift"
)

// drift builds the database anew from its migrations and compares.
func drift() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: driftID, Class: classDrift,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("migrate_up")},
		Reasons: []string{"same", "drifted", "up_failed", "not_idempotent", "empty"},
	}, runDrift, judgeDrift)
}

// Drift is the live catalog beside the one that the migrations make.
type Drift struct {
	Create Ran    `json:"create"`
	Up     Ran    `json:"up"`    // on an empty database
	Again  Ran    `json:"again"` // at once a second time
	Made   Extent `json:"made"`
	Live   Extent `json:"live"`
	// Changes are named as the migrations want it and as the live database has it.
	Changes Differences `json:"changes"`
	// Moved is what the second run changed.
	Moved Differences `json:"moved"`
}

// driftDatabase is the rehearsal's database.
const driftDatabase = "from_migrations"

func runDrift(ctx context.Context, b *lab.Bench) (Drift, error) {
	var o Drift
	r, err := rehearse(ctx, b, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	if o.Create, err = r.create(ctx, driftDatabase); err != nil {
		return o, err
	}
	if o.Up, err = r.migrate(ctx, settings(b).MigrateUp, driftDatabase); err != nil || o.Up.Exit != 0 {
		return o, err
	}
	made, err := r.state(ctx, driftDatabase)
	if err != nil {
		return o, err
	}
	if o.Again, err = r.migrate(ctx, settings(b).MigrateUp, driftDatabase); err != nil {
		return o, err
	}
	again, err := r.state(ctx, driftDatabase)
	if err != nil {
		return o, err
	}
	live, err := readCatalog(ctx, r.live)
	if err != nil {
		return o, err
	}
	o.Made = made.Extent()
	o.Live = Extent{Objects: len(live), Catalog: live.Digest()}
	o.Moved = compareCatalogs(made.Catalog, again.Catalog)
	o.Changes = compareCatalogs(made.Catalog, live)
	return o, nil
}

func judgeDrift(o Drift, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"made": o.Made.Objects, "live": o.Live.Objects, "changes": o.Changes.Count, "names": o.Changes.names(),
		"moved": o.Moved.Count, "says": o.Up.Says, "says_again": o.Again.Says, "exit": o.Up.Exit}
	switch {
	case o.Up.failed():
		return evidence.Failed("up_failed", facts)
	case o.Made.empty() || o.Up.Line == "" || o.Again.Line == "":
		return evidence.Undecided("empty", facts)
	case o.Changes.Count > 0:
		return evidence.Failed("drifted", facts)
	case o.Again.failed() || o.Moved.Count > 0:
		return evidence.Failed("not_idempotent", facts)
	}
	return evidence.Passed("same", facts)
}
