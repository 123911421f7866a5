package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	testURL = "postgres://someone:hunter2-hunter2@127.0.0.1:5432/gastos"
	testKey = "a-key-for-tests-of-32-bytes-or-more"
)

func lookup(env map[string]string) Lookup {
	return func(name string) (string, bool) { value, set := env[name]; return value, set }
}

func good() map[string]string {
	return map[string]string{
		"DATABASE_URL": testURL, "JWT_SECRET": testKey, "CONNECTION_POOL_SIZE": "10", "PORT": "8080",
		"FRONTEND_BASE_URL_DEV": "http://localhost:5173/",
	}
}

func TestServe(t *testing.T) {
	got, err := ReadServe(lookup(good()))
	if err != nil {
		t.Fatal(err)
	}
	want := Serve{DatabaseURL: testURL, JWTSecret: testKey, PoolSize: 10, ListenHost: "127.0.0.1", Port: 8080,
		FrontendOrigin: "http://localhost:5173", FrontendDir: "frontend/dist", HTTP: DefaultHTTP()}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFaultsNameTheVariableAndHideTheValue(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"DATABASE_URL", ""}, {"DATABASE_URL", "postgres://someone:hunter2-hunter2@[::1/gastos"}, {"DATABASE_URL", "hunter2-hunter2"},
		{"JWT_SECRET", ""}, {"JWT_SECRET", "short-hunter2-hunter2"},
		{"CONNECTION_POOL_SIZE", ""}, {"CONNECTION_POOL_SIZE", "0"}, {"CONNECTION_POOL_SIZE", "-1"},
		{"CONNECTION_POOL_SIZE", "ten"}, {"CONNECTION_POOL_SIZE", "10.5"}, {"CONNECTION_POOL_SIZE", "10001"},
		{"PORT", ""}, {"PORT", "0"}, {"PORT", "65536"}, {"ADMIN_PORT", "0"}, {"ADMIN_PORT", "65536"}, {"ADMIN_PORT", "x"},
		{"FRONTEND_BASE_URL_DEV", "*"}, {"FRONTEND_BASE_URL_DEV", "localhost:5173"}, {"FRONTEND_BASE_URL_DEV", "http://a/b"},
		{"FRONTEND_BASE_URL_DEV", "ftp://a"}, {"FRONTEND_BASE_URL_DEV", "http://u:p@a"},
		{"BODY_LIMIT_BYTES", "0"}, {"BODY_LIMIT_BYTES", "64k"}, {"BODY_LIMIT_BYTES", "99999999999"},
		{"HEADER_TIMEOUT", "0s"}, {"READ_TIMEOUT", "-1s"}, {"WRITE_TIMEOUT", "30"}, {"IDLE_TIMEOUT", "24h"},
		{"TRUSTED_PROXIES", "0.0.0.0/0"}, {"TRUSTED_PROXIES", "::/0"}, {"TRUSTED_PROXIES", "loopback"}, {"TRUSTED_PROXIES", "10.0.0.1,,"},
	} {
		env := good()
		env[c.name] = c.value
		_, err := ReadServe(lookup(env))
		if err == nil || !strings.HasPrefix(err.Error(), c.name+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes the value: %v", c.name, err)
		}
	}
}

func TestTLSWantsBothFiles(t *testing.T) {
	env := good()
	env["TLS_CERT_FILE"], env["TLS_KEY_FILE"] = "cert.pem", "key.pem"
	if c, err := ReadServe(lookup(env)); err != nil || c.CertificateFile != "cert.pem" || c.KeyFile != "key.pem" {
		t.Errorf("got %q and %q, %v", c.CertificateFile, c.KeyFile, err)
	}
	for _, name := range []string{"TLS_CERT_FILE", "TLS_KEY_FILE"} {
		env := good()
		env["TLS_CERT_FILE"], env["TLS_KEY_FILE"] = "cert.pem", "key.pem"
		delete(env, name)
		if _, err := ReadServe(lookup(env)); err == nil || !strings.HasPrefix(err.Error(), name+": not set") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestHTTP(t *testing.T) {
	env := good()
	for name, value := range map[string]string{"BODY_LIMIT_BYTES": "1024", "HEADER_TIMEOUT": "1s", "READ_TIMEOUT": "2s", "WRITE_TIMEOUT": "3s", "IDLE_TIMEOUT": "1m5s",
		"TRUSTED_PROXIES": "127.0.0.1, 10.1.2.3/8,2001:db8::/32"} {
		env[name] = value
	}
	got, err := ReadServe(lookup(env))
	want := HTTP{BodyLimit: 1024, HeaderTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 3 * time.Second, IdleTimeout: 65 * time.Second,
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}}
	if err != nil || !reflect.DeepEqual(got.HTTP, want) {
		t.Errorf("got %+v, %v", got.HTTP, err)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := ReadServe(lookup(nil))
	for _, name := range []string{"DATABASE_URL", "JWT_SECRET", "CONNECTION_POOL_SIZE", "PORT"} {
		if err == nil || !strings.Contains(err.Error(), name+": not set") {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func TestMigrateAndSeed(t *testing.T) {
	env := map[string]string{"DATABASE_URL": testURL, "SEED_PASSWORD": "hunter2-hunter2"}
	m, err := ReadMigrate(lookup(env))
	if err != nil || m.AppRole != "gastos_app" {
		t.Errorf("got %+v, %v", m, err)
	}
	if s, err := ReadSeed(lookup(env)); err != nil || s.Password.Reveal() != "hunter2-hunter2" {
		t.Errorf("got %v, %v", s, err)
	}
	env["APP_ROLE"] = `x"; drop table usuarios; --`
	if _, err := ReadMigrate(lookup(env)); err == nil || !strings.HasPrefix(err.Error(), "APP_ROLE: ") {
		t.Errorf("a hostile role name passed: %v", err)
	}
	delete(env, "SEED_PASSWORD")
	if _, err := ReadSeed(lookup(env)); err == nil || !strings.HasPrefix(err.Error(), "SEED_PASSWORD: ") {
		t.Errorf("no password passed: %v", err)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := Secret("hunter2-hunter2")
	inside := struct{ S Secret }{s}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "inside", inside)
	encoded, err := json.Marshal(inside)
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, inside)
	}
	for _, form := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprint([]byte("hunter2"))} {
		if strings.Contains(shown, strings.Trim(form, "[]")) {
			t.Errorf("the secret is shown as %q in %s", form, shown)
		}
	}
}
