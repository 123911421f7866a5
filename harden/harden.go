package harden

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Hardening is a checked Config, made ready. It is safe for concurrent use and never changes; for another Config make another.
type Hardening struct {
	api      []string
	trusted  []netip.Prefix
	timeouts Timeouts
	log      *slog.Logger
	quiet    bool // nobody wants the log of net/http

	wire     *wireSettings
	gate     *gatekeeper
	headers  *headerSet
	origins  *origins
	requests *requests
	bodies   *bodies

	observer *observer
	shed     *shedder
	rate     *rateLimit
	compress *compressor
	health   *health
}

// New gives the hardening that c describes, or everything that is wrong with c (see Config.Check).
func New(c Config) (*Hardening, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	h := &Hardening{
		api: slices.Clone(c.API), trusted: slices.Clone(c.Proxies.Trusted), timeouts: c.Timeouts.filled(), log: c.AccessLog, quiet: c.AccessLog == nil,
		gate: newGatekeeper(c), headers: newHeaderSet(c.Headers), origins: newOrigins(c.Origins), bodies: newBodies(c.Bodies),
		observer: newObserver(c), shed: newShedder(c.Shed), rate: newRateLimit(c), compress: newCompressor(c.Compress), health: newHealth(c.Health),
	}
	if h.quiet {
		h.log = slog.Default()
	}
	h.requests = newRequests(c, h.isAPI)
	h.origins.preflight = h.rate.preflight
	h.wire = &wireSettings{
		limits: h.requests.limits, header: h.timeouts.Header, marker: "REFUSED" + rand.Text(), alone: h.alone,
	}
	return h, nil
}

// filled gives t with what is left out.
func (t Timeouts) filled() Timeouts {
	return Timeouts{
		Header: cmp.Or(t.Header, 5*time.Second), Write: cmp.Or(t.Write, 30*time.Second),
		Idle: cmp.Or(t.Idle, 75*time.Second), Stop: cmp.Or(t.Stop, 15*time.Second),
	}
}

// Handler puts all cures before app, each around those after it. The order is a part of the cure:
//
//   - recovery from panics stands within log and metrics, which must see the 500;
//   - CORS marks its answers outermost, since a script cannot read a refusal without it;
//   - the rate limit counts before a body is read, the shedder after: a slow body holds no place in the application.
func (h *Hardening) Handler(app http.Handler) http.Handler {
	inner := h.compress.wrap(app)
	inner = h.shed.wrap(inner)
	inner = h.bodies.wrap(inner)
	inner = h.rate.wrap(inner)
	inner = h.health.wrap(inner)
	inner = h.origins.wrap(inner)
	inner = h.requests.wrap(inner)
	inner = recoverer(h.log, inner)
	inner = h.observer.wrap(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.pass(w, r, inner, false) })
}

// Admin gives what only operators may see: /metrics, /healthz and /readyz. It belongs on a listener that strangers cannot reach.
func (h *Hardening) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.observer.registry(), promhttp.HandlerOpts{}))
	mux.Handle("/", h.health.handler(true))
	inner := recoverer(h.log, mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.pass(w, r, inner, true) })
}

// headRoomFactor is how much larger than ours the limits of net/http are: ours answer first, with a problem. Over HTTP/2 what passes
// even this is refused by net/http with 431 in HTML.
const headRoomFactor = 4

// Server gives a server with h's limits of time and size, for Serve with Listener or ListenerTLS.
func (h *Hardening) Server(app http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	server := &http.Server{
		Handler:           h.Handler(app),
		ReadHeaderTimeout: h.timeouts.Header,
		IdleTimeout:       h.timeouts.Idle,
		MaxHeaderBytes:    headRoomFactor * (h.wire.limits.bytes + h.wire.limits.target),
		ConnContext:       ConnContext,
		Protocols:         protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 100, WriteByteTimeout: h.timeouts.Write,
			SendPingTimeout: h.timeouts.Idle, PingTimeout: h.timeouts.Header,
		},
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}
	if !h.quiet {
		server.ErrorLog = slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)
	}
	return server
}

// Stop ends a server: it accepts nothing more, requests under way get Timeouts.Stop, then their connections are cut. The error is that of
// the requests that did not end.
func (h *Hardening) Stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), h.timeouts.Stop)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		_ = server.Close()
	}
	return err
}
