package cli

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"listo/internal/config"
)

const shopScenario = `version: 1
target: ${TARGET}
users: 3
think: 2ms
duration: 10m
most_requests: 1200
warm_up: 1ms
budget: p90=30s
timeout: 60s
headers: {Authorization: "Bearer ${TOKEN}", Accept: application/json}
requests:
  - {request: "GET /items?q=${TOKEN}", weight: 3, expect: {status: [200], json: true, non_empty: true, at: /items}}
  - {request: POST /items, headers: {accept: text/plain}, body: '{"by":"${TOKEN}"}', expect: {status: [201]}}
`

func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A scenario is sent as it stands, in the proportion of its weights, and its
// secrets are shown to the service only.
func TestLoadSendsAScenario(t *testing.T) {
	const token = "hush-hush-0123456789"
	var mu sync.Mutex
	seen := map[string]int{}
	url := target(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		seen[strings.Join([]string{r.Method, r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Accept"), string(body)}, " ")]++
		mu.Unlock()
		if r.Method == "POST" {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = io.WriteString(w, `{"items":["`+token+`"]}`)
	})
	folder := t.TempDir()
	out, page := filepath.Join(folder, "out.json"), filepath.Join(folder, "page.html")
	w := &world{env: map[string]string{"TOKEN": token, "TARGET": url}}
	if code := w.run("load", "--language", "en", "--out", out, "--page", page, scenarioFile(t, shopScenario)); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	get, post := seen["GET /items?q="+token+" Bearer "+token+" application/json "], seen["POST /items Bearer "+token+` text/plain {"by":"`+token+`"}`]
	if len(seen) != 2 || post == 0 || get < 2*post || get > 4*post {
		t.Errorf("%d and %d of %v", get, post, seen)
	}
	for _, want := range []string{"p90 ≤ 30 s at GET /items", "errors ≤ 1% at POST /items", "closed: 3 users"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, w.out.String())
		}
	}
	for _, shown := range []string{w.out.String(), w.err.String(), read(t, out), read(t, page)} {
		if strings.Contains(shown, token) {
			t.Errorf("the token is shown:\n%s", shown)
		}
	}
}

// Flags win over the file, and a flag of one model over the other one in it.
func TestFlagsWinOverTheScenario(t *testing.T) {
	w := &loadWish{users: 10, duration: 10 * time.Second, timeout: time.Second, requests: 5, errors: "1%"}
	given := map[string]bool{"rate": true, "duration": true}
	w.changed = func(flag string) bool { return given[flag] }
	w.rate, w.duration = 50, 3*time.Second
	lookup := func(name string) (string, bool) {
		return map[string]string{"TOKEN": "x", "TARGET": "http://127.0.0.1:1"}[name], true
	}
	want, err := w.wanted(scenarioFile(t, shopScenario), lookup)
	if err != nil {
		t.Fatal(err)
	}
	p := want.profile
	if p.Rate != 50 || p.Users != fewestConnections || p.Think != 0 || p.Duration != 3*time.Second || p.Timeout != time.Minute || p.Budget != 30*time.Second || want.promise.Percentile != 90 {
		t.Errorf("%+v %+v", p, want.promise)
	}
}

func TestLoadRefusesABadScenario(t *testing.T) {
	w := &world{}
	if code := w.run("load", scenarioFile(t, shopScenario)); code != exitConfig || !strings.Contains(w.err.String(), "scenario.yaml:2:1: target: TARGET is not set") {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	if code := w.run("load", "nowhere.yaml"); code != exitConfig || !strings.Contains(w.err.String(), "name a scenario file, or a URL") {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	if code := w.run("load", "--body", "x", scenarioFile(t, shopScenario)); code != exitUsage || !strings.Contains(w.err.String(), "--body is for a URL") {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
}

// The scenario that the manual shows is read as it stands there.
func TestTheManualsScenarioIsRead(t *testing.T) {
	_, after, found := strings.Cut(read(t, "../../docs/load.md"), "```yaml\n")
	text, _, ended := strings.Cut(after, "```")
	if !found || !ended {
		t.Fatal("docs/load.md shows no scenario")
	}
	lookup := func(string) (string, bool) { return "hush-hush", true }
	s, err := config.LoadScenario(scenarioFile(t, text), lookup)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Requests) != 2 || s.Secrets["TOKEN"] == "" {
		t.Errorf("%+v", s)
	}
}
