package database

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const (
	rtoID    = "database.rto"
	classRTO = "database.rto"
)

// recovery measures how long it takes from nothing to a service that is ready.
func recovery() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rtoID, Class: classRTO,
		Needs: []evidence.Need{evidence.NeedManaged, evidence.NeedDatabase, evidence.Setting("backup"), evidence.Setting("restore"),
			evidence.Setting("backup_every"), evidence.Setting("rpo"), evidence.Setting("rto")},
		Reasons: []string{"within", "too_slow", "loses_more", "not_ready", "backup_failed", "restore_failed", "no_file", "empty"},
	}, runRTO, judgeRTO)
}

// Recovery is how long a recovery took, in its parts.
type Recovery struct {
	Source  Source  `json:"source"`
	Restore Ran     `json:"restore"`
	Ready   bool    `json:"ready"` // the service became ready on the restored database
	Why     string  `json:"why"`   // it did not
	ReadyMS float64 `json:"ready_ms"`
	// TotalMS is from the order to restore to the service being ready.
	TotalMS float64 `json:"total_ms"`
	RTOMS   float64 `json:"rto_ms"` // what may be, as set; so the next two
	RPOMS   float64 `json:"rpo_ms"`
	EveryMS float64 `json:"every_ms"`
}

// WorstLossMS is how old the newest backup is at worst: a disaster strikes just
// before the next one is finished.
func (o Recovery) WorstLossMS() float64 { return o.EveryMS + o.Source.Command.TookMS }

func runRTO(ctx context.Context, b *lab.Bench) (Recovery, error) {
	s := settings(b)
	o := Recovery{RTOMS: lab.Milliseconds(s.RTO), RPOMS: lab.Milliseconds(s.RPO), EveryMS: lab.Milliseconds(s.BackupEvery)}
	r, err := rehearse(ctx, b, true) // a server that writes to the disk, as the real one does
	if err != nil {
		return o, err
	}
	defer r.close()
	if o.Source, _, err = r.back(ctx); err != nil || o.Source.Command.Exit != 0 || o.Source.Format == "" {
		return o, err
	}
	began := time.Now()
	if o.Restore, err = r.restore(ctx, restoredDatabase, r.backupFile()); err != nil || o.Restore.Exit != 0 {
		return o, err
	}
	err = r.ready(ctx, &o)
	o.TotalMS = lab.Milliseconds(time.Since(began))
	return o, err
}

// ready starts the service on the restored database and stops it again.
func (r *rehearsal) ready(ctx context.Context, o *Recovery) error {
	if r.bench.Start == nil {
		return fmt.Errorf("database: there is no service to start on the restored database")
	}
	began := time.Now()
	_, stop, err := r.bench.Start(ctx, lab.Variant{Database: func(address string) (string, error) {
		u, err := url.Parse(address)
		if err != nil || u.User == nil {
			return "", fmt.Errorf("database: DATABASE_URL cannot be read: write it as postgres://user:password@host:port/name")
		}
		return r.server.URL(restoredDatabase, u.User.Username()), nil
	}})
	o.ReadyMS = lab.Milliseconds(time.Since(began))
	if err != nil {
		o.Why = clip(r.bench.Redact(err.Error()))
		return ctx.Err()
	}
	o.Ready = true
	return stop()
}

func judgeRTO(o Recovery, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"total": took(o.TotalMS), "restore": took(o.Restore.TookMS), "ready": took(o.ReadyMS), "rto": took(o.RTOMS), "rpo": took(o.RPOMS),
		"every": took(o.EveryMS), "loss": took(o.WorstLossMS()), "rows": o.Source.Extent.Rows, "size": bytesOf(o.Source.Size), "why": o.Why,
		"exit": o.Restore.Exit, "says": o.Restore.Says, "backup_exit": o.Source.Command.Exit, "backup_says": o.Source.Command.Says}
	if f, ok := o.Source.failed(facts); ok {
		return f
	}
	switch {
	case o.RTOMS <= 0 || o.RPOMS <= 0 || o.EveryMS <= 0 || o.Restore.Line == "":
		return evidence.Undecided("empty", facts)
	case o.Restore.Exit != 0:
		return evidence.Failed("restore_failed", facts)
	case !o.Ready:
		return evidence.Failed("not_ready", facts)
	case o.TotalMS > o.RTOMS:
		return evidence.Failed("too_slow", facts)
	case o.WorstLossMS() > o.RPOMS:
		return evidence.Failed("loses_more", facts)
	}
	return evidence.Passed("within", facts)
}

func took(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
