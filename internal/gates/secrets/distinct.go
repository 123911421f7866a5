package secrets

import (
	"context"
	"crypto/subtle"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// distinct compares with production's secrets without ever having them.
func distinct() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.distinct", Class: "secrets.distinct",
		Reasons: []string{"distinct", "same", "malformed", "unrecorded", "missing", "nothing"},
	}, runDistinct, judgeDistinct)
}

// Distinct is how each secret compares with production's fingerprint. The
// fingerprint of the value under test is not kept: nobody needs it.
type Distinct struct {
	Secrets []Compared `json:"secrets"`
}

// Compared is one secret beside production's.
type Compared struct {
	Name       string `json:"name"`
	Set        bool   `json:"set"`
	Recorded   bool   `json:"recorded"`    // production's fingerprint stands in listo.yaml
	WellFormed bool   `json:"well_formed"` // and reads as one of version 1
	Same       bool   `json:"same"`
}

func runDistinct(ctx context.Context, b *lab.Bench) (Distinct, error) {
	values, _ := valuesOf(ctx, b)
	var o Distinct
	for _, name := range settings(b).SecretNames() {
		recorded := settings(b).ProductionFingerprints[name]
		c := Compared{Name: name, Set: values[name] != "", Recorded: recorded != "", WellFormed: isFingerprint(recorded)}
		if c.Set && c.WellFormed {
			c.Same = subtle.ConstantTimeCompare([]byte(Fingerprint(name, values[name])), []byte(recorded)) == 1
		}
		o.Secrets = append(o.Secrets, c)
	}
	return o, nil
}

func judgeDistinct(o Distinct, _ evidence.Limits) evidence.Finding {
	verdicts := map[string][]string{}
	for _, c := range o.Secrets {
		reason := compared(c)
		verdicts[reason] = append(verdicts[reason], c.Name)
	}
	switch {
	case len(o.Secrets) == 0:
		return evidence.Undecided("nothing", nil)
	case len(verdicts["same"]) > 0:
		return evidence.Failed("same", evidence.Facts{"names": verdicts["same"]})
	}
	for _, reason := range []string{"missing", "unrecorded", "malformed"} {
		if list := verdicts[reason]; len(list) > 0 {
			return evidence.Undecided(reason, evidence.Facts{"names": list, "name": list[:1]})
		}
	}
	return evidence.Passed("distinct", evidence.Facts{"names": verdicts["distinct"], "count": len(o.Secrets)})
}

func compared(c Compared) string {
	switch {
	case !c.Set:
		return "missing"
	case !c.Recorded:
		return "unrecorded"
	case !c.WellFormed:
		return "malformed"
	case c.Same:
		return "same"
	}
	return "distinct"
}
