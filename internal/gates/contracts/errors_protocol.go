package contracts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"listo/internal/engine/provoke"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// errorsProtocol asks what the protocol's own errors look like: of requests that
// only broken or hostile clients send, and that most runtimes refuse before any
// handler runs. Only an edge can give those another form, so the form is promised
// where listo.yaml says that there is such an edge (contracts.protocol_errors).
//
// Without that setting the check is no empty pass: it promises that every request
// of the tier was sent beside a good one that succeeds, that none ended in a
// server error and that the service lives on; it shows who wrote which answer in
// which form, and its words say that no form was promised.
func errorsProtocol() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: protocolID, Class: classProtocol,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"conform", "measured", "differs", "silent", "crashed", "died", "uncontrolled", "unreached", "formless", "empty"},
	}, runProtocol, judgeProtocol)
}

// Protocol is what requests of the protocol's tier came to.
type Protocol struct {
	// Demanded tells that listo.yaml promises the house's form here too.
	Demanded bool `json:"demanded"`
	// Control is the status of the good request before, After that of the same one
	// afterwards; 0: no answer.
	Control  int           `json:"control"`
	After    int           `json:"after"`
	Sent     int           `json:"sent"`
	Media    string        `json:"media"` // of the house's form
	Formless bool          `json:"formless,omitempty"`
	Rows     []ProtocolRow `json:"rows,omitempty"`
	// Unreached are entries of the catalogue for which no good request was found.
	Unreached []string `json:"unreached,omitempty"`
	// Untried are entries that no check of this gate tries.
	Untried []string `json:"untried,omitempty"`
}

// ProtocolRow is one request and its answer.
type ProtocolRow struct {
	Row    int    `json:"row"` // of the catalogue
	Name   string `json:"name"`
	Wanted string `json:"wanted"`
	// State is refused, other (an error, of something else than was meant), accepted,
	// crashed (a 5xx that is no lawful refusal), silent, or mute (silent, and lawfully so).
	State string `json:"state"`
	Layer string `json:"layer"` // who wrote the answer
	Shape
	Line    string `json:"line,omitempty"`
	Verdict string `json:"verdict"` // against the house's form; "" fits or is no error
}

func runProtocol(ctx context.Context, b *lab.Bench) (Protocol, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Protocol{}, err
	}
	s.quiet(ctx)
	h := houseIn(s.doc, s.quietReferences(ctx))
	e, err := s.emit(ctx, provoke.Protocol, nil)
	if err != nil {
		return Protocol{}, err
	}
	o := Protocol{Demanded: settings(b).ProtocolErrors, Control: e.control, Sent: len(e.replies), Media: h.media, Formless: h.formless(),
		Unreached: unreachedNames(e.unreached), Untried: untried()}
	for _, r := range e.replies {
		o.Rows = append(o.Rows, r.row(h))
	}
	o.spare()
	if t := s.cheap(); t != nil {
		o.After = s.send(ctx, t.call).Status
	}
	return o, ctx.Err()
}

// quietReferences are the errors to know the house's form by, in one transcript.
func (s *scout) quietReferences(ctx context.Context) []Shape {
	defer s.quietly("errors to know the common form by")()
	return s.references(ctx)
}

// row is a reply as it is told.
func (r reply) row(h house) ProtocolRow {
	row := ProtocolRow{Row: r.Row, Name: r.Name, Wanted: r.wanted(), Layer: r.from(), Shape: shapeOf(r.answer), Line: r.line}
	switch a := r.answer; {
	case a.Err != nil && r.Mute:
		row.State, row.Layer, row.Excerpt = "mute", "", ""
	case a.Err != nil:
		row.State, row.Verdict, row.Layer, row.Excerpt = "silent", "unanswered", "", clean(a.Err.Error(), 160)
	case a.Status < 400:
		row.State, row.Layer, row.Excerpt = "accepted", "", ""
	case a.Status >= 500 && !r.lawful():
		row.State, row.Verdict = "crashed", row.against(h)
	default:
		if row.State = "other"; r.lawful() {
			row.State = "refused"
		}
		if isError(a, r.Method) {
			row.Verdict = row.against(h)
		}
	}
	return row
}

// Errors counts the answers that are errors, Conform those of the house's form.
func (o Protocol) Errors() (n int) {
	for _, r := range o.Rows {
		if r.Status >= 400 {
			n++
		}
	}
	return n
}

// Conform counts the errors of the house's form.
func (o Protocol) Conform() (n int) {
	for _, r := range o.Rows {
		if r.Status >= 400 && r.Verdict == "" {
			n++
		}
	}
	return n
}

func (r ProtocolRow) crashed() bool { return r.State == "crashed" }
func (r ProtocolRow) differs() bool { return r.Status >= 400 && r.Verdict != "" }
func (r ProtocolRow) silent() bool  { return r.State == "silent" }

// spare drops what nobody needs of rows that are as they should be.
func (o *Protocol) spare() {
	for i, r := range o.Rows {
		if !r.crashed() && !r.differs() && !r.silent() {
			o.Rows[i].Shape = r.bare()
		}
	}
}

func judgeProtocol(o Protocol, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"sent": o.Sent, "errors": o.Errors(), "conform": o.Conform(), "media": cmpOr(o.Media, "–"), "control": o.Control}
	in := func(holds func(ProtocolRow) bool) []ProtocolRow {
		return slices.DeleteFunc(slices.Clone(o.Rows), func(r ProtocolRow) bool { return !holds(r) })
	}
	tell := func(rows []ProtocolRow) {
		facts["count"] = len(rows)
		facts["names"] = some(rows, func(r ProtocolRow) string {
			return strings.TrimSpace(fmt.Sprintf("%s → %d %s (%s)", r.Name, r.Status, r.Media, cmpOr(r.Layer, r.State)))
		})
		if len(rows) > 0 {
			facts[evidence.Replay] = rows[0].Line
		}
	}
	crashed, differing, silent := in(ProtocolRow.crashed), in(ProtocolRow.differs), in(ProtocolRow.silent)
	switch {
	case o.Sent == 0 || len(o.Rows) == 0:
		return evidence.Undecided("empty", facts)
	case o.Control/100 != 2:
		return evidence.Undecided("uncontrolled", facts)
	case o.After/100 != 2:
		return evidence.Failed("died", facts)
	case len(crashed) > 0:
		tell(crashed)
		return evidence.Failed("crashed", facts)
	case o.Demanded && !o.Formless && len(differing) > 0:
		tell(differing)
		facts["layers"] = blamed(o.Authors())
		return evidence.Failed("differs", facts)
	case o.Demanded && len(silent) > 0:
		tell(silent)
		return evidence.Failed("silent", facts)
	case len(o.Unreached) > 0:
		facts["names"] = some(o.Unreached, func(s string) string { return s })
		return evidence.Undecided("unreached", facts)
	case o.Demanded && o.Formless:
		return evidence.Undecided("formless", facts)
	case o.Demanded && o.Errors() == 0:
		return evidence.Undecided("empty", facts)
	case o.Demanded:
		return evidence.Passed("conform", facts)
	}
	return evidence.Passed("measured", facts)
}
