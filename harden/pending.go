package harden

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// The layers of limits, logs and health, which pass everything on until they are here.

type observer struct{ metrics *prometheus.Registry }

func newObserver(Config) *observer                             { return &observer{prometheus.NewRegistry()} }
func (o *observer) wrap(next http.Handler) http.Handler        { return next }
func (o *observer) registry() *prometheus.Registry             { return o.metrics }
func (o *observer) refusedBeforeHandler(status int, id string) {}

type shedder struct{}

func newShedder(Shed) *shedder                       { return &shedder{} }
func (*shedder) wrap(next http.Handler) http.Handler { return next }

type rateLimit struct{}

func newRateLimit(Config) *rateLimit                                     { return &rateLimit{} }
func (*rateLimit) wrap(next http.Handler) http.Handler                   { return next }
func (*rateLimit) preflight(w http.ResponseWriter, r *http.Request) bool { return true }

type compressor struct{}

func newCompressor(Compress) *compressor                { return &compressor{} }
func (*compressor) wrap(next http.Handler) http.Handler { return next }

type health struct{}

func newHealth(Health) *health                      { return &health{} }
func (*health) wrap(next http.Handler) http.Handler { return next }
func (*health) handler() http.Handler               { return http.NotFoundHandler() }
