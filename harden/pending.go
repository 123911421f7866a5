package harden

import "net/http"

// The layers of compression and health, which pass everything on until they are here.

type compressor struct{}

func newCompressor(Compress) *compressor                { return &compressor{} }
func (*compressor) wrap(next http.Handler) http.Handler { return next }

type health struct{}

func newHealth(Health) *health                      { return &health{} }
func (*health) wrap(next http.Handler) http.Handler { return next }
func (*health) handler() http.Handler               { return http.NotFoundHandler() }
