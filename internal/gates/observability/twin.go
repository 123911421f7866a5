package observability

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"listo/internal/config"
	"listo/internal/lab"
)

// twinTimeout is how long the twin waits for its database.
const twinTimeout = 400 * time.Millisecond

// twinBuckets are the upper edges of the twin's histogram in seconds; twinP95MS is
// its budget and one of them.
var twinBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5}

const twinP95MS = 250

// twin is a small service in this process that does right all that this room asks
// for, but for one disease. It reads nothing of the patient's database but the
// number 1. Every copy that a check starts of it is a twin of its own.
type twin struct {
	sick string

	pool     *pgxpool.Pool
	listener net.Listener
	server   *nethttp.Server
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	logger   *slog.Logger

	mu    sync.Mutex
	text  bytes.Buffer // the log
	hurt  bool         // has seen its database ill
	ended string
}

// twinSettings is the section of listo.yaml that fits the twin.
func twinSettings() *Settings {
	return &Settings{
		Health: "/healthz", Ready: "/readyz", RequestID: "X-Request-Id", Metrics: "/metrics", Alerts: RulesFile, Job: "twin", P95MS: twinP95MS,
		Traffic: []Traffic{{Request: "GET /item?id=1", Route: "/item"}, {Request: "GET /item/{n}", Route: "/item/{id}"}, {Request: "GET /none"}},
		Series:  Series{"http_requests_total", "http_request_duration_seconds", "method", "route", "status"},
		Log:     Fields{"time", "level", "request_id", "method", "route", "status", "duration_ms"},
	}
}

// suffering gives a bench whose copies are twins with a disease ("" is none) and
// whose alert rules are these. What waits for the impossible waits briefly.
func suffering(b *lab.Bench, sick, rules string) (*lab.Bench, func(), error) {
	folder, err := os.MkdirTemp(b.Scratch, "observability-twin-")
	if err != nil {
		return nil, func() {}, fmt.Errorf("observability: the sick twin: %w", err)
	}
	away := func() { _ = os.RemoveAll(folder) }
	if err := os.WriteFile(filepath.Join(folder, RulesFile), []byte(cmp.Or(rules, twinRules)), 0o644); err != nil {
		away()
		return nil, func() {}, fmt.Errorf("observability: the sick twin: %w", err)
	}
	cfg := *b.Config
	cfg.Login, cfg.Folder, cfg.Name = config.Login{}, folder, "twin"
	cfg.Sections = map[string]any{b.Gate: twinSettings()}
	other := *b
	other.Config, other.Limits = &cfg, maps.Clone(b.Limits)
	for name, most := range map[string]float64{"notice_ms": 300, "recover_ms": 300, "requests": 60} {
		if v, ok := other.Limits[name]; ok {
			other.Limits[name] = min(v, most)
		}
	}
	other.Start = func(ctx context.Context, v lab.Variant) (lab.Target, func() error, error) {
		return (&twin{sick: sick}).start(ctx, b.Target.DatabaseURL, v)
	}
	return &other, away, nil
}

// start brings a copy up.
func (t *twin) start(ctx context.Context, databaseURL string, v lab.Variant) (lab.Target, func() error, error) {
	target := lab.Target{DatabaseURL: databaseURL}
	if v.Database != nil {
		url, err := v.Database(databaseURL)
		if err != nil {
			return target, nil, err
		}
		target.DatabaseURL = url
	}
	cfg, err := pgxpool.ParseConfig(target.DatabaseURL)
	if err != nil {
		return target, nil, fmt.Errorf("observability: the sick twin: its database's URL cannot be read")
	}
	cfg.MaxConns, cfg.ConnConfig.ConnectTimeout = 4, twinTimeout
	cfg.ConnConfig.RuntimeParams["application_name"] = "listo-twin"
	if t.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg); err != nil {
		return target, nil, fmt.Errorf("observability: the sick twin: %w", err)
	}
	if t.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.pool.Close()
		return target, nil, fmt.Errorf("observability: the sick twin: %w", err)
	}
	t.logger = slog.New(slog.NewJSONHandler(logbook{t}, nil))
	t.meter()
	t.server = &nethttp.Server{Handler: t.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = t.server.Serve(t.listener) }() // it ends when stop closes it
	target.Base, target.Log, target.Ended = "http://"+t.listener.Addr().String(), t.log, t.end
	return target, t.stop, nil
}

func (t *twin) stop() error {
	_ = t.server.Close()
	t.pool.Close()
	return nil
}

// die is how the twin's process ends: nobody answers any more.
func (t *twin) die() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended == "" {
		t.ended = "exit status 1"
		go func() { _ = t.server.Close() }()
	}
}

func (t *twin) end() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended, t.ended != ""
}

func (t *twin) log() ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.text.Bytes()), nil
}

// logbook lets a twin write while it is read.
type logbook struct{ t *twin }

func (l logbook) Write(b []byte) (int, error) {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	return l.t.text.Write(b)
}

// ping asks the database for the number 1.
func (t *twin) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, twinTimeout)
	defer cancel()
	var one int
	err := t.pool.QueryRow(ctx, "select 1").Scan(&one)
	if err != nil {
		t.mu.Lock()
		t.hurt = true
		t.mu.Unlock()
		if t.sick == "mortal" {
			t.die()
		}
	}
	return err
}
