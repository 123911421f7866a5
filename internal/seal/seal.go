// Package seal signs what an audit came to, and opens such a signature again.
//
// A seal is an in-toto statement in a DSSE envelope under one Ed25519 key. It
// binds the verdict's word to three digests: the plan, the head of the ledger
// and the list of the bundle's files. This package knows envelopes and keys. It
// does not know whether the digests fit any bundle, whether the verdict follows
// from the ledger, or whose key it is: the key travels inside the envelope, so
// an opened seal proves that nobody changed it since that key signed it. Who
// holds the key is for the reader to compare, by its fingerprint.
package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"listo/internal/evidence"
)

// maxEnvelope bounds what Open reads, in bytes. A real seal has about 2 KiB.
const maxEnvelope = 64 << 10

// Contents is what a seal says about an audit.
type Contents struct {
	Plan   evidence.Digest // of the plan
	Ledger evidence.Digest // head of the ledger: its last line
	Sums   evidence.Digest // of the file SHA256SUMS
	Run    string          // names the audit, as the plan does
	Word   evidence.Word
	Exit   int // exit code that belongs to the word
	Tool   evidence.Tool
}

// Seal is an envelope whose signature held.
type Seal struct {
	Contents
	Decided     time.Time // by the clock of the machine that signed, UTC
	Fingerprint string    // of the signing key: "SHA256:<base64>"
	PublicKey   []byte    // of the signing key, X.509 SubjectPublicKeyInfo (DER)
}

// Sign gives the envelope over c as JSON text that ends in a line break. The
// same arguments give the same bytes. It writes nothing that Open would refuse.
func Sign(c Contents, key Key, now time.Time) ([]byte, error) {
	payload, err := json.Marshal(stateOf(c, key, now))
	if err != nil {
		return nil, fmt.Errorf("seal: writing the statement: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		return nil, fmt.Errorf("seal: signing: %w", err)
	}
	envelope, err := signer.SignPayload(context.Background(), payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("seal: signing: %w", err)
	}
	text, err := write(envelope)
	if err != nil {
		return nil, err
	}
	back, err := Open(text)
	if err != nil {
		return nil, fmt.Errorf("seal: these contents cannot be sealed: %w", err)
	}
	if back.Contents != c {
		return nil, errors.New("seal: these contents cannot be sealed: they would come back changed: give sha256 digests and text in UTF-8")
	}
	return text, nil
}

// Open verifies an envelope with the public key inside it and gives back what
// it says. It insists that text is, byte for byte, how Sign writes it: JSON and
// base64 have many spellings, and a seal has one.
func Open(text []byte) (Seal, error) {
	if len(text) > maxEnvelope {
		return Seal{}, fmt.Errorf("seal: %d bytes are too many for a seal: check that this is seal.dsse.json", len(text))
	}
	var envelope dsse.Envelope
	if err := decode(text, &envelope); err != nil {
		return Seal{}, fmt.Errorf("seal: the envelope cannot be read: %w: take the file from the bundle again", err)
	}
	if envelope.PayloadType != payloadType || len(envelope.Signatures) != 1 {
		return Seal{}, fmt.Errorf("seal: this is not a seal of listo: want one signature over %q, got %d over %q", payloadType, len(envelope.Signatures), envelope.PayloadType)
	}
	payload, err := envelope.DecodeB64Payload()
	if err != nil {
		return Seal{}, fmt.Errorf("seal: the payload cannot be read: %w: take the file from the bundle again", err)
	}
	s, err := readStatement(payload)
	if err != nil {
		return Seal{}, err
	}
	if err := verify(&envelope, s.Predicate.PublicKey); err != nil {
		return Seal{}, err
	}
	if err := s.check(payload); err != nil {
		return Seal{}, err
	}
	if err := spelled(text, envelope, payload, s.Predicate.Fingerprint); err != nil {
		return Seal{}, err
	}
	return s.seal(), nil
}

// verify checks the envelope's signature against the key that it names itself.
func verify(envelope *dsse.Envelope, der []byte) error {
	public, err := parsePublic(der)
	if err != nil {
		return err
	}
	verifier, err := dsse.NewEnvelopeVerifier(public)
	if err != nil {
		return fmt.Errorf("seal: verifying: %w", err)
	}
	if _, err := verifier.Verify(context.Background(), envelope); err != nil {
		return fmt.Errorf("seal: the signature does not hold: %w: the seal was changed after it was signed", err)
	}
	return nil
}

// spelled refuses every spelling of the envelope but the one that Sign writes.
func spelled(text []byte, envelope dsse.Envelope, payload []byte, fingerprint string) error {
	signature, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		return fmt.Errorf("seal: the signature is not standard base64: %w: take the file from the bundle again", err)
	}
	again, err := write(&dsse.Envelope{
		PayloadType: payloadType,
		Payload:     base64.StdEncoding.EncodeToString(payload),
		Signatures:  []dsse.Signature{{KeyID: fingerprint, Sig: base64.StdEncoding.EncodeToString(signature)}},
	})
	if err != nil {
		return err
	}
	if !bytes.Equal(text, again) {
		return errors.New("seal: the envelope is not spelled as listo writes it: it was reformatted or changed: take the file from the bundle again")
	}
	return nil
}

func write(envelope *dsse.Envelope) ([]byte, error) {
	text, err := json.MarshalIndent(envelope, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("seal: writing the envelope: %w", err)
	}
	return append(text, '\n'), nil
}

// decode reads one JSON value and nothing else; unknown fields are refused.
func decode(src []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}
