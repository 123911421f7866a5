package performance

import (
	"crypto/rand"
	nethttp "net/http"
	"net/http/httptest"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// benchWith gives a bench without a target.
func benchWith(t *testing.T, s Settings) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config:   &config.Config{Language: "en", Service: config.Service{Mode: config.Managed}, Sections: map[string]any{"performance": &s}},
		Gate:     "performance",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(),
		Rand:     rand.Reader,
		Progress: func(int, int) {},
	}
}

// quick are settings for a small server: many short requests of few users.
func quick() Settings {
	return Settings{Users: 8, PeakUsers: 12, P95MS: 200, Think: 10 * time.Millisecond, Timeout: 2 * time.Second, Mix: []Mixed{{Request: "GET /gastos?page=1", Weight: 1}}}
}

// serving gives a bench that points at a server of its own.
func serving(t *testing.T, s Settings, h nethttp.HandlerFunc) *lab.Bench {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return benchWith(t, s).At(lab.Target{Base: server.URL})
}

// preset are a check's own limits, some of them changed.
func preset(c evidence.Check, changed evidence.Limits) evidence.Limits {
	all := evidence.Limits{}
	for _, l := range c.Limits {
		all[l.Name] = l.Default
	}
	for name, value := range changed {
		all[name] = value
	}
	return all
}

// tried runs a check as an audit does, through JSON, and judges it.
func tried(t *testing.T, b *lab.Bench, c evidence.Check, limits evidence.Limits) (evidence.Finding, any) {
	t.Helper()
	own := *b
	own.Limits = preset(c, limits)
	raw, err := c.Run(t.Context(), &own)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	f, err := c.Judge(raw, own.Limits)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	o, err := c.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f, o
}
