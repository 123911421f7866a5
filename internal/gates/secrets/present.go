package secrets

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// present is the pre-gate: without its variables the service is not worth a load.
func present() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.present", Class: "secrets.present", When: evidence.First, Pregate: true,
		Reasons: []string{"present", "present_handed", "present_in_file", "missing", "nothing"},
	}, runPresent, judgePresent)
}

// Present is what was seen of the required variables: never their values.
type Present struct {
	Source string     `json:"source"` // process, handed over, env file
	Names  []Variable `json:"names"`
	// Token proves, given back, that the page which shows it was read; empty when
	// nothing is missing.
	Token string `json:"token,omitempty"`
}

// Variable is one required variable.
type Variable struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Secret bool   `json:"secret"`
	Set    bool   `json:"set"` // set and not empty
}

// Missing lists the variables that are not set.
func (p Present) Missing() []Variable {
	return slices.DeleteFunc(slices.Clone(p.Names), func(v Variable) bool { return v.Set })
}

func runPresent(ctx context.Context, b *lab.Bench) (Present, error) {
	values, source := valuesOf(ctx, b)
	o := Present{Source: source}
	for _, name := range settings(b).RequiredNames() {
		r := settings(b).required()[name]
		o.Names = append(o.Names, Variable{name, r.Kind, r.Secret, strings.TrimSpace(values[name]) != ""})
	}
	if missing := names(o.Missing()); len(missing) > 0 {
		plan, _ := b.Ledger().Plan()
		o.Token = ConfirmationToken(plan.Run, missing)
	}
	return o, nil
}

func names(all []Variable) []string {
	var list []string
	for _, v := range all {
		list = append(list, v.Name)
	}
	return list
}

func judgePresent(o Present, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"required": len(o.Names), "names": names(o.Names), "missing": names(o.Missing())}
	switch {
	case len(o.Names) == 0:
		return evidence.Undecided("nothing", facts)
	case len(o.Missing()) > 0:
		return evidence.AwaitsPerson("missing", facts)
	case o.Source == inEnvFile:
		return evidence.Passed("present_in_file", facts)
	case o.Source == handedOver:
		return evidence.Passed("present_handed", facts)
	}
	return evidence.Passed("present", facts)
}

// ConfirmationToken is what `listo confirm secrets` wants when no person sits at
// a terminal. It is no secret: whoever has it has read the page of this audit
// with these names missing, and a script written for another audit has not.
func ConfirmationToken(run string, missing []string) string {
	sorted := slices.Sorted(slices.Values(missing))
	sum := sha256.Sum256([]byte("listo confirm secrets\x00" + run + "\x00" + strings.Join(sorted, "\x00")))
	text := base32.StdEncoding.EncodeToString(sum[:])[:10]
	return text[:5] + "-" + text[5:]
}
