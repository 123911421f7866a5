package contracts

import "fmt"

// Requests that are sent byte by byte, or in hundreds, are one step with one transcript,
// of which a bundle may keep the digest alone. Their lines stand in the observation, and
// these give them to listo replay.

// Replays gives the lines of the provocations that are no steps of their own.
func (o Shapes) Replays() []string {
	return linesOf(o.Rows, func(r ShapeRow) (string, int) {
		if r.Row == 0 {
			return "", 0
		}
		return r.Line, r.Status
	})
}

// Replays gives the lines of the provocations.
func (o Protocol) Replays() []string {
	return linesOf(o.Rows, func(r ProtocolRow) (string, int) { return r.Line, r.Status })
}

// Replays gives the lines of the errors and of what was asked behind them.
func (o Framing) Replays() []string {
	return linesOf(o.Rows, func(r FramingRow) (string, int) { return r.Line, r.Status })
}

// Replays gives the lines of the wrong methods.
func (o Methods) Replays() []string {
	return linesOf(o.Rows, func(r MethodRow) (string, int) { return r.Line, r.Status })
}

// Replays gives the lines of the errors, with those that take the ground away and bring it back.
func (o Server) Replays() []string {
	return linesOf(o.Rows, func(r ServerRow) (string, int) { return r.replay(), r.Status })
}

func linesOf[R any](rows []R, of func(R) (line string, status int)) []string {
	var all []string
	for _, r := range rows {
		if line, status := of(r); line != "" {
			all = append(all, fmt.Sprintf("%s\n#   then: status %d", line, status))
		}
	}
	return all
}
