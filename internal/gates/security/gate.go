// Package security is the gate that attacks a service the way a stranger would,
// within bounds, and looks at what hardens the browsers of its users.
//
// It knows the headers that harden a browser and when they are due, which pages
// may read an answer, how much one client may ask and send, what makes a token
// good, and that one company's data is nobody else's. What no HTTP client sends it
// plays on bare sockets, from the list of engine/abuse. All of it is tried from
// outside; no source or configuration of the service is read. It changes rows only where the database is a clone of its own.
package security

import (
	_ "embed"
	"maps"
	"slices"

	"listo/internal/evidence"
	"listo/internal/words"
)

// Report is the file this gate writes.
const Report = "security_hardening_report.md"

// The checks; each is a class of detectors of its own.
const (
	headersID    = "security.headers"
	policyID     = "security.csp"
	transportID  = "security.hsts"
	originsID    = "security.cors"
	sizeID       = "security.size_limit"
	tokensID     = "security.tokens"
	keysID       = "security.keys"
	tenantsID    = "security.tenants"
	rolesID      = "security.roles"
	injectionID  = "security.injection"
	assignmentID = "security.assignment"
	exposedID    = "security.exposed"
	rateLimitID  = "security.rate_limit"

	framingID  = "security.framing"
	requestsID = "security.requests"
	trustID    = "security.trust"
	slowID     = "security.slow"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed security_hardening_report.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "security",
		Reports:  []string{Report},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			// rateLimit comes last: it uses up what a client may ask.
			headers(), policy(), transport(), origins(), size(), tokens(), keys(), tenants(), roles(), assignment(), injection(), exposed(),
			framed(), requested(), trusted(), slow(),
			rateLimit(),
		},
		Controls: []evidence.Control{
			evidence.Against(headersID, headersID, []string{"missing"}, bareErrors),
			evidence.Against(policyID, policyID, []string{"weak"}, inlineScripts),
			evidence.Against(transportID, transportID, []string{"missing"}, plainAtHeart),
			evidence.Against(originsID, originsID, []string{"strangers"}, endsWith),
			evidence.Against(sizeID, sizeID, []string{"taken"}, believesLengths),
			evidence.Against(tokensID, tokensID, []string{"accepted"}, neverExpires),
			evidence.Against(keysID, keysID, []string{"accepted"}, opensWithTheTokensKey),
			evidence.Against(tenantsID, tenantsID, []string{"shown"}, oneForAll),
			evidence.Against(rolesID, rolesID, []string{"shown"}, everybodyRules),
			evidence.Against(assignmentID, assignmentID, []string{"assigned"}, takesNumbers),
			evidence.Against(injectionID, injectionID, []string{"executed"}, gluesItsQueries),
			evidence.Against(exposedID, exposedID, []string{"served"}, servesItsFolder),
			evidence.Against(framingID, framingID, []string{"smuggled"}, takesBothEnds),
			evidence.Against(requestsID, requestsID, []string{"tunnelled"}, grantsTunnels),
			evidence.Against(trustID, trustID, []string{"echoed"}, repeatsHosts),
			evidence.Against(slowID, slowID, []string{"kept_out"}, fewHands),
			evidence.Against(rateLimitID, rateLimitID, []string{"evaded"}, trustsHeaders),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// bytesOf gives a size as the reader's language writes it.
func bytesOf(n int) words.Bytes { return words.Bytes(n) }
