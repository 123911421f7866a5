package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
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
		FrontendOrigin: "http://localhost:5173", FrontendDir: "frontend/dist"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFaultsNameTheVariableAndHideTheValue(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"DATABASE_URL", ""}, {"DATABASE_URL", "postgres://someone:hunter2-hunter2@[::1/gastos"}, {"DATABASE_URL", "hunter2-hunter2"},
		{"JWT_SECRET", ""}, {"JWT_SECRET", "short-hunter2-hunter2"},
		{"CONNECTION_POOL_SIZE", ""}, {"CONNECTION_POOL_SIZE", "0"}, {"CONNECTION_POOL_SIZE", "-1"},
		{"CONNECTION_POOL_SIZE", "ten"}, {"CONNECTION_POOL_SIZE", "10.5"}, {"CONNECTION_POOL_SIZE", "10001"},
		{"PORT", ""}, {"PORT", "0"}, {"PORT", "65536"},
		{"FRONTEND_BASE_URL_DEV", "*"}, {"FRONTEND_BASE_URL_DEV", "localhost:5173"}, {"FRONTEND_BASE_URL_DEV", "http://a/b"},
		{"FRONTEND_BASE_URL_DEV", "ftp://a"}, {"FRONTEND_BASE_URL_DEV", "http://u:p@a"},
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
