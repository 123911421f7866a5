//go:build disease

package disease

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

func frontendStaleGzip() Disease {
	return Disease{
		ID: "frontend-stale-gzip", Check: "frontend.served", Consequences: []string{"parity.compression"},
		Summary: "a stale compressed copy of one script is served to whoever accepts gzip; the plain one is right",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return altered(anAsset(c), took, func(r *http.Request, h http.Header, script []byte) []byte {
				h.Add("Vary", "Accept-Encoding")
				if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
					return script
				}
				h.Set("Content-Encoding", "gzip")
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				_, _ = w.Write(append(script, '\n'))
				_ = w.Close()
				return packed.Bytes()
			})
		},
	}
}
