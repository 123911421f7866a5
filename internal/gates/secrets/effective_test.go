package secrets

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"listo/internal/config"
	"listo/internal/evidence"
)

// verifier is a service that checks tokens the usual way; options and keys make
// it healthy or sick.
func verifier(keys func(*jwt.Token) (any, error), options ...jwt.ParserOption) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if parsed, err := jwt.Parse(token, keys, options...); err != nil || !parsed.Valid {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
}

func keyed(key string) func(*jwt.Token) (any, error) {
	return func(*jwt.Token) (any, error) { return []byte(key), nil }
}

func TestEffective(t *testing.T) {
	hs256 := jwt.WithValidMethods([]string{"HS256"})
	strict := []jwt.ParserOption{hs256, jwt.WithIssuer("gastos"), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithSubject("7")}
	cases := map[string]struct {
		service http.HandlerFunc
		outcome evidence.Outcome
		reason  string
	}{
		"healthy":      {verifier(keyed(strongSecret), strict...), evidence.Pass, "effective"},
		"another key":  {verifier(keyed("another"), strict...), evidence.Fail, "refused"},
		"other claims": {verifier(keyed(strongSecret), hs256, jwt.WithIssuer("somebody")), evidence.Fail, "refused"},
		"believes alg none": {verifier(func(token *jwt.Token) (any, error) {
			if token.Method.Alg() == "none" {
				return jwt.UnsafeAllowNoneSignatureType, nil
			}
			return []byte(strongSecret), nil
		}), evidence.Fail, "forged"},
		"falls back on a default": {func(w http.ResponseWriter, r *http.Request) {
			for _, key := range []string{strongSecret, "changeme"} {
				ok := httptest.NewRecorder()
				if verifier(keyed(key), strict...)(ok, r); ok.Code == http.StatusOK {
					return
				}
			}
			w.WriteHeader(http.StatusUnauthorized)
		}, evidence.Fail, "forged"},
		"open": {func(http.ResponseWriter, *http.Request) {}, evidence.Fail, "open"},
		"answers 500": {func(w http.ResponseWriter, r *http.Request) {
			ok := httptest.NewRecorder()
			if verifier(keyed(strongSecret), strict...)(ok, r); ok.Code != http.StatusOK {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}, evidence.Fail, "unrefused"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, evidence.Unproven, "unanswered"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			service := httptest.NewServer(c.service)
			defer service.Close()
			b := newBench(t, protected(), usual())
			b.Target.Base = service.URL
			wants(t, "secrets.effective", b, c.outcome, c.reason)
		})
	}
}

func protected() *Settings {
	return &Settings{ProtectedRequest: "GET /api/me",
		Claims: map[string]string{"iss": "gastos", "sub": "7", "iat": "{now}", "exp": "{exp}"}}
}

func TestEffectiveWaitsForARateLimit(t *testing.T) {
	var asked atomic.Int64
	inner := verifier(keyed(strongSecret), jwt.WithValidMethods([]string{"HS256"}))
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 5 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		inner(w, r)
	}))
	defer service.Close()
	b := newBench(t, protected(), usual())
	b.Target.Base = service.URL
	wants(t, "secrets.effective", b, evidence.Pass, "effective")

	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer closed.Close()
	b.Target.Base = closed.URL
	wants(t, "secrets.effective", b, evidence.Unproven, "limited")
}

// TestEffectiveTellsWrongClaimsFromAWrongKey asks the service for a token of its own.
func TestEffectiveTellsWrongClaimsFromAWrongKey(t *testing.T) {
	for key, want := range map[string]string{strongSecret: "claims", "another key of this service": "refused"} {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /login", func(w http.ResponseWriter, _ *http.Request) {
			token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "somebody"}).SignedString([]byte(key))
			if err != nil {
				t.Error(err)
			}
			_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
		})
		mux.Handle("GET /api/me", verifier(keyed(key), jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("somebody")))
		service := httptest.NewServer(mux)
		defer service.Close()
		b := newBench(t, protected(), usual())
		b.Target.Base = service.URL
		b.Config.Login = config.Login{Request: "POST /login", Body: `{"u":"{user}"}`, Token: "/token", Users: []string{"ana"}}
		_, f := tried(t, "secrets.effective", b)
		if f.Reason != want {
			t.Errorf("got %q, want %q", f.Reason, want)
		}
	}
}

func TestEffectiveWithoutASecret(t *testing.T) {
	service := httptest.NewServer(verifier(keyed("x")))
	defer service.Close()
	b := newBench(t, protected(), map[string]string{})
	b.Target.Base = service.URL
	wants(t, "secrets.effective", b, evidence.Unproven, "missing")
	b.Target.Base = "http://127.0.0.1:1"
	wants(t, "secrets.effective", b, evidence.Unproven, "missing")
}

func TestClaims(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	raw, err := claimsAt(map[string]string{"iss": "gastos", "sub": "7", "id": "7", "code": `"7"`, "iat": "{now}", "exp": "{exp}",
		"roles": `["a","b"]`, "name": "Ana {now}", "admin": "true"}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"admin":true,"code":"7","exp":1700000600,"iat":1700000000,"id":7,"iss":"gastos","name":"Ana 1700000000","roles":["a","b"],"sub":"7"}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestEffectiveStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := newBench(t, protected(), usual())
	b.Target.Base = "http://127.0.0.1:1"
	check := effective()
	raw, err := check.Run(ctx, b)
	if err != nil {
		return
	}
	if f, _ := check.Judge(raw, nil); f.Outcome == evidence.Pass {
		t.Error("passed without an answer")
	}
}
