// Package contracts is the gate that asks whether a service is what its OpenAPI
// document says, and whether its errors are always JSON of one form.
//
// It takes every request from the document: it finds out for each operation a
// request that succeeds, in the order in which the operations make what others
// need, and then changes one thing at a time. What a change is, is read off the
// bytes that are sent: a request counts as wrong only when no reasonable reading
// of it is right. An answer counts only beside its twin, the good request that
// differs in nothing else.
//
// It does not know the business behind the document: an answer of the right form
// with the wrong content is right here. It makes JSON bodies only. Of requests that no
// HTTP client sends (broken lines, lengths, framings) it asks what their refusal looks
// like; whether they are refused at all is the security gate's question.
package contracts

import (
	_ "embed"

	"listo/internal/evidence"
)

// The files this gate writes.
const (
	Report       = "contracts_validation.md"
	ErrorsReport = "errors_json_validation.md"
)

// The checks' IDs.
const (
	documentID     = "contracts.document"
	servedID       = "contracts.served"
	positiveID     = "contracts.positive"
	negativeID     = "contracts.negative"
	statusesID     = "contracts.statuses"
	unservedID     = "contracts.unserved"
	undocumentedID = "contracts.undocumented"
	shapeID        = "contracts.errors.shape"
	leakID         = "contracts.errors.leak"
	methodID       = "contracts.errors.method"
	serverID       = "contracts.errors.server"
	protocolID     = "contracts.errors.protocol"
	limitedID      = "contracts.errors.limited"
	companionsID   = "contracts.errors.companions"
	framingID      = "contracts.errors.framing"
	disguisedID    = "contracts.errors.disguised"
)

// The classes of detectors: each is shown a sick twin of its own.
const (
	classDocument     = "contracts.document"
	classServed       = "contracts.served"
	classPositive     = "contracts.positive"
	classNegative     = "contracts.negative"
	classStatuses     = "contracts.statuses"
	classUnserved     = "contracts.unserved"
	classUndocumented = "contracts.undocumented"
	classShape        = "contracts.errors.shape"
	classLeak         = "contracts.errors.leak"
	classMethod       = "contracts.errors.method"
	classServer       = "contracts.errors.server"
	classProtocol     = "contracts.errors.protocol"
	classLimited      = "contracts.errors.limited"
	classCompanions   = "contracts.errors.companions"
	classFraming      = "contracts.errors.framing"
	classDisguised    = "contracts.errors.disguised"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed contracts_validation.md.tmpl
var page string

//go:embed errors_json_validation.md.tmpl
var errorsPage string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "contracts",
		Reports:  []string{Report, ErrorsReport},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			// server and limited come last: they leave the service shaken.
			documentIs(), served(), positive(), negative(), statuses(), unserved(), undocumented(),
			errorsShape(), errorsLeak(), errorsDisguised(), errorsCompanions(), errorsFraming(), errorsMethod(), errorsProtocol(),
			errorsServer(), errorsLimited(),
		},
		Controls: []evidence.Control{
			evidence.Against(classDocument, documentID, []string{"wrong"}, wrongDocument),
			evidence.Against(classServed, servedID, []string{"differs"}, staleDocument),
			evidence.Against(classPositive, positiveID, []string{"differs"}, wrongType),
			evidence.Against(classNegative, negativeID, []string{"accepted"}, lenient),
			evidence.Against(classStatuses, statusesID, []string{"undocumented"}, otherStatus),
			evidence.Against(classUnserved, unservedID, []string{"absent"}, ghost),
			evidence.Against(classUndocumented, undocumentedID, []string{"extra"}, shadow),
			evidence.Against(classShape, shapeID, []string{"differs"}, plainErrors),
			evidence.Against(classLeak, leakID, []string{"leaks"}, talkative),
			evidence.Against(classMethod, methodID, []string{"denied"}, methodless),
			evidence.Against(classDisguised, disguisedID, []string{"disguised"}, smiling),
			evidence.Against(classCompanions, companionsID, []string{"lacks"}, lonely),
			evidence.Against(classFraming, framingID, []string{"misframed"}, overflowing),
			evidence.Against(classProtocol, protocolID, []string{"differs"}, unedged),
			evidence.Against(classServer, serverID, []string{"leaks"}, fragile),
			evidence.Against(classLimited, limitedID, []string{"differs"}, rudelyLimited),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page, ErrorsReport: errorsPage}}, nil
		},
	}
}
