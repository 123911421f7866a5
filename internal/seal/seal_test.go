package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"google.golang.org/protobuf/encoding/protojson"

	"listo/internal/evidence"
)

var update = flag.Bool("update", false, "write the frozen seal again")

const frozen = "testdata/v1.dsse.json"

// testKey is a key that everybody knows.
func testKey(t testing.TB, seed byte) Key {
	t.Helper()
	key, err := newKey(testPrivate(seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testPrivate(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func contents() Contents {
	return Contents{
		Plan:   evidence.DigestOf([]byte("plan")),
		Ledger: evidence.DigestOf([]byte("ledger")),
		Sums:   evidence.DigestOf([]byte("sums")),
		Run:    "20260102-030405-gastos",
		Word:   evidence.NoGo,
		Exit:   evidence.ExitFailed,
		Tool:   evidence.Tool{Version: "1.2.3", Revision: "abc<&>ñ", Go: "go1.26"},
	}
}

func moment() time.Time {
	return time.Date(2026, 1, 2, 4, 4, 5, 678, time.FixedZone("east", 3600))
}

func sealed(t testing.TB) []byte {
	t.Helper()
	text, err := Sign(contents(), testKey(t, 7), moment())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestOpenGivesBackWhatWasSigned(t *testing.T) {
	got, err := Open(sealed(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Contents != contents() {
		t.Errorf("contents: got %+v, want %+v", got.Contents, contents())
	}
	if !got.Decided.Equal(moment()) || got.Decided.Location() != time.UTC {
		t.Errorf("decided: got %v, want %v in UTC", got.Decided, moment())
	}
	key := testKey(t, 7)
	if got.Fingerprint != key.Fingerprint() || !bytes.Equal(got.PublicKey, key.public) {
		t.Errorf("key: got %s, want %s", got.Fingerprint, key.Fingerprint())
	}
}

// A bundle of format 1 verifies for ever, and the same arguments give the same
// bytes: both are shown on a seal that was written down once.
func TestFrozenSeal(t *testing.T) {
	if *update {
		if err := os.WriteFile(frozen, sealed(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(frozen)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Open(text); err != nil || got.Contents != contents() {
		t.Errorf("the frozen seal: got %+v, %v", got.Contents, err)
	}
	if !bytes.Equal(sealed(t), text) {
		t.Errorf("Sign does not write the frozen seal any more:\n%s", sealed(t))
	}
}

func TestEveryChangedByteIsDetected(t *testing.T) {
	text := sealed(t)
	for at := range text {
		for bit := range 8 {
			changed := bytes.Clone(text)
			changed[at] ^= 1 << bit
			refused(t, changed, "byte %d with bit %d flipped", at, bit)
		}
		refused(t, append(bytes.Clone(text[:at]), text[at+1:]...), "byte %d dropped", at)
		refused(t, text[:at], "cut at byte %d", at)
		for _, more := range []string{" ", "\n", "\r", "\t", "=", "A"} {
			refused(t, []byte(string(text[:at])+more+string(text[at:])), "%q put before byte %d", more, at)
		}
	}
}

func refused(t *testing.T, text []byte, how string, args ...any) {
	t.Helper()
	if s, err := Open(text); err == nil || s.Fingerprint != "" || s.Word != "" {
		t.Errorf("accepted or half given: "+how, args...)
	}
}

// Other spellings of the very same envelope: JSON and base64 allow them all.
func TestOneSpelling(t *testing.T) {
	text := string(sealed(t))
	var e dsse.Envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	sig := e.Signatures[0].Sig
	if !strings.HasSuffix(sig, "==") {
		t.Fatalf("signature %q has no spare bits", sig)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		t.Fatal(err)
	}
	urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace(sig)
	if urlSafe == sig {
		t.Fatal("the signature has neither + nor /: take another seed")
	}
	spellings := map[string]string{
		"compact":             compact.String(),
		"no last line break":  strings.TrimSuffix(text, "\n"),
		"two line breaks":     text + "\n",
		"windows line breaks": strings.ReplaceAll(text, "\n", "\r\n"),
		"byte order mark":     "\ufeff" + text,
		"escaped letter":      strings.Replace(text, `"payload"`, `"pa\u0079load"`, 1),
		"escaped slash":       strings.Replace(text, "application/", `application\/`, 1),
		"key in capitals":     strings.Replace(text, `"payload"`, `"PAYLOAD"`, 1),
		"key twice":           strings.Replace(text, "{\n", "{\n  \"payload\": \"\",\n", 1),
		"unknown field":       strings.Replace(text, "{\n", "{\n  \"note\": 1,\n", 1),
		"null field":          strings.Replace(text, "{\n", "{\n  \"signatures\": null,\n", 1),
		"second value":        text + "{}",
		"second brace":        text + "}",
		"spare bits":          strings.Replace(text, sig, sig[:len(sig)-3]+string(sig[len(sig)-3]+1)+"==", 1),
		"url alphabet":        strings.Replace(text, sig, urlSafe, 1),
		"line break in it":    strings.Replace(text, sig, sig[:10]+`\n`+sig[10:], 1),
		"no key id":           strings.Replace(text, e.Signatures[0].KeyID, "", 1),
		"other key id":        strings.Replace(text, e.Signatures[0].KeyID, "SHA256:x", 1),
		"other payload type":  strings.Replace(text, "in-toto", "in-tota", 1),
		"empty":               "",
		"null":                "null",
		"too long":            text + strings.Repeat(" ", maxEnvelope),
		"deep":                strings.Repeat("[", maxEnvelope/2),
	}
	for name, spelling := range spellings {
		t.Run(name, func(t *testing.T) {
			if spelling == text {
				t.Fatal("this spelling is the original")
			}
			refused(t, []byte(spelling), name)
		})
	}
}

func TestTwoSignaturesAreRefused(t *testing.T) {
	var e dsse.Envelope
	if err := json.Unmarshal(sealed(t), &e); err != nil {
		t.Fatal(err)
	}
	e.Signatures = append(e.Signatures, e.Signatures[0])
	wantError(t, written(t, &e), "want one signature")
	e.Signatures = nil
	wantError(t, written(t, &e), "want one signature")
}

func TestHugeFilesAreNotRead(t *testing.T) {
	wantError(t, append(sealed(t), make([]byte, maxEnvelope)...), "too many for a seal")
}

func wantError(t *testing.T, text []byte, want string) {
	t.Helper()
	if _, err := Open(text); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

func written(t *testing.T, e *dsse.Envelope) []byte {
	t.Helper()
	text, err := write(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// resigned signs a payload as it stands, as somebody with the key could.
func resigned(t *testing.T, payload []byte, key Key) []byte {
	t.Helper()
	signer, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	e, err := signer.SignPayload(t.Context(), payloadType, payload)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, e)
}

// A good signature does not make a statement true to its form.
func TestSignedButNotASeal(t *testing.T) {
	mine, other := testKey(t, 7), testKey(t, 8)
	tests := []struct {
		name string
		bend func(*statement)
		want string
	}{
		{"another's name, own key", func(s *statement) { s.Predicate.PublicKey = mine.public; s.Predicate.Fingerprint = other.fingerprint }, "claims key"},
		{"another's key", func(s *statement) { s.Predicate.PublicKey = other.public; s.Predicate.Fingerprint = other.fingerprint }, "signature does not hold"},
		{"no key", func(s *statement) { s.Predicate.PublicKey = nil }, "public key cannot be read"},
		{"GO that failed", func(s *statement) { s.Predicate.Word = evidence.Go }, "contradict"},
		{"no word", func(s *statement) { s.Predicate.Word = "" }, "contradict"},
		{"unknown word", func(s *statement) { s.Predicate.Word = "LISTO" }, "contradict"},
		{"no run", func(s *statement) { s.Predicate.Run = "" }, "names no run"},
		{"later format", func(s *statement) { s.Predicate.Format = evidence.FormatVersion + 1 }, "update listo"},
		{"no format", func(s *statement) { s.Predicate.Format = 0 }, "update listo"},
		{"later predicate", func(s *statement) { s.PredicateType = "urn:listo:verdict:v2" }, "update listo"},
		{"other statement", func(s *statement) { s.Type = "https://in-toto.io/Statement/v0.1" }, "update listo"},
		{"a subject less", func(s *statement) { s.Subject = s.Subject[:2] }, "2 subjects"},
		{"a subject more", func(s *statement) { s.Subject = append(s.Subject, s.Subject[0]) }, "4 subjects"},
		{"subjects in another order", func(s *statement) { s.Subject[0], s.Subject[1] = s.Subject[1], s.Subject[0] }, "subject 1"},
		{"digest in capitals", func(s *statement) { s.Subject[2].Digest.SHA256 = strings.ToUpper(s.Subject[2].Digest.SHA256) }, "subject 3"},
		{"short digest", func(s *statement) { s.Subject[1].Digest.SHA256 = "00" }, "subject 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := stateOf(contents(), mine, moment())
			test.bend(&s)
			payload, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, resigned(t, payload, mine), test.want)
		})
	}
}

func TestSignedInAnotherSpelling(t *testing.T) {
	key := testKey(t, 7)
	payload, err := json.Marshal(stateOf(contents(), key, moment()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(resigned(t, payload, key)); err != nil {
		t.Fatalf("the untouched payload: %v", err)
	}
	for _, spelling := range []string{
		string(payload) + " ",
		string(payload) + "}",
		strings.Replace(string(payload), `"run"`, `"RUN"`, 1),
		strings.Replace(string(payload), `"run"`, `"note":1,"run"`, 1),
		strings.Replace(string(payload), `"run"`, `"word":"GO","run"`, 1),
	} {
		refused(t, resigned(t, []byte(spelling), key), "payload %s", spelling)
	}
}

func TestSignRefuses(t *testing.T) {
	if _, err := Sign(contents(), Key{}, moment()); err == nil {
		t.Error("signed without a key")
	}
	tests := map[string]func(*Contents){
		"nothing":       func(c *Contents) { *c = Contents{} },
		"no plan":       func(c *Contents) { c.Plan = "" },
		"no ledger":     func(c *Contents) { c.Ledger = "sha256:" },
		"no sums":       func(c *Contents) { c.Sums = "sha256:xyz" },
		"other digest":  func(c *Contents) { c.Plan = "sha512:" + c.Plan[7:] },
		"no run":        func(c *Contents) { c.Run = "" },
		"GO, but 1":     func(c *Contents) { c.Word = evidence.Go },
		"NO-GO, but 0":  func(c *Contents) { c.Exit = 0 },
		"reduced, 0":    func(c *Contents) { c.Word, c.Exit = evidence.GoReduced, 0 },
		"test, 0":       func(c *Contents) { c.Word, c.Exit = evidence.GoTest, 0 },
		"invalid UTF-8": func(c *Contents) { c.Run = "run\xff" },
	}
	for name, bend := range tests {
		c := contents()
		bend(&c)
		if text, err := Sign(c, testKey(t, 7), moment()); err == nil || text != nil {
			t.Errorf("%s: sealed", name)
		}
	}
	if _, err := Sign(contents(), testKey(t, 7), time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("signed in a year that JSON cannot write")
	}
}

// The in-toto library reads our statement as one of its own.
func TestInTotoReadsTheStatement(t *testing.T) {
	var e dsse.Envelope
	if err := json.Unmarshal(sealed(t), &e); err != nil {
		t.Fatal(err)
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		t.Fatal(err)
	}
	var s intoto.Statement
	if err := protojson.Unmarshal(payload, &s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if s.GetType() != intoto.StatementTypeUri || s.GetPredicateType() != predicateType {
		t.Errorf("types: %s, %s", s.GetType(), s.GetPredicateType())
	}
	want := map[string]evidence.Digest{"plan": contents().Plan, "ledger": contents().Ledger, "SHA256SUMS": contents().Sums}
	for _, subject := range s.GetSubject() {
		if got := subject.GetDigest()["sha256"]; got != want[subject.GetName()].Hex() {
			t.Errorf("%s: got %s, want %s", subject.GetName(), got, want[subject.GetName()])
		}
		delete(want, subject.GetName())
	}
	if len(want) != 0 {
		t.Errorf("subjects missing: %v", want)
	}
	if word := s.GetPredicate().GetFields()["word"].GetStringValue(); word != string(contents().Word) {
		t.Errorf("word: got %q", word)
	}
}

func FuzzOpen(f *testing.F) {
	text := sealed(f)
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add(bytes.ToUpper(text))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Open(src)
		if err != nil {
			return
		}
		// Nobody signs by chance: only the known seal opens.
		if !bytes.Equal(src, text) {
			t.Fatalf("opened a seal of %s that nobody signed", s.Fingerprint)
		}
	})
}
