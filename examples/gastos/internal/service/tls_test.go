package service_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gastos/internal/service"
	"gastos/internal/testdb"
)

// certificate writes a certificate for 127.0.0.1 and its key.
func certificate(t *testing.T) (certificateFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificateFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certificateFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(parsed)
	return certificateFile, keyFile, roots
}

// With a certificate the service speaks TLS and nothing else, and asks browsers to stay with it.
func TestServesTLS(t *testing.T) {
	certificateFile, keyFile, roots := certificate(t)
	c := settings(t, testdb.Seeded(t).App, 2)
	c.CertificateFile, c.KeyFile = certificateFile, keyFile
	r := serve(t, c)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	response, err := client.Get("https" + r.url[len("http"):] + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("Strict-Transport-Security") == "" || response.ProtoMajor != 2 {
		t.Errorf("%s %s, %v", response.Proto, response.Status, response.Header)
	}
}

func TestNoCertificateNoStart(t *testing.T) {
	c := settings(t, testdb.Migrated(t).App, 2)
	c.CertificateFile, c.KeyFile = "none.pem", "none.pem"
	if _, err := service.New(context.Background(), c, slog.New(slog.NewTextHandler(new(bytes.Buffer), nil)), service.Seams{}); err == nil {
		t.Error("a certificate that is not there was taken")
	}
}
