package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// keyPathVariable turns the test binary into a process that only asks for a key.
const keyPathVariable = "LISTO_SEAL_TEST_KEY"

func TestMain(m *testing.M) {
	path := os.Getenv(keyPathVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	key, created, err := LoadOrCreateKey(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(key.Fingerprint(), created)
}

func TestKeyIsCreatedOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "listo", "seal.key")
	first, created, err := LoadOrCreateKey(path)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	again, created, err := LoadOrCreateKey(path)
	if err != nil || created {
		t.Fatalf("the second time: created %v, %v", created, err)
	}
	if first.Fingerprint() != again.Fingerprint() {
		t.Errorf("two keys: %s and %s", first.Fingerprint(), again.Fingerprint())
	}
	text, err := Sign(contents(), first, moment())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Open(text); err != nil || s.Fingerprint != again.Fingerprint() {
		t.Errorf("a seal of the created key: %s, %v", s.Fingerprint, err)
	}
	alone(t, path)
}

// alone checks the key's mode and that no draft lies beside it.
func alone(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("beside the key: %v", files)
	}
}

func TestProcessesAgreeOnOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "listo", "seal.key")
	answers := make([]string, 6)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), keyPathVariable+"="+path)
			out, err := command.CombinedOutput()
			if err != nil {
				t.Errorf("process %d: %v: %s", i, err, out)
			}
			answers[i] = string(out)
		})
	}
	all.Wait()
	agreed(t, answers)
	alone(t, path)
}

func TestThreadsAgreeOnOneKey(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "seal.key")
		answers := make([]string, 16)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				<-start
				key, created, err := LoadOrCreateKey(path)
				if err != nil {
					t.Error(err)
				}
				answers[i] = fmt.Sprintln(key.Fingerprint(), created)
			})
		}
		close(start)
		all.Wait()
		agreed(t, answers)
		alone(t, path)
	}
}

func agreed(t *testing.T, answers []string) {
	t.Helper()
	creators, keys := 0, map[string]bool{}
	for _, answer := range answers {
		fingerprint, created, _ := strings.Cut(strings.TrimSpace(answer), " ")
		keys[fingerprint] = true
		if created == "true" {
			creators++
		}
	}
	if creators != 1 || len(keys) != 1 {
		t.Errorf("%d created, %d keys: %q", creators, len(keys), answers)
	}
}

func pemOf(t *testing.T, label string, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	good := pemOf(t, pemType, testPrivate(7))
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		text []byte
		mode fs.FileMode
		want string
	}{
		{"the group may read", good, 0o640, "chmod 600"},
		{"all may read", good, 0o604, "chmod 600"},
		{"all may write", good, 0o602, "chmod 600"},
		{"empty", nil, 0o600, "no PEM block"},
		{"garbage", bytes.Repeat([]byte{0xff, 0}, 500), 0o600, "no PEM block"},
		{"cut", good[:60], 0o600, "no PEM block"},
		{"not DER", pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: []byte("x")}), 0o600, "is damaged"},
		{"another curve", pemOf(t, pemType, curve), 0o600, "want Ed25519"},
		{"encrypted", pemOf(t, "ENCRYPTED PRIVATE KEY", curve), 0o600, "not encrypted"},
		{"of OpenSSH", pemOf(t, "OPENSSH PRIVATE KEY", curve), 0o600, "convert it"},
		{"two keys", append(bytes.Clone(good), good...), 0o600, "more than one"},
		{"something behind", append(bytes.Clone(good), "x"...), 0o600, "more than one"},
		{"huge", append(bytes.Repeat([]byte{'\n'}, maxKeyFile), good...), 0o600, "no PEM block"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "seal.key")
			if err := os.WriteFile(path, test.text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			refusedKey(t, path, test.want)
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, test.text) {
				t.Errorf("the file was touched: %v", err)
			}
		})
	}
}

func refusedKey(t *testing.T, path, want string) {
	t.Helper()
	key, created, err := LoadOrCreateKey(path)
	if err == nil || created || key.sign != nil || key.fingerprint != "" {
		t.Fatalf("accepted: created %v, %v", created, err)
	}
	for _, part := range []string{"seal: ", filepath.Base(path), want} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q does not say %q", err, part)
		}
	}
}

func TestPathsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.Mkdir(at("folder"), 0o700),
		os.WriteFile(at("file"), nil, 0o600),
		os.Symlink(at("nowhere"), at("dangling")),
		syscall.Mkfifo(at("pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	refusedKey(t, at("folder"), "not a file")
	refusedKey(t, at("pipe"), "not a file")
	refusedKey(t, at("dangling"), "leads nowhere")
	refusedKey(t, filepath.Join(at("file"), "seal.key"), "check the path")
	refusedKey(t, at("null\x00byte"), "check the path")
}

func TestKeyThroughALink(t *testing.T) {
	dir := t.TempDir()
	key, _, err := LoadOrCreateKey(filepath.Join(dir, "real.key"))
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "seal.key")
	if err := os.Symlink("real.key", link); err != nil {
		t.Fatal(err)
	}
	if same, created, err := LoadOrCreateKey(link); err != nil || created || same.Fingerprint() != key.Fingerprint() {
		t.Errorf("got %s, created %v, %v", same.Fingerprint(), created, err)
	}
}

func TestDefaultKeyPath(t *testing.T) {
	t.Setenv("HOME", "/home/somebody")
	t.Setenv("XDG_CONFIG_HOME", "")
	if path, err := DefaultKeyPath(); err != nil || !strings.HasSuffix(path, filepath.Join("listo", "seal.key")) || !strings.HasPrefix(path, "/home/somebody/") {
		t.Errorf("got %q, %v", path, err)
	}
	t.Setenv("HOME", "")
	if path, err := DefaultKeyPath(); err == nil || !strings.Contains(err.Error(), "set HOME") {
		t.Errorf("without a home: got %q, %v", path, err)
	}
}

func TestNoVerbPrintsTheKey(t *testing.T) {
	// A seed of its own kind: the figures must not occur in addresses.
	seed := []byte("8QzL0vXn3RkT6yWm1HbJ5sPd9GfC2aEu")
	key, err := newKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	nested := struct{ inner any }{struct{ key Key }{key}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
		for _, value := range []any{key, &key, nested, []Key{key}} {
			text := strings.ToLower(fmt.Sprintf(verb, value))
			for _, spelling := range []string{
				string(seed[:8]), hex.EncodeToString(seed[:4]),
				strings.Trim(fmt.Sprint(seed[:6]), "[]"),
				strings.Trim(fmt.Sprintf("%#v", seed[:6]), "[]byte{}"),
			} {
				if strings.Contains(text, strings.ToLower(spelling)) {
					t.Errorf("%s of %T shows %q", verb, value, spelling)
				}
			}
		}
	}
}

// The figure was printed by ssh-keygen -lf for this public key.
func TestFingerprintIsThatOfOpenSSH(t *testing.T) {
	const want = "SHA256:z/fSv0Z0RZS+Lccbc6ZoOWwt/fbj1VFJGSBKQbo4icE"
	if got := testKey(t, 7).Fingerprint(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestZeroKeySignsNothing(t *testing.T) {
	if sig, err := (Key{}).Sign(t.Context(), []byte("x")); err == nil || sig != nil {
		t.Error("the zero key signed")
	}
	if _, err := parsePublic(mustPublic(t)); err == nil {
		t.Error("an ECDSA key was taken for Ed25519")
	}
}

func mustPublic(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}
