package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// pemType is the label of an unencrypted PKCS#8 key (RFC 7468, section 10).
const pemType = "PRIVATE KEY"

// maxKeyFile bounds what is read of a key file, in bytes. A real one has 119.
const maxKeyFile = 16 << 10

// DefaultKeyPath is listo/seal.key in the user's configuration directory.
func DefaultKeyPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("seal: there is no place for the key: %w: set HOME or XDG_CONFIG_HOME", err)
	}
	return filepath.Join(dir, "listo", "seal.key"), nil
}

// LoadOrCreateKey reads the key at path, or makes one there (PKCS#8 PEM, mode
// 0600) when there is none; created tells which. Of several processes that come
// at once one creates, and all get the same key. It never overwrites a file.
func LoadOrCreateKey(path string) (key Key, created bool, err error) {
	key, err = loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	err = createKey(path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, false, fmt.Errorf("seal: the key %s cannot be created: %w: choose a folder you can write to", path, err)
	}
	created = err == nil
	// Also the creator reads: what it signs with is what stands in the file.
	key, err = loadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("seal: the key %s is a link that leads nowhere: remove it", path)
	}
	return key, created, err
}

// createKey puts a new key at path. The key is written under another name first
// and then linked: the link appears at once and whole, and fails if path exists.
func createKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, ".seal-*.key") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), path)
}

func loadKey(path string) (Key, error) {
	text, err := readKeyFile(path)
	if err != nil {
		return Key{}, err
	}
	private, err := parseKey(text)
	if err != nil {
		return Key{}, fmt.Errorf("seal: the key %s %w", path, err)
	}
	return newKey(private)
}

// readKeyFile reads a small file that only its owner may read.
func readKeyFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before opening: to open a pipe is to wait for its writer
	if err != nil {
		return nil, fmt.Errorf("seal: the key cannot be opened: %w: check the path and its rights", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("seal: the key %s is not a file (%s): name a file", path, info.Mode())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("seal: the key cannot be opened: %w: check its owner and rights", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, fmt.Errorf("seal: the key cannot be looked at: %w: check its rights", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("seal: the key %s is open to other users (mode %04o): run chmod 600 on it, or remove it if others may have read it", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("seal: the key cannot be read: %w: check the disk", err)
	}
	return text, nil
}

// parseKey reads a PKCS#8 PEM file with one Ed25519 key. Its errors continue a
// sentence that began with the file's name.
func parseKey(text []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("holds no PEM block: move it away and listo makes a new one")
	case block.Type != pemType:
		return nil, fmt.Errorf("is a %q, want a %q (PKCS#8, not encrypted): convert it, or move it away and listo makes a new one", block.Type, pemType)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("holds more than one PEM block: leave the Ed25519 key alone in it")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w: restore it from a copy, or move it away and listo makes a new one", err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("is a %T, want Ed25519: move it away and listo makes a new one", parsed)
	}
	return private, nil
}
