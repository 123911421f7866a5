package frontend

import (
	"bytes"
	"context"
	"errors"
	"net"
	nethttp "net/http"
	"path/filepath"
	"time"

	"listo/internal/lab"
)

// injectedScript is the sick twin: a service that hands out the small frontend
// with one tag more in its page, as a proxy that adds analytics does.
func injectedScript(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, remove, err := smallFrontend(ctx, b)
	if err != nil {
		return nil, remove, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		remove()
		return nil, func() {}, err
	}
	files := nethttp.FileServer(nethttp.Dir(filepath.Join(twin.Config.Folder, twinFolder)))
	server := &nethttp.Server{Handler: injecting(files), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	target := b.Target
	target.Base = "http://" + listener.Addr().String()
	return twin.At(target), func() {
		_ = errors.Join(server.Close(), <-ended) // nothing of a closed server is of interest
		remove()
	}, nil
}

// injecting adds a script to the page.
func injecting(next nethttp.Handler) nethttp.Handler {
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path != "/" {
			next.ServeHTTP(w, r)
			return
		}
		page := []byte(twinFiles()[index])
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(bytes.Replace(page, []byte("</body>"), []byte("<script src=\"/injected.js\"></script></body>"), 1))
	})
}
