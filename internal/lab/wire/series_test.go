package wire

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"listo/internal/engine/redact"
	"listo/internal/engine/wire"
)

func TestASeriesIsOneStep(t *testing.T) {
	const secret = "a-secret-of-the-test"
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, r.Header.Get("X-Key")) }))
	defer server.Close()
	b, blob := newBench(t, server.URL, redact.Secret{Name: "KEY", Value: secret})
	c, err := On(b)
	if err != nil {
		t.Fatal(err)
	}
	c.Series("nothing").End()
	s := c.Series("three of them")
	p := Plan{Variables: map[string]string{"KEY": secret}, Script: wire.Script{Answers: 1, Patience: patience,
		Steps: []wire.Step{wire.Request([]byte("GET /x HTTP/1.1\r\nHost: " + c.Host() + "\r\nX-Key: " + secret + "\r\nAuthorization: Bearer " + secret + "\r\n\r\n"))}}}
	if line := c.Line(p); !strings.Contains(line, `Bearer %s\r\n\r\n' "$KEY" "$KEY"`) {
		t.Errorf("the line cannot be replayed: %s", line)
	}
	for range 3 {
		if got := s.Talk(t.Context(), "mine", p); len(got.Answers) != 1 || string(got.Answers[0].Body) != secret {
			t.Fatalf("%+v", got)
		}
	}
	s.Promote(p, s.Talk(t.Context(), "shown", p))
	s.End()
	all := steps(t, b)
	if len(all) != 2 {
		t.Fatalf("%d steps, want the series and what was shown", len(all))
	}
	for i := range all {
		for _, raw := range all[i].Raw {
			if text := blob(i, raw.Name); strings.Contains(text, secret) {
				t.Errorf("%s holds the secret", raw.Name)
			}
		}
	}
	text := blob(0, "transcript of 4 conversations")
	if text == "" {
		text = blob(1, "transcript of 4 conversations")
	}
	if strings.Count(text, "\n") != 4 || !strings.Contains(text, `"name":"mine"`) || !strings.Contains(text, `\"$KEY\"`) || !strings.Contains(text, "HTTP/1.1 200 OK") {
		t.Errorf("%s", text)
	}
}
