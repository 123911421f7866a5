package redact

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// inChunks cleans text through a Writer, cut where sizes say; sizes repeat.
func inChunks(t testing.TB, r *Redactor, text []byte, sizes []byte) ([]byte, map[string]int) {
	t.Helper()
	var out bytes.Buffer
	w := r.Writer(&out)
	for i := 0; len(text) > 0; i++ {
		n := 1
		if len(sizes) > 0 {
			n = min(int(sizes[i%len(sizes)]), len(text))
		}
		if i > 0 && n == 0 {
			n = 1
		}
		if _, err := w.Write(text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w.Found()
}

// sample is a text of everything that a stage may stop at.
func sample(random *rand.Rand, values []string) string {
	pieces := []string{"\n", " ", `"`, `\`, "%", "e", "-", ":", "://", "‹", "›", "=", "; ", ",", "'", "&", "[", "\r\n", "$",
		"Authorization: ", "Cookie: a=", "Set-Cookie: ", "Bearer ", `"cookie":["`, "http://u:", "@h/", aToken, tokenStart,
		"-----BEGIN PRIVATE KEY-----\n", aKey, "-----END PRIVATE KEY-----", "‹token›", "$NAME", "Expires=Wed, 21 Oct 2015 07:28:00 GMT", "plain words"}
	var out strings.Builder
	for range random.IntN(24) {
		if random.IntN(3) == 0 {
			written := encoders[random.IntN(len(encoders))].encode(values[random.IntN(len(values))])
			out.WriteString(written[:len(written)-random.IntN(2)*random.IntN(len(written))])
			continue
		}
		out.WriteString(pieces[random.IntN(len(pieces))])
	}
	return out.String()
}

func TestChunksMakeNoDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var secrets []Secret
	for i, v := range testValues {
		secrets = append(secrets, Secret{string(rune('A' + i)), v})
	}
	r := New(secrets)
	for range 1000 {
		text := sample(random, testValues)
		checkStream(t, r, []byte(text), []byte{byte(random.IntN(40)), byte(random.IntN(9)), 1})
	}
}

// checkStream holds what is true of every text: chunks make no difference, a
// second cleaning changes nothing, and nothing is found in what is clean.
func checkStream(t testing.TB, r *Redactor, text, sizes []byte) {
	t.Helper()
	want, found := r.Clean(text)
	for _, cut := range [][]byte{sizes, {1}} {
		got, count := inChunks(t, r, text, cut)
		if !bytes.Equal(got, want) || !maps.Equal(count, found) {
			t.Fatalf("in chunks of %v: %q\n got %q %v\nwant %q %v", cut, text, got, count, want, found)
		}
	}
	again, left := r.Clean(want)
	if !bytes.Equal(again, want) || left != nil {
		t.Fatalf("not idempotent: %q\n once %q\ntwice %q %v", text, want, again, left)
	}
	if left := r.Find(want); left != nil {
		t.Fatalf("found again: %q -> %q: %v", text, want, left)
	}
}

func TestWriterHoldsBackOnlyWhatItMust(t *testing.T) {
	var out bytes.Buffer
	w := New([]Secret{{"KEY", "abcdefgh12"}}).Writer(&out)
	for _, step := range []struct{ write, seen string }{
		{"hello\n", "hello\n"},
		{"abcdefg", "hello\n"},
		{"!", "hello\nabcdefg!"},
		{"Authorization: Bearer ", "hello\nabcdefg!Authorization: Bearer "},
		{strings.Repeat("~", 100_000), "hello\nabcdefg!Authorization: Bearer ‹authorization›"},
		{"\n", "hello\nabcdefg!Authorization: Bearer ‹authorization›\n"},
		{"abcdefgh12", "hello\nabcdefg!Authorization: Bearer ‹authorization›\n‹KEY›"},
	} {
		if _, err := io.WriteString(w, step.write); err != nil {
			t.Fatal(err)
		}
		if out.String() != step.seen {
			t.Fatalf("after %.20q: got %q, want %q", step.write, out.String(), step.seen)
		}
	}
	if held := len(w.pipe.held) + len(w.pipe.between); held > w.pipe.values.covered {
		t.Errorf("%d bytes held back, %d of them marked", held, w.pipe.values.covered)
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	r := New([]Secret{{"KEY", "aaaaaaaab"}})
	for _, endless := range []string{"a", "eyJ", "-", ":", "‹", `\`, "%", "http://u:", "Cookie: ", "Set-Cookie: Expires=", "-----BEGIN PRIVATE KEY-----", "$A", "&#", " "} {
		w := r.Writer(io.Discard)
		chunk := []byte(strings.Repeat(endless, 1000))
		for range 30 {
			if _, err := w.Write(chunk); err != nil {
				t.Fatal(err)
			}
			if held := len(w.pipe.held) + len(w.pipe.between); held > 3*tokenLimit {
				t.Fatalf("%q: %d bytes held back", endless, held)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriterPassesErrorsOn(t *testing.T) {
	full := errors.New("disk full")
	w := New(nil).Writer(failing{full})
	if _, err := w.Write([]byte("text\n")); !errors.Is(err, full) {
		t.Errorf("write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("close: %v", err)
	}
	w = New(nil).Writer(io.Discard)
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("a write after close was taken")
	}
}

func BenchmarkClean(b *testing.B) {
	var secrets []Secret
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 20 {
		value := make([]byte, 24)
		for j := range value {
			value[j] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random.IntN(64)]
		}
		secrets = append(secrets, Secret{string(rune('A' + i)), string(value)})
	}
	r := New(secrets)
	line := `{"time":"2026-11-23T09:16:00Z","level":"info","msg":"request","path":"/api/expenses?from=2026-01-01&to=2026-02-01","request_id":"123e4567-e89b-12d3-a456-426614174000","took_ms":3.21}` + "\n"
	texts := map[string]string{
		"log":    strings.Repeat(line, 6000),
		"base64": strings.Repeat(encoders[1].encode(line), 4500),
		"html":   strings.Repeat(`<div class="card"><a href="/x?a=1&amp;b=2">Gastos &amp; m&aacute;s</a></div>`+"\n", 14000),
		"leaky":  strings.Repeat("Authorization: Bearer "+secrets[0].Value+"\r\nCookie: sid="+aToken+"\r\n", 7000),
	}
	for _, name := range []string{"log", "base64", "html", "leaky"} {
		b.Run(name, func(b *testing.B) {
			text := []byte(texts[name])
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Clean(text)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	secrets := make([]Secret, 50)
	for i := range secrets {
		secrets[i] = Secret{string(rune('A' + i)), strings.Repeat(string(rune('a'+i%26)), 20+i)}
	}
	for b.Loop() {
		New(secrets)
	}
}
