package secrets

import (
	"testing"

	"listo/internal/evidence"
)

func TestFingerprint(t *testing.T) {
	one := Fingerprint("JWT_SECRET", "value")
	if !isFingerprint(one) || one != Fingerprint("JWT_SECRET", "value") {
		t.Errorf("got %s", one)
	}
	// Recorded fingerprints must be recognised by every later listo.
	if want := "listo-fp:v1:ctvfa3IGrvuXTS6n5j3FgaPmo3NxjKnBAW2FY4bijuw"; one != want {
		t.Errorf("version 1 has changed: got %s, want %s", one, want)
	}
	if one == Fingerprint("OTHER", "value") || one == Fingerprint("JWT_SECRET", "value2") {
		t.Error("name or value do not count")
	}
	if !isFingerprint(Fingerprint("", "")) || isFingerprint("listo-fp:v2:"+one[12:]) || isFingerprint(one+"A") {
		t.Error("isFingerprint does not tell")
	}
}

func TestDistinct(t *testing.T) {
	s := &Settings{}
	b := newBench(t, s, usual())
	wants(t, "secrets.distinct", b, evidence.Unproven, "unrecorded")
	for recorded, reason := range map[string]string{
		Fingerprint("JWT_SECRET", "production's"): "distinct",
		Fingerprint("JWT_SECRET", strongSecret):   "same",
		"sha256:abc":                              "malformed",
	} {
		s.ProductionFingerprints = map[string]string{"JWT_SECRET": recorded}
		if _, f := tried(t, "secrets.distinct", b); f.Reason != reason {
			t.Errorf("got %s, want %s", f.Reason, reason)
		}
	}
}
