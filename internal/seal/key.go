package seal

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// Key signs seals. Its zero value signs nothing. The private half stands inside
// a function, where no verb of package fmt and no encoder can see it.
type Key struct {
	sign        func(data []byte) []byte
	public      []byte // DER
	fingerprint string
}

func newKey(private ed25519.PrivateKey) (Key, error) {
	public := publicKey(private.Public().(ed25519.PublicKey))
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public))
	if err != nil {
		return Key{}, fmt.Errorf("seal: writing the public key: %w", err)
	}
	fingerprint, err := public.KeyID()
	if err != nil {
		return Key{}, err
	}
	sign := func(data []byte) []byte { return ed25519.Sign(private, data) }
	return Key{sign, der, fingerprint}, nil
}

// Fingerprint names the key as OpenSSH names an Ed25519 key: "SHA256:" and the
// unpadded base64 of a digest of the public half; `ssh-keygen -l` prints the
// same. It is what a reader compares to know who sealed.
func (k Key) Fingerprint() string { return k.fingerprint }

// Sign signs data; with KeyID it makes Key a dsse.Signer.
func (k Key) Sign(_ context.Context, data []byte) ([]byte, error) {
	if k.sign == nil {
		return nil, errors.New("seal: no key to sign with: load one with LoadOrCreateKey")
	}
	return k.sign(data), nil
}

// KeyID gives the fingerprint; with Sign it makes Key a dsse.Signer.
func (k Key) KeyID() (string, error) { return k.fingerprint, nil }

// publicKey is the half that verifies, as package dsse wants it.
type publicKey ed25519.PublicKey

func parsePublic(der []byte) (publicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("seal: its public key cannot be read: %w: do not trust it", err)
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("seal: its public key is of type %T, want Ed25519: do not trust it", parsed)
	}
	return publicKey(public), nil
}

// Verify checks one signature over data.
func (p publicKey) Verify(_ context.Context, data, signature []byte) error {
	if !ed25519.Verify(ed25519.PublicKey(p), data, signature) {
		return errors.New("the signature is not of this key over these bytes")
	}
	return nil
}

// KeyID gives the key's fingerprint.
func (p publicKey) KeyID() (string, error) {
	fingerprint, err := dsse.SHA256KeyID(p.Public())
	if err != nil {
		return "", fmt.Errorf("seal: naming the public key: %w", err)
	}
	return fingerprint, nil
}

// Public gives the key itself.
func (p publicKey) Public() crypto.PublicKey { return ed25519.PublicKey(p) }
