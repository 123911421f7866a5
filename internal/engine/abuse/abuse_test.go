package abuse_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/engine/abuse"
	"listo/internal/engine/wire"
	labwire "listo/internal/lab/wire"
)

// The list is whole, and every variant has its own name.
func TestTheListIsWhole(t *testing.T) {
	ids, names := map[string]int{}, map[string]bool{}
	for _, a := range abuse.All() {
		if ids[a.ID]++; names[a.Name] {
			t.Errorf("%s stands twice", a.Name)
		}
		if names[a.Name] = true; !regexp.MustCompile(`^[a-zA-Z0-9.-]+$`).MatchString(a.Name) || a.Root == "" {
			t.Errorf("%+v has no proper name or root", a)
		}
		if len(a.Harm) == 0 && len(a.Right) == 0 && !a.Ends && a.Innocent == "" && a.Class != abuse.Slow {
			t.Errorf("%s can never be wrong", a.Name)
		}
	}
	for letter, most := range map[string]int{"W": 16, "T": 6, "L": 9} {
		for n := 1; n <= most; n++ {
			if id := fmt.Sprint(letter, n); ids[id] == 0 {
				t.Errorf("%s is missing", id)
			}
		}
	}
}

// Every word in braces is known, and lengths are those of the bodies.
func TestWhatIsSent(t *testing.T) {
	p := place("127.0.0.1:80")
	for _, a := range abuse.All() {
		var all []byte
		for _, s := range a.Play(p) {
			all = append(all, s.Bytes...)
		}
		if word := regexp.MustCompile(`\{[a-z_]+\}`).Find(all); word != nil {
			t.Errorf("%s sends %s as it stands", a.Name, word)
		}
		if a.Name == "both-chunks-end-first" {
			_, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
			if want := fmt.Sprintf("Content-Length: %d\r\n", len(body)); !bytes.Contains(all, []byte(want)) {
				t.Errorf("%q lacks %q", all, want)
			}
		}
	}
}

func place(host string) abuse.Place {
	return abuse.Place{Host: host, Path: abuse.SickData, Token: "Bearer right", Page: abuse.SickPage, Post: abuse.SickPost, BodyLimit: 64 << 10,
		Origin: "https://app.example", Canary: "127.0.0.1:1", Mark: "listomark"}
}

// served is a service under attack.
type served struct {
	origin   wire.Origin
	log      func() []byte
	ordinary abuse.Ordinary
	place    abuse.Place
	canary   *canary
}

// begin starts what serve answers and asks it honestly.
func begin(t *testing.T, log func() []byte, serve func(net.Listener)) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go serve(l)
	s := &served{origin: wire.Origin{Address: l.Addr().String()}, log: log, place: place(l.Addr().String()), canary: newCanary(t)}
	s.place.Canary = s.canary.address
	s.ordinary = abuse.Ordinary{Data: s.ask(t, s.place.Path, s.place.Token), Page: s.ask(t, s.place.Page, "")}
	if s.ordinary.Data.Status != 200 || s.ordinary.Page.Status != 200 {
		t.Fatalf("the control is not served: %d, %d", s.ordinary.Data.Status, s.ordinary.Page.Status)
	}
	return s
}

func (s *served) ask(t *testing.T, path, token string) abuse.Answer {
	t.Helper()
	text := "GET " + path + " HTTP/1.1\r\nHost: " + s.place.Host + "\r\n"
	if token != "" {
		text += "Authorization: " + token + "\r\n"
	}
	c := wire.Talk(t.Context(), s.origin, wire.Script{Answers: 1, Patience: 20 * time.Second, Steps: []wire.Step{wire.Request([]byte(text + "\r\n"))}})
	if len(c.Answers) == 0 {
		t.Fatalf("%s: no answer: %+v", path, c)
	}
	return labwire.SeenOf(c, "").Answers[0]
}

// try makes an attack and gives its verdict.
func (s *served) try(ctx context.Context, a abuse.Attack, patience time.Duration) (abuse.Verdict, abuse.Seen) {
	p := s.place
	p.Mark = "listo" + strings.ToLower(regexp.MustCompile(`[^a-zA-Z0-9]`).ReplaceAllString(a.Name, ""))
	canary := s.canary.hits.Load()
	seen := labwire.SeenOf(wire.Talk(ctx, s.origin, labwire.ScriptOf(a, p, patience)), p.Mark)
	time.Sleep(10 * time.Millisecond)
	seen.Canary = int(s.canary.hits.Load() - canary)
	if s.log != nil {
		log := s.log()
		own, _, _ := strings.Cut(string(log), "\n")
		r := abuse.ReadLog(log, p.Mark, "127.0.0.1", own)
		seen.Reached = &r
	}
	return a.Judge(seen, p, s.ordinary), seen
}

type canary struct {
	address string
	hits    atomic.Int64
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &canary{address: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.hits.Add(1)
			conn.Close()
		}
	}()
	return c
}

// short is how long a service that keeps silent is watched in tests.
const short = time.Second

// verdicts makes every attack of one conversation that is wanted, a few at a time;
// nil wants all.
func (s *served) verdicts(t *testing.T, wanted func(abuse.Attack) bool) map[string]abuse.Verdict {
	t.Helper()
	all, seen := map[string]abuse.Verdict{}, sync.Mutex{}
	var crowd sync.WaitGroup
	hands := make(chan struct{}, 8)
	for _, a := range abuse.All() {
		if a.Class == abuse.Slow || a.Class == abuse.Size || wanted != nil && !wanted(a) {
			continue
		}
		crowd.Go(func() {
			hands <- struct{}{}
			defer func() { <-hands }()
			if slices.Contains(a.Harm, abuse.Led) || slices.Contains(a.Harm, abuse.Tunnel) {
				seen.Lock() // the canary belongs to one at a time
				defer seen.Unlock()
				v, _ := s.try(t.Context(), a, short)
				all[a.Name] = v
				return
			}
			v, _ := s.try(t.Context(), a, short)
			seen.Lock()
			defer seen.Unlock()
			all[a.Name] = v
		})
	}
	crowd.Wait()
	return all
}

// The healthy server lets nothing through.
func TestTheHealthyServerIsNotReproached(t *testing.T) {
	app := &abuse.SickApp{Token: "Bearer right"}
	s := begin(t, app.Log, func(l net.Listener) { new(abuse.Sick).Serve(l, app) })
	for name, v := range s.verdicts(t, nil) {
		if v.Kind != abuse.Refused && v.Kind != abuse.Odd {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Each sickness shows in attacks of its own, and in no other harm.
func TestEverySicknessShows(t *testing.T) {
	for name, c := range map[string]struct {
		sick *abuse.Sick
		app  *abuse.SickApp
		want map[string]abuse.Harm // at least these
	}{
		"both ends":  {&abuse.Sick{BothEnds: true}, &abuse.SickApp{}, map[string]abuse.Harm{"both-chunks-end-first": abuse.Second, "both-length-ends-first": abuse.Second, "both-agree": abuse.Second, "both-coding-first": abuse.Second}},
		"codings":    {&abuse.Sick{Codings: true}, &abuse.SickApp{}, map[string]abuse.Harm{"coding-x-chunked": abuse.Second, "coding-twice-cow": abuse.Second, "coding-vertical-tab": abuse.Second, "coding-blank-colon": abuse.Second}},
		"lengths":    {&abuse.Sick{Lengths: true}, &abuse.SickApp{}, map[string]abuse.Harm{"length-two": abuse.Second, "length-plus": abuse.Served, "length-words": abuse.Second, "length-list": abuse.Second}},
		"chunks":     {&abuse.Sick{Chunks: true}, &abuse.SickApp{}, map[string]abuse.Harm{"chunk-letters": abuse.Second, "chunk-no-end": abuse.Second, "chunk-overflow": abuse.Second, "chunk-plus": abuse.Second}},
		"fields":     {&abuse.Sick{Fields: true}, &abuse.SickApp{}, map[string]abuse.Harm{"field-hidden-in-fold": abuse.Data, "field-hidden-by-cr": abuse.Data, "field-cut-by-nul": abuse.Data, "field-blank-colon": abuse.Data}},
		"tunnels":    {&abuse.Sick{Tunnels: true}, &abuse.SickApp{}, map[string]abuse.Harm{"connect-elsewhere": abuse.Led, "connect-path": abuse.Tunnel}},
		"switches":   {&abuse.Sick{Switches: true}, &abuse.SickApp{}, map[string]abuse.Harm{"upgrade-h2c": abuse.Switched, "websocket-foreign": abuse.Switched}},
		"leads":      {&abuse.Sick{Leads: true}, &abuse.SickApp{}, map[string]abuse.Harm{"absolute-elsewhere": abuse.Led}},
		"endless":    {&abuse.Sick{Endless: true}, &abuse.SickApp{}, map[string]abuse.Harm{"head-4m": abuse.Served, "target-4m": abuse.Served}},
		"undresses":  {&abuse.Sick{}, &abuse.SickApp{Undresses: true}, map[string]abuse.Harm{"path-double-slash": abuse.Data, "path-upper": abuse.Data, "path-parameter": abuse.Data, "path-page-up": abuse.Data}},
		"repeats":    {&abuse.Sick{}, &abuse.SickApp{Repeats: true}, map[string]abuse.Harm{"name-forwarded-host": abuse.Echoed, "host-foreign": abuse.Echoed, "name-forwarded": abuse.Echoed}},
		"serves":     {&abuse.Sick{}, &abuse.SickApp{Serves: true}, map[string]abuse.Harm{"out-dots": abuse.Outside, "out-coded-slashes": abuse.Outside}},
		"heeds":      {&abuse.Sick{}, &abuse.SickApp{Heeds: true}, map[string]abuse.Harm{"rewrite-original-url": abuse.Heeded, "rewrite-method-override": abuse.Heeded, "rewrite-to-data": abuse.HeededPage}},
		"obeys":      {&abuse.Sick{}, &abuse.SickApp{Obeys: true}, map[string]abuse.Harm{"user-said": abuse.Data, "hop-user": abuse.Data}},
		"believes":   {&abuse.Sick{}, &abuse.SickApp{Believes: true}, map[string]abuse.Harm{"chain-left": abuse.Believed, "address-forwarded-for": abuse.Believed}},
		"prints":     {&abuse.Sick{}, &abuse.SickApp{Prints: true}, map[string]abuse.Harm{"log-path-newline": abuse.Forged}},
		"multiplies": {&abuse.Sick{}, &abuse.SickApp{Multiplies: true}, map[string]abuse.Harm{"ranges-1000": abuse.Swollen}},
		"chokes":     {&abuse.Sick{}, &abuse.SickApp{Chokes: true}, map[string]abuse.Harm{"json-deep": abuse.Failed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := c.app
			app.Token = "Bearer right"
			s := begin(t, app.Log, func(l net.Listener) { c.sick.Serve(l, app) })
			all := s.verdicts(t, func(a abuse.Attack) bool { return c.want[a.Name] != "" })
			for attack, harm := range c.want {
				if all[attack].Harm != harm {
					t.Errorf("%s: %+v, want %s", attack, all[attack], harm)
				}
			}
		})
	}
}

// net/http as it is, and as its handlers can make it: what it is known for shows,
// and nothing else.
func TestNetHTTP(t *testing.T) {
	known := []string{"both-agree", "both-chunks-end-first", "both-coding-first", "both-length-ends-first", "coding-folded"}
	for name, cured := range map[string]bool{"as it is": false, "closes after chunks": true} {
		t.Run(name, func(t *testing.T) {
			app := &abuse.SickApp{Token: "Bearer right"}
			server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if cured && len(r.TransferEncoding) > 0 {
					w.Header().Set("Connection", "close")
				}
				app.ServeHTTP(w, r)
			})}
			s := begin(t, app.Log, func(l net.Listener) { _ = server.Serve(l) })
			for name, v := range s.verdicts(t, nil) {
				if is, want := v.Kind == abuse.Through, !cured && slices.Contains(known, name); is != want {
					t.Errorf("%s: %+v", name, v)
				}
			}
		})
	}
}
