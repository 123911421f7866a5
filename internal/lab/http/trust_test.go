package http

import (
	"encoding/pem"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTrustingBelievesItsCertificatesOnly(t *testing.T) {
	server := httptest.NewTLSServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) {}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPlace(t, server.URL)
	client, err := On(p.Bench).Trusting(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Await(t.Context(), Request{Method: "GET", Path: "/"}, patience, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	if a := client.Do(t.Context(), Request{Method: "POST", Path: "/", Body: make([]byte, 2*largeBody)}); a.Status != 200 {
		t.Errorf("%d, %v", a.Status, a.Err)
	}
	if a := On(p.Bench).Get(t.Context(), "/"); a.Err == nil {
		t.Error("a certificate that nobody vouches for was believed")
	}
	if line := client.Replay(Request{Method: "GET", Path: "/"}); !strings.Contains(line, `--cacert "$CA"`) {
		t.Error(line)
	}
	for _, bad := range []string{"", "no certificate"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := On(p.Bench).Trusting(file); err == nil {
			t.Errorf("%q was taken for certificates", bad)
		}
	}
}

func TestAwaitEndsWithTheServiceOrItsTime(t *testing.T) {
	p := newPlace(t, "http://127.0.0.1:1")
	began := time.Now()
	if err := On(p.Bench).Await(t.Context(), Request{Method: "GET", Path: "/"}, time.Hour, func() bool { return true }); err == nil {
		t.Error("a service that has ended answered")
	}
	if err := On(p.Bench).Await(t.Context(), Request{Method: "GET", Path: "/"}, 20*time.Millisecond, func() bool { return false }); err == nil {
		t.Error("nobody answered")
	}
	if time.Since(began) > patience {
		t.Errorf("it took %v", time.Since(began))
	}
}
