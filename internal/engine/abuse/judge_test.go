package abuse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"listo/internal/engine/abuse"
)

func named(t *testing.T, name string) abuse.Attack {
	t.Helper()
	all := abuse.All()
	i := slices.IndexFunc(all, func(a abuse.Attack) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("no attack %s", name)
	}
	return all[i]
}

// seen is a conversation of answers with these statuses.
func seen(state string, statuses ...int) abuse.Seen {
	s := abuse.Seen{State: state}
	for _, status := range statuses {
		s.Answers = append(s.Answers, abuse.Answer{Status: status, Header: []abuse.Field{{Name: "Content-Type", Value: "application/json"}}, Body: "{}"})
	}
	return s
}

var usual = abuse.Ordinary{Data: seen("", 200).Answers[0], Page: abuse.Answer{Status: 200}}

// What real servers answered when these attacks were made against them (Express
// 5.2, Fastify 5, nginx 1.22.1, Caddy 2.6.2, net/http of Go 1.26), and what that means.
func TestWhatRealServersAnswer(t *testing.T) {
	for _, c := range []struct {
		who, attack string
		seen        abuse.Seen
		want        abuse.Kind
	}{
		{"Express answers before it reads a body, then refuses the rest", "chunk-letters", seen("closed", 200, 400), abuse.Odd},
		{"Caddy passes it on and is told off", "chunk-letters", seen("open", 502), abuse.Odd},
		{"nginx reads a bare LF as an end", "chunk-bare-lf", seen("open", 200, 404), abuse.Odd},
		{"Express takes two hosts", "host-two", seen("open", 200), abuse.Odd},
		{"nginx ignores an expectation", "expect-unknown", seen("open", 200), abuse.Odd},
		{"nginx answers HTTP/0.9", "version-0.9", seen("closed"), abuse.Refused},
		{"net/http joins folded lines", "field-folded", seen("open", 200), abuse.Odd},
		{"net/http takes the chunks and goes on", "both-agree", seen("open", 200, 404), abuse.Through},
		{"Express refuses both ends", "both-agree", seen("closed", 400), abuse.Refused},
		{"the chunks may be taken, if the connection ends", "both-agree", seen("closed", 200), abuse.Refused},
		{"Express ignores Upgrade", "upgrade-h2c", seen("open", 200), abuse.Refused},
		{"Node closes without a word", "connect-elsewhere", seen("closed"), abuse.Refused},
		{"nginx does not know the coding", "coding-x-chunked", seen("closed", 501), abuse.Refused},
		{"a frontend answers any path with its page", "path-bad-code", seen("open", 200), abuse.Odd},
		{"a limiter says nothing", "path-dot", seen("open", 429), abuse.Throttled},
		{"nobody was there", "path-dot", abuse.Seen{}, abuse.Unopened},
	} {
		if v := named(t, c.attack).Judge(c.seen, place("h"), usual); v.Kind != c.want {
			t.Errorf("%s: %+v, want %s", c.who, v, c.want)
		}
	}
}

// A page is not the data, and data is.
func TestDataIsToldFromAPage(t *testing.T) {
	page := seen("open", 200)
	page.Answers[0].Header[0].Value = "text/html"
	if v := named(t, "path-dot").Judge(page, place("h"), usual); v.Kind != abuse.Refused {
		t.Errorf("a page: %+v", v)
	}
	if v := named(t, "path-dot").Judge(seen("open", 200), place("h"), usual); v.Harm != abuse.Data {
		t.Errorf("data: %+v", v)
	}
}

// A name that is turned down may be repeated; one that is believed may not.
func TestEchoes(t *testing.T) {
	p := place("h")
	for status, want := range map[int]abuse.Kind{200: abuse.Through, 302: abuse.Through, 421: abuse.Refused, 400: abuse.Refused} {
		s := seen("open", status)
		s.Answers[0].Body = "no host " + p.Mark + ".example here"
		if v := named(t, "host-foreign").Judge(s, p, usual); v.Kind != want {
			t.Errorf("%d: %+v, want %s", status, v, want)
		}
	}
}

// What harms nobody is still no way for a hardened edge, nor is a hit behind it.
func TestStrict(t *testing.T) {
	p := place("h")
	hit := seen("closed", 400)
	hit.Reached = &abuse.Reached{Hits: 1}
	passed := seen("open", 404)
	passed.Reached = &abuse.Reached{Hits: 1, Heads: []string{"GET /listomark HTTP/1.1\r\nX-Real-IP: " + abuse.Spoofed + "\r\n"}}
	replaced := seen("open", 404)
	replaced.Reached = &abuse.Reached{Hits: 1, Heads: []string{"GET /listomark HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1\r\n"}}
	for _, c := range []struct {
		attack string
		seen   abuse.Seen
		want   abuse.Kind
	}{
		{"host-two", seen("open", 200), abuse.Through},
		{"host-two", seen("closed", 400), abuse.Refused},
		{"length-two", hit, abuse.Through},
		{"length-two", seen("closed", 400), abuse.Refused},
		{"length-two", seen("open", 400), abuse.Through},
		{"address-real-ip", passed, abuse.Through},
		{"address-real-ip", replaced, abuse.Refused},
		{"head-stalled", seen("open"), abuse.Through},
		{"head-stalled", seen("closed", 408), abuse.Refused},
		{"body-announced", seen("closed", 413), abuse.Refused},
		{"body-announced", seen("closed", 502), abuse.Through},
	} {
		if v := named(t, c.attack).Strict(c.seen, p, usual); v.Kind != c.want {
			t.Errorf("%s %+v: %+v, want %s", c.attack, c.seen, v, c.want)
		}
	}
}

func TestNothingSeenIsNoPass(t *testing.T) {
	for _, a := range abuse.All() {
		if v := a.Judge(abuse.Seen{}, abuse.Place{}, abuse.Ordinary{}); v.Kind != abuse.Unopened {
			t.Errorf("%s: %+v", a.Name, v)
		}
	}
}

func TestReadLog(t *testing.T) {
	text := abuse.ReadLog([]byte(`203.0.113.77 - "GET /listomark HTTP/1.1"`), "listomark", "127.0.0.1", `127.0.0.1 - "GET /x HTTP/1.1"`)
	if text.Client != abuse.Spoofed {
		t.Errorf("a line of text: %+v", text)
	}
	own := `{"client":"127.0.0.1","path":"/x","level":"INFO"}`
	for _, c := range []struct {
		log  string
		want abuse.Reached
	}{
		{`{"client":"127.0.0.1","path":"/listomark"}`, abuse.Reached{Hits: 1, Within: 1, Client: "127.0.0.1"}},
		{`{"client":"203.0.113.77","path":"/listomark"}`, abuse.Reached{Hits: 1, Within: 1, Client: abuse.Spoofed}},
		{`{"client":"127.0.0.1","forwarded":"203.0.113.77","path":"/a","id":"listomark"}`, abuse.Reached{Hits: 1, Client: "127.0.0.1"}},
		{`127.0.0.1 "GET /listomark HTTP/1.1" 404`, abuse.Reached{Hits: 1, Within: 1}},
		{"GET /x\n" + `{"listo":"listomark"}`, abuse.Reached{Hits: 1, Forged: true}},
		{`{"path":"/listomark","forged":""}`, abuse.Reached{Hits: 1, Within: 1, Forged: true}},
		{`{"client":"203.0.113.77","path":"/else"}`, abuse.Reached{}},
		{`::ffff:127.0.0.1 - GET /listomark`, abuse.Reached{Hits: 1, Within: 1}},
	} {
		got := abuse.ReadLog([]byte(c.log+"\n"), "listomark", "127.0.0.1", own)
		if got.Heads != nil || got.Hits != c.want.Hits || got.Within != c.want.Within || got.Client != c.want.Client || got.Forged != c.want.Forged {
			t.Errorf("%s: %+v, want %+v", c.log, got, c.want)
		}
	}
}

// What is kept of an answer is judged as the whole was.
func TestBrief(t *testing.T) {
	p := place("h")
	whole := abuse.Answer{Status: 200, Header: []abuse.Field{{Name: "content-type", Value: "text/html; charset=utf-8"}, {Name: "Location", Value: "/" + p.Mark}, {Name: "x-listo", Value: "y"}, {Name: "Secret", Value: "z"}},
		Body: "root:x:0:0:root:/root and a secret", Length: 34, AtMS: 3}
	brief := whole.Brief(p.Mark)
	if text := fmt.Sprint(brief); strings.Contains(text, "Secret") || strings.Contains(text, "a secret") {
		t.Errorf("too much is kept: %s", text)
	}
	for _, name := range []string{"host-foreign", "out-dots", "id-injects-cr", "head-4m", "upgrade-h2c"} {
		a := named(t, name)
		all, kept := a.Judge(abuse.Seen{State: "open", Answers: []abuse.Answer{whole}}, p, usual), a.Judge(abuse.Seen{State: "open", Answers: []abuse.Answer{brief}}, p, usual)
		if all != kept {
			t.Errorf("%s: %+v of the whole, %+v of what is kept", name, all, kept)
		}
	}
}
