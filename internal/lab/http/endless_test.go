package http

import (
	nethttp "net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// A line does not spell out thousands of the same character, and a shell sends them all.
func TestALongRunIsNotSpelledOut(t *testing.T) {
	arrived := make(chan *nethttp.Request, 1)
	server := httptest.NewServer(nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) { arrived <- r }))
	defer server.Close()
	p := newPlace(t, server.URL)
	for name, r := range map[string]Request{
		"commas":                {Method: "OPTIONS", Path: "/x", Header: nethttp.Header{"Access-Control-Request-Headers": {strings.Repeat(",", 6144)}, "Origin": {"https://app.example"}}},
		"commas behind a name":  {Method: "OPTIONS", Path: "/x", Header: nethttp.Header{"Access-Control-Request-Headers": {"authorization" + strings.Repeat(",", 300)}}},
		"letters":               {Method: "GET", Path: "/x", Header: nethttp.Header{"X-Long": {"it's " + strings.Repeat("a", 6144)}}},
		"letters of a path":     {Method: "GET", Path: "/x?q=" + strings.Repeat("Z", 5000)},
		"a run that is written": {Method: "GET", Path: "/x?q=" + strings.Repeat("Z", 199), Header: nethttp.Header{"X-Long": {strings.Repeat(",", 199)}}},
		"a run of no letter":    {Method: "GET", Path: "/x", Header: nethttp.Header{"X-Long": {strings.Repeat("`", 300)}}},
	} {
		line := On(p.Bench).Replay(r)
		for _, shell := range []string{"sh", "bash"} {
			cmd := exec.Command(shell, "-c", line)
			cmd.Env = []string{"PATH=/usr/bin:/bin", "BASE=" + server.URL}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %s: %v\n%s", name, line, err, out)
			}
			got := <-arrived
			if got.Method != r.Method || got.RequestURI != r.Path {
				t.Errorf("%s, by %s: %s %s", name, shell, got.Method, got.RequestURI)
			}
			for field, want := range r.Header {
				if got := got.Header.Get(field); got != want[0] {
					t.Errorf("%s, by %s: %s of %d bytes, want %d", name, shell, field, len(got), len(want[0]))
				}
			}
		}
		if len(line) > 520 {
			t.Errorf("%s: a line of %d bytes", name, len(line))
		}
	}
}
