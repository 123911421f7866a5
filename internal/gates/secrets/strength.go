package secrets

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// strength asks whether a secret could be guessed.
func strength() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.strength", Class: "secrets.strength",
		Limits: []evidence.Limit{
			// RFC 7518, section 3.2: a key of HS256 is at least as long as the hash.
			{Name: "bytes", Default: 32, Unit: "bytes", Direction: evidence.AtLeast},
			// NIST SP 800-131A: the least strength that is still acceptable.
			{Name: "bits", Default: 112, Direction: evidence.AtLeast},
		},
		Reasons: []string{"strong", "default", "short", "guessable", "missing", "nothing"},
	}, runStrength, judgeStrength)
}

// Strength is how each secret looks from outside.
type Strength struct {
	Secrets []Looks `json:"secrets"`
}

// Looks is what may be told of one secret.
type Looks struct {
	Name    string `json:"name"`
	Set     bool   `json:"set"`
	Bytes   int    `json:"bytes"`
	Bits    Bits   `json:"bits"`
	Default bool   `json:"known_default"`
	Known   int    `json:"defaults_compared"`
}

func runStrength(ctx context.Context, b *lab.Bench) (Strength, error) {
	values, _ := valuesOf(ctx, b)
	var o Strength
	for _, name := range settings(b).SecretNames() {
		v := values[name]
		o.Secrets = append(o.Secrets, Looks{
			Name: name, Set: v != "", Bytes: len(v), Bits: estimate(v),
			Default: isKnownDefault(v), Known: len(knownDefaults()),
		})
	}
	return o, nil
}

func judgeStrength(o Strength, limits evidence.Limits) evidence.Finding {
	if len(o.Secrets) == 0 {
		return evidence.Undecided("nothing", nil)
	}
	weakest := o.Secrets[0]
	for _, s := range o.Secrets {
		facts := evidence.Facts{"name": []string{s.Name}, "length": s.Bytes, "estimate": s.Bits.Least(), "compared": s.Known}
		switch {
		case !s.Set:
			return evidence.Undecided("missing", facts)
		case s.Default:
			return evidence.Failed("default", facts)
		case float64(s.Bytes) < limits["bytes"]:
			return evidence.Failed("short", facts)
		case s.Bits.Least() < limits["bits"]:
			return evidence.Failed("guessable", facts)
		case s.Known == 0:
			return evidence.Undecided("nothing", nil)
		}
		if s.Bits.Least() < weakest.Bits.Least() {
			weakest = s
		}
	}
	return evidence.Passed("strong", evidence.Facts{"count": len(o.Secrets), "name": []string{weakest.Name},
		"length": weakest.Bytes, "estimate": weakest.Bits.Least(), "compared": weakest.Known})
}
