package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"listo/harden"

	"gastos"
	"gastos/internal/auth"
	"gastos/internal/frontend"
	"gastos/internal/store"
	"gastos/internal/testdb"
)

// bench is the API on a real database; every answer it gives is held against the
// contract.
type bench struct {
	t        *testing.T
	contract *contract
	tokens   *auth.Tokens
	handler  http.Handler
	ready    error
}

func newBench(t *testing.T, url string, perUser harden.Quota) *bench {
	t.Helper()
	config, err := store.PoolConfig(url, 4)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	testdb.Close(t, pool)
	dir := t.TempDir()
	for name, body := range map[string]string{"index.html": "<!doctype html>", "assets/app-1.js": "1"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	site, err := frontend.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	b := &bench{t: t, contract: readContract(t), tokens: auth.NewTokens([]byte("a-key-for-tests-of-32-bytes-or-more"), time.Now)}
	api := &API{
		Store: store.New(store.Pooled(pool)), Ready: func(context.Context) error { return b.ready }, Tokens: b.tokens,
		Passwords: auth.NewPasswords(), Site: site, OpenAPI: gastos.OpenAPI, Log: log,
	}
	hardened, err := harden.New(harden.Config{
		API: []string{"/"}, Bodies: harden.Bodies{Most: 64 << 10}, Identify: api.Identify,
		Rate: harden.Rate{Classes: RateClasses(perUser)},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.handler = hardened.Handler(api.Handler())
	return b
}

func generous() harden.Quota { return harden.Quota{Requests: 100_000, Window: time.Second} }

// as asks as a user (0: as nobody) and checks status and contract. A body that is a
// string is sent as it is.
func (b *bench) as(usuario int64, method, target string, body any, want int) *httptest.ResponseRecorder {
	b.t.Helper()
	var sent io.Reader
	if text, raw := body.(string); raw {
		sent = strings.NewReader(text)
	} else if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		sent = bytes.NewReader(encoded)
	}
	r := httptest.NewRequest(method, target, sent)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if usuario != 0 {
		token, _, err := b.tokens.Issue(usuario)
		if err != nil {
			b.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if w.Code != want {
		b.t.Errorf("%s %s as %d: %d, want %d: %s", method, target, usuario, w.Code, want, w.Body)
	}
	b.conforms(method, r.URL.Path, w)
	return w
}

// conforms holds an answer against the document: status, media type, header, schema.
func (b *bench) conforms(method, path string, w *httptest.ResponseRecorder) {
	b.t.Helper()
	place := operation(method, template(path))
	response, where := b.contract.at(b.t, place+"/responses/"+strconv.Itoa(w.Code))
	if response == nil {
		b.t.Errorf("%s %s: %d is not documented", method, path, w.Code)
		return
	}
	headers, _ := response["headers"].(map[string]any)
	for name := range headers {
		header, at := b.contract.at(b.t, where+"/headers/"+name)
		value := w.Header().Get(name)
		if value == "" {
			if header["required"] == true {
				b.t.Errorf("%s %s: %d without %s", method, path, w.Code, name)
			}
			continue
		}
		var typed any = value
		if header["schema"].(map[string]any)["type"] == "integer" {
			typed = json.Number(value)
		}
		if err := b.contract.validate(b.t, at+"/schema", typed); err != nil {
			b.t.Errorf("%s %s: %s: %v", method, path, name, err)
		}
	}
	content, _ := response["content"].(map[string]any)
	if content == nil {
		if w.Body.Len() != 0 {
			b.t.Errorf("%s %s: %d with a body", method, path, w.Code)
		}
		return
	}
	media := w.Header().Get("Content-Type")
	if _, any := content["*/*"]; any {
		return
	}
	if content[media] == nil {
		b.t.Errorf("%s %s: %d as %q", method, path, w.Code, media)
		return
	}
	if !strings.HasSuffix(media, "json") {
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		b.t.Errorf("%s %s: %v", method, path, err)
		return
	}
	at := where + "/content/" + strings.ReplaceAll(media, "/", "~1") + "/schema"
	if err := b.contract.validate(b.t, at, value); err != nil {
		b.t.Errorf("%s %s: %d: %v: %s", method, path, w.Code, err, w.Body)
	}
}

// template is the documented path of a real one.
func template(path string) string {
	switch parts := strings.Split(path, "/"); {
	case len(parts) == 4 && parts[1] == "api" && parts[2] != "auth":
		return "/api/" + parts[2] + "/{id}"
	case len(parts) == 3 && parts[1] == "assets":
		return "/assets/{file}"
	}
	return path
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}
