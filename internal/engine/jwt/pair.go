package jwt

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
)

// Pair is an RSA key pair of listo's own, for tokens that bring their key along.
type Pair struct{ private *rsa.PrivateKey }

// NewPair makes a pair.
func NewPair() (Pair, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return Pair{}, fmt.Errorf("jwt: making a key pair: %w", err)
	}
	return Pair{private}, nil
}

// Sign signs header and claims with RS256 (RFC 7518, section 3.3), whatever the
// header says.
func (p Pair) Sign(header string, claims json.RawMessage) (string, error) {
	signed := part([]byte(header)) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, p.private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("jwt: signing: %w", err)
	}
	return signed + "." + part(signature), nil
}

// JWK is the public half (RFC 7517), as JSON.
func (p Pair) JWK() string {
	e := big.NewInt(int64(p.private.E)).Bytes()
	return fmt.Sprintf(`{"kty":"RSA","use":"sig","alg":"RS256","kid":"listo","n":%q,"e":%q}`, part(p.private.N.Bytes()), part(e))
}

// Public is the public half.
func (p Pair) Public() *rsa.PublicKey { return &p.private.PublicKey }

// SignedByPair tells whether a token carries an RS256 signature of this key's owner.
func SignedByPair(token string, public *rsa.PublicKey) bool {
	parsed, err := Parse(token)
	if err != nil {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parsed.Signature)
	digest := sha256.Sum256([]byte(token[:len(token)-len(parsed.Signature)-1]))
	return err == nil && rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
}

// PublicRSA reads the RSA keys of a JWK set (RFC 7517, section 5); others are left out.
func PublicRSA(set []byte) []*rsa.PublicKey {
	var all struct {
		Keys []struct {
			Kty, N, E string
		}
	}
	if json.Unmarshal(set, &all) != nil {
		return nil
	}
	var keys []*rsa.PublicKey
	for _, k := range all.Keys {
		n, err1 := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		if k.Kty != "RSA" || err1 != nil || err2 != nil || len(n) == 0 || len(e) == 0 || len(e) > 4 {
			continue
		}
		keys = append(keys, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())})
	}
	return keys
}

// Texts are the forms in which a program may hold a public key as text, and take it
// for the secret of an HMAC when it lets the token choose the algorithm.
func Texts(key *rsa.PublicKey) [][]byte {
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil
	}
	long := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	short := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)})
	return [][]byte{long, long[:len(long)-1], short, short[:len(short)-1], spki}
}

// Certificate is a self-signed certificate of the pair (DER), as x5c carries one.
func (p Pair) Certificate() ([]byte, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, p.Public(), p.private)
	if err != nil {
		return nil, fmt.Errorf("jwt: a certificate: %w", err)
	}
	return der, nil
}
