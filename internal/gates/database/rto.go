package database

import (
	"context"
	"errors"
	"math"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
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
			evidence.Setting("backup_every"), evidence.Setting("rpo"), evidence.Setting("rto"), evidence.Setting("smoke")},
		Reasons: []string{"within", "too_slow", "loses_more", "not_ready", "no_answer", "elsewhere", "backup_failed", "restore_failed", "no_file", "empty"},
	}, runRTO, judgeRTO)
}

// Recovery is how long a recovery took, in its parts.
type Recovery struct {
	Source  Source  `json:"source"`
	Restore Ran     `json:"restore"`
	Ready   bool    `json:"ready"` // the service became ready on the restored database
	Why     string  `json:"why"`   // it did not
	ReadyMS float64 `json:"ready_ms"`
	// Smoke is a request that reads data, Status its answer; Sessions are the
	// service's on the restored database at that time: it might read another.
	Smoke    string `json:"smoke"`
	Status   int    `json:"status"`
	Sessions int    `json:"sessions"`
	// TotalMS is from the order to restore to the answer.
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
	return o, r.ready(ctx, &o, began)
}

// ready starts the service on the restored database, asks it for data and stops it.
func (r *rehearsal) ready(ctx context.Context, o *Recovery, began time.Time) error {
	if r.bench.Start == nil {
		return errors.New("database: there is no service to start on the restored database")
	}
	started := time.Now()
	target, stop, err := r.bench.Start(ctx, lab.Variant{Database: func(address string) (string, error) {
		u, err := url.Parse(address)
		if err != nil || u.User == nil {
			return "", errors.New("database: DATABASE_URL cannot be read: write it as postgres://user:password@host:port/name")
		}
		return r.server.URL(restoredDatabase, u.User.Username()), nil
	}})
	o.ReadyMS = lab.Milliseconds(time.Since(started))
	if err != nil {
		o.TotalMS, o.Why = lab.Milliseconds(time.Since(began)), clip(r.bench.Redact(err.Error()))
		return ctx.Err()
	}
	o.Ready = true
	err = r.ask(ctx, o, r.bench.At(target), began)
	return errors.Join(err, stop())
}

// ask sends the request that reads data, and looks where the service reads it.
func (r *rehearsal) ask(ctx context.Context, o *Recovery, at *lab.Bench, began time.Time) error {
	path, ok := strings.CutPrefix(settings(r.bench).Smoke, "GET ")
	if !ok {
		return errors.New("database: smoke wants GET and a path, e.g. GET /api/gastos?empresaId=1")
	}
	o.Smoke = "GET " + path
	client := http.On(at)
	tokens, err := client.Tokens(ctx, 1)
	if err != nil {
		o.TotalMS, o.Why = lab.Milliseconds(time.Since(began)), clip(r.bench.Redact(err.Error()))
		return ctx.Err()
	}
	request := http.Request{Method: nethttp.MethodGet, Path: path}
	if len(tokens) > 0 {
		request.Token = tokens[0]
	}
	answer := client.Do(ctx, request)
	o.TotalMS, o.Status = lab.Milliseconds(time.Since(began)), answer.Status
	if answer.Err != nil {
		o.Status, o.Why = 0, clip(r.bench.Redact(answer.Err.Error()))
	}
	s, err := r.open(ctx, restoredDatabase)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.One(ctx, "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()", &o.Sessions)
}

func judgeRTO(o Recovery, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"total": took(o.TotalMS), "restore": took(o.Restore.TookMS), "ready": took(o.ReadyMS), "rto": took(o.RTOMS), "rpo": hours(o.RPOMS),
		"every": hours(o.EveryMS), "loss": hours(o.WorstLossMS()), "smoke": o.Smoke, "status": o.Status, "rows": o.Source.Extent.Rows, "size": bytesOf(o.Source.Size), "why": o.Why,
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
	case o.Status/100 != 2:
		return evidence.Failed("no_answer", facts)
	case o.Sessions == 0:
		return evidence.Undecided("elsewhere", facts)
	case o.TotalMS > o.RTOMS:
		return evidence.Failed("too_slow", facts)
	case o.WorstLossMS() > o.RPOMS:
		return evidence.Failed("loses_more", facts)
	}
	return evidence.Passed("within", facts)
}

// hours gives a time in hours, to the minute above: a loss is not made smaller.
func hours(ms float64) float64 { return math.Ceil(ms/60_000) / 60 }

func took(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
