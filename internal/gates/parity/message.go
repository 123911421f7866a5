package parity

import (
	"bytes"
	"fmt"

	"listo/internal/engine/wire"
)

// message writes the bytes of one request. Fields come as pairs of name and
// value, in their order, and may repeat.
func message(method, path, host string, body []byte, fields ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, host)
	for i := 0; i+1 < len(fields); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", fields[i], fields[i+1])
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// statusOf gives the status of the last whole answer of a conversation; 0 when
// there is none.
func statusOf(c wire.Conversation) int {
	if n := len(c.Answers); n > 0 {
		return c.Answers[n-1].Status
	}
	return 0
}
