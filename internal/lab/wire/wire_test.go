package wire

import (
	"bytes"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// patience is how long a test waits before it calls something hung.
const patience = 30 * time.Second

func newBench(t *testing.T, base string, secrets ...redact.Secret) (*lab.Bench, func(step int, name string) string) {
	t.Helper()
	folder := t.TempDir()
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	b := &lab.Bench{Config: &config.Config{}, Recorder: lab.NewRecorder(blobs, redact.New(secrets), time.Now), Target: lab.Target{Base: base}}
	return b, func(step int, name string) string {
		for _, blob := range steps(t, b)[step].Raw {
			if blob.Name == name {
				raw, err := os.ReadFile(filepath.Join(folder, blob.Digest.Hex()))
				if err != nil {
					t.Fatal(err)
				}
				return string(raw)
			}
		}
		return ""
	}
}

func steps(t *testing.T, b *lab.Bench) []evidence.Step {
	t.Helper()
	all, err := b.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAConversationIsWrittenDown(t *testing.T) {
	const secret = "a-secret-of-the-test"
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, r.Header.Get("X-Key")) }))
	defer server.Close()
	b, blob := newBench(t, server.URL, redact.Secret{Name: "KEY", Value: secret})
	c, err := On(b)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Talk(t.Context(), Plan{Variables: map[string]string{"KEY": secret}, Script: wire.Script{Answers: 1, Patience: patience,
		Steps: []wire.Step{{Bytes: []byte("GET /x HTTP/1.1\r\nHost: " + c.Host() + "\r\n")}, {Pause: 20 * time.Millisecond, Bytes: []byte("X-Key: " + secret + "\r\n\r\n"), Requests: 1}}}})
	if len(got.Answers) != 1 || string(got.Answers[0].Body) != secret {
		t.Fatalf("%+v", got)
	}
	s := steps(t, b)[0]
	if s.Instrument != "wire" || s.Status != 200 || strings.Contains(s.Replay, secret) || !strings.Contains(s.Replay, `"$KEY"`) || !strings.Contains(s.Replay, "sleep 0.02") {
		t.Errorf("%+v", s)
	}
	for name, want := range map[string]string{"sent": "GET /x HTTP/1.1", "received": "HTTP/1.1 200 OK", "timeline": "still open; the watching ended"} {
		if text := blob(0, name); !strings.Contains(text, want) || strings.Contains(text, secret) {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	b, _ := newBench(t, "")
	if _, err := On(b); err == nil {
		t.Error("no address, and yet a client")
	}
	b, _ = newBench(t, "http://127.0.0.1:1")
	c, err := On(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Talk(t.Context(), Plan{Script: wire.Script{Patience: patience}}); got.Err == nil || steps(t, b)[0].Err == "" {
		t.Errorf("%+v", got)
	}
}

// A replay line that bash runs sends the very bytes.
func TestBashSendsTheSame(t *testing.T) {
	var hostile []byte
	for c := range 256 {
		hostile = append(hostile, byte(c))
	}
	for name, script := range map[string]wire.Script{
		"every byte":  {Steps: []wire.Step{{Bytes: hostile}}},
		"a long run":  {Steps: []wire.Step{{Bytes: slicesOf("POST / HTTP/1.1\r\n\r\n{", strings.Repeat("a", 5000), "}")}}},
		"drops":       {Steps: wire.Drip([]byte("aaa"), time.Millisecond, 3)},
		"a variable":  {Steps: []wire.Step{{Bytes: []byte("A: it's $HOME 100%\r\n")}}},
		"after pause": {Steps: []wire.Step{{Bytes: []byte("a")}, {Pause: time.Millisecond, Bytes: []byte("'b'\\n")}}},
	} {
		script.Patience = patience
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		came := make(chan []byte, 1)
		want := wanted(script)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				came <- nil
				return
			}
			defer conn.Close()
			all := make([]byte, len(want))
			_, _ = io.ReadFull(conn, all)
			came <- all
		}()
		host, port, _ := net.SplitHostPort(l.Addr().String())
		cmd := exec.Command("sh", "-c", replay(Plan{Script: script, Variables: map[string]string{"OWN": "$HOME"}}, false))
		cmd.Env = append(os.Environ(), "HOST="+host, "PORT="+port, "OWN=$HOME")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", name, err, out)
		}
		l.Close()
		if got := <-came; !bytes.Equal(got, want) {
			t.Errorf("%s: %q came, want %q", name, got, want)
		}
	}
}

func slicesOf(parts ...string) []byte { return []byte(strings.Join(parts, "")) }

func wanted(s wire.Script) (all []byte) {
	for _, step := range s.Steps {
		all = append(all, step.Bytes...)
	}
	return all
}

func TestReplayFromElsewhere(t *testing.T) {
	script := wire.Script{From: netip.MustParseAddr("127.0.0.2"), Answers: 1, Patience: patience,
		Steps: []wire.Step{wire.Request([]byte("GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A: it's\r\nConnection: close\r\n\r\n"))}}
	if got, want := replay(Plan{Script: script}, false), `curl -sS -i --interface 127.0.0.2 -H 'X-A: it'\''s' "$BASE/a?b=c"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	script.From = netip.Addr{}
	if got := replay(Plan{Script: script}, true); !strings.Contains(got, `openssl s_client -quiet -connect "$HOST:$PORT"`) || strings.Contains(got, ">&3") {
		t.Errorf("got %s", got)
	}
}

func TestLag(t *testing.T) {
	stop := Lag()
	time.Sleep(3 * lagEvery)
	if worst := stop(); worst < 0 || worst > patience {
		t.Errorf("%s", worst)
	}
}

// Whoever is led to the bait is counted and fed.
func TestBait(t *testing.T) {
	bait, err := Bait(map[string]string{"/keys": "here"})
	if err != nil {
		t.Fatal(err)
	}
	defer bait.Close()
	for path, want := range map[string]string{"/keys": "here", "/other": ""} {
		r, err := nethttp.Get("http://" + bait.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%s: %q %v", path, body, err)
		}
	}
	if bait.Hits() != 2 {
		t.Errorf("%d hits", bait.Hits())
	}
}
