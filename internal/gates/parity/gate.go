// Package parity is the gate that asks whether what was proved in development
// holds in production.
//
// It knows the files that set each environment's variables, the source that
// reads them, and how a running service deals with what stands before it in
// production: caches, proxies, load balancers and slow clients. It compares names
// and values and never shows one that may be secret. It does not know production
// itself: that the files are those which are deployed is a promise of the people
// who deploy, and what was measured here holds there as far as the values that the
// files declare equal make it so.
package parity

import (
	"embed"

	"listo/internal/evidence"
	"listo/internal/words"
)

// Report is the file this gate writes.
const Report = "paridad_entornos.md"

// The checks. Each is a class of detectors of its own.
const (
	namesID       = "parity.names"
	valuesID      = "parity.values"
	readsID       = "parity.reads"
	compressionID = "parity.compression"
	trustProxyID  = "parity.trust_proxy"
	timeoutsID    = "parity.timeouts"
	keepAliveID   = "parity.keep_alive"
	bodyLimitID   = "parity.body_limit"
)

//go:embed words.yaml paridad_entornos.md.tmpl
var prose embed.FS

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "parity",
		Reports:  []string{Report},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			names(), values(), reads(), compression(), trustProxy(), keepAlive(), bodyLimit(),
			// timeouts comes last: it takes as long as the longest of them.
			timeouts(),
		},
		Controls: []evidence.Control{
			evidence.Against(namesID, namesID, []string{"missing"}, forgottenName),
			evidence.Against(valuesID, valuesID, []string{"same"}, sharedSecret),
			evidence.Against(readsID, readsID, []string{"undeclared"}, undeclaredName),
			evidence.Against(compressionID, compressionID, []string{"absent"}, uncompressed),
			evidence.Against(trustProxyID, trustProxyID, []string{"believes_anybody"}, gullible),
			evidence.Against(keepAliveID, keepAliveID, []string{"closed"}, unsociable),
			evidence.Against(bodyLimitID, bodyLimitID, []string{"larger"}, unlimited),
			evidence.Against(timeoutsID, timeoutsID, []string{"absent"}, patient),
		},
		Pages: pages,
	}
}

func pages() (evidence.Pages, error) {
	phrases, err := prose.ReadFile("words.yaml")
	if err != nil {
		return evidence.Pages{}, err
	}
	page, err := prose.ReadFile(Report + ".tmpl")
	if err != nil {
		return evidence.Pages{}, err
	}
	return evidence.Pages{Words: phrases, Templates: map[string]string{Report: string(page)}}, nil
}

func sizeOf(n int) words.Bytes { return words.Bytes(n) }
