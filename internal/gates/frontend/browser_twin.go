package frontend

import (
	"context"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"time"

	"listo/internal/lab"
)

// complaint is a page of which a browser complains in every way that is looked
// for, and which all the same shows its row: a script that the policy forbids, a
// request to elsewhere, a request that fails, an error on the console.
const complaint = `<!doctype html>
<html lang="en"><head><title>twin</title><link rel="icon" href="data:,"></head><body>
<button id="enter">enter</button>
<script>document.title = 'forbidden'</script>
<script src="/twin.js"></script>
</body></html>
`

const complaintScript = `console.error('an error on purpose')
fetch('/missing')
fetch('http://elsewhere.invalid/beacon').catch(() => {})
document.querySelector('#enter').addEventListener('click', () => document.body.append(Object.assign(document.createElement('li'), { textContent: 'row' })))
`

// complainingPage is the sick twin: a service with such a page.
func complainingPage(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, func() {}, err
	}
	server := &nethttp.Server{Handler: nethttp.HandlerFunc(complain), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s := Settings{ServedAt: "/", Browser: Browser{Login: []Act{{Click: "#enter"}}, Rows: "li"}}
	twin := with(b, b.Config.Folder, s).At(lab.Target{Base: "http://" + listener.Addr().String()})
	return twin, func() {
		_ = errors.Join(server.Close(), <-ended) // nothing of a closed server is of interest
	}, nil
}

func complain(w nethttp.ResponseWriter, r *nethttp.Request) {
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; connect-src *; img-src data:")
		_, _ = io.WriteString(w, complaint)
	case "/twin.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, complaintScript)
	default:
		nethttp.NotFound(w, r)
	}
}
