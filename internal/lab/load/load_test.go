package load

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/engine/load"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// place is a bench at a server of its own, and the folder of its blobs.
func place(t *testing.T, h http.HandlerFunc) (*lab.Bench, string) {
	t.Helper()
	folder := t.TempDir()
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b := &lab.Bench{Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now)}
	return b.At(lab.Target{Base: server.URL, PID: os.Getpid()}), folder
}

func scenario() load.Scenario {
	return load.Scenario{
		Requests: []load.Request{
			{Name: "GET /a", Method: "GET", Path: "/a?x=[1]", Weight: 3, Header: []load.Field{{Name: "Accept", Value: "application/json"}}},
			{Name: "POST /b", Method: "POST", Path: "/b", Weight: 1, Body: []byte(`{"it's":"$HOME"}`)},
		},
		Identities: []load.Identity{{Header: []load.Field{{Name: "Authorization", Value: "Bearer ana-0123456789"}}}},
	}
}

func TestARunIsAStepWithItsRawOutputs(t *testing.T) {
	var hits atomic.Int64
	b, folder := place(t, func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1)%10 == 0 {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	run, err := Send(t.Context(), b, "normal, closed", scenario(), load.Profile{Users: 4, Think: 2 * time.Millisecond, Requests: 200, Timeout: 10 * time.Second, Budget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if run.Total.Requests != 200 || hits.Load() != 200 || run.Total.Classes[load.ServerError] != 20 {
		t.Errorf("%d requests, %d hits, %v", run.Total.Requests, hits.Load(), run.Total.Classes)
	}
	steps, err := b.Steps()
	if err != nil || len(steps) != 1 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	kept := map[string][]byte{}
	for _, blob := range steps[0].Raw {
		kept[blob.Name] = read(t, folder, blob)
	}
	var histograms []struct {
		Name    string
		Latency load.Histogram
	}
	if err := json.Unmarshal(kept["normal, closed: histograms.json"], &histograms); err != nil || len(histograms) != 3 || histograms[0].Latency.N() != 180 {
		t.Errorf("histograms: %v", err)
	}
	both := histograms[1].Latency
	both.Merge(&histograms[2].Latency)
	if both.N() != 180 || both.Summary() != histograms[0].Latency.Summary() {
		t.Error("the endpoints' histograms do not add up to the total")
	}
	if lines := strings.Split(string(kept["normal, closed: course.csv"]), "\n"); !strings.HasPrefix(lines[0], "from_s,measured,offered,answered,failed,over_budget,p50_ms") || len(lines) < 3 {
		t.Errorf("course: %q", lines)
	}
	for name, want := range map[string]string{"endpoints": `"server_error_5xx": 20`, "instrument": `"cpu_share"`} {
		if text := string(kept["normal, closed: "+name+".json"]); !strings.Contains(text, want) || !json.Valid([]byte(text)) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func read(t *testing.T, folder string, b evidence.Blob) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, b.Digest.Hex()))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A replay line is pasted into a shell as it stands: it sends the requests that it
// stands for, and no fragment, glob or variable of theirs comes alive.
func TestAReplayLineCanBePasted(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen[r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+" "+string(body)]++
	}))
	defer server.Close()
	line := replay("normal", scenario(), load.Profile{Users: 4, Think: time.Millisecond, Duration: time.Second})
	if strings.Contains(line, "ana-") {
		t.Fatalf("it tells the token: %s", line)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "BASE="+server.URL, "TOKEN=eva")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, line)
	}
	for _, want := range []string{"GET /a?x=[1] Bearer eva ", `POST /b Bearer eva {"it's":"$HOME"}`} {
		if seen[want] != replayed {
			t.Errorf("%q was sent %d times: %v", want, seen[want], seen)
		}
	}
	if len(seen) != 2 || strings.Count(string(out), "\n") != 12 || !strings.HasPrefix(string(out), "200 ") {
		t.Errorf("%v\n%s", seen, out)
	}
}

func TestTheModelIsSaid(t *testing.T) {
	if got := model(load.Profile{Users: 10, Think: 50 * time.Millisecond, Duration: 5 * time.Second, Seed: 1}); got != "closed model, 10 users, pauses of 50ms on average, for 5s, seed 1" {
		t.Error(got)
	}
	if got := model(load.Profile{Users: 20, Rate: 141.62, Duration: 5 * time.Second, Seed: 1}); got != "open model, 141.6 requests/s on a fixed schedule over up to 20 connections for 5s, seed 1" {
		t.Error(got)
	}
}

func TestAStoppedRunIsAnError(t *testing.T) {
	b, _ := place(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := Send(t.Context(), b, "x", load.Scenario{}, load.Profile{}); err == nil {
		t.Error("nothing was to be sent")
	}
	if steps, _ := b.Steps(); len(steps) != 1 || steps[0].Err == "" {
		t.Errorf("steps %+v", steps)
	}
}

func TestCalibrationIsAStep(t *testing.T) {
	b, _ := place(t, func(http.ResponseWriter, *http.Request) {})
	c, err := Calibrate(t.Context(), b, 4, 300*time.Millisecond)
	if err != nil || c.Rate <= 0 {
		t.Fatalf("%+v %v", c, err)
	}
	if steps, _ := b.Steps(); len(steps) != 1 || len(steps[0].Raw) != 1 {
		t.Errorf("steps %+v", steps)
	}
}
