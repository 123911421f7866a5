package harden

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"time"
)

const (
	mostOfMethod = 32
	mostOfPath   = 256
)

// accessLog writes one line per request: who, what, the answer and how long. No query, header or body goes into it: that is
// where secrets travel.
type accessLog struct{ *slog.Logger }

func (l *accessLog) write(r *http.Request, s *seen, e *Exchange) {
	level := level(s.status)
	if !l.Enabled(r.Context(), level) {
		return
	}
	var room [12]slog.Attr
	attrs := append(room[:0],
		slog.String("requestId", e.ID),
		slog.String("client", clientOf(e)),
		slog.String("method", plain(r.Method, mostOfMethod)),
		slog.String("path", plain(r.URL.Path, mostOfPath)),
		slog.String("route", s.route),
		slog.Int("status", s.status),
		slog.Int64("bytes", s.bytes),
		slog.Float64("durationMs", milliseconds(s.took)))
	if e.Refused != "" {
		attrs = append(attrs, slog.String("refusedBy", e.Refused))
	}
	if e.Principal != "" {
		attrs = append(attrs, slog.String("principal", shortHash(e.Principal)))
	}
	if e.limiterFailed {
		attrs = append(attrs, slog.Bool("limiterFailed", true))
	}
	if !s.whole {
		attrs = append(attrs, slog.Bool("panicked", true))
	}
	l.LogAttrs(r.Context(), level, "request", attrs...)
}

// writeEarly writes the line of a request that no handler saw: what it asked for nobody could read.
func (l *accessLog) writeEarly(status int, id string) {
	l.LogAttrs(context.Background(), level(status), "request",
		slog.String("requestId", plain(id, 128)), slog.String("client", ""), slog.String("method", other), slog.String("path", ""),
		slog.String("route", unnamed), slog.Int("status", status), slog.Int64("bytes", 0), slog.Float64("durationMs", 0),
		slog.String("refusedBy", beforeHandler))
}

func level(status int) slog.Level {
	if status >= 500 {
		return slog.LevelError
	}
	return slog.LevelInfo
}

func clientOf(e *Exchange) string {
	if !e.Client.IsValid() {
		return ""
	}
	return e.Client.Unmap().String()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// shortHash tells principals apart without naming them. It is no secret: whoever has a list of them can find one.
func shortHash(principal string) string {
	sum := sha256.Sum256([]byte(principal))
	return hex.EncodeToString(sum[:6])
}

// plain gives the first most bytes of s as printable ASCII; anything else is written as \xNN. Every handler of slog keeps a
// value on its line, but a terminal obeys what the line holds, and an eye believes a text that runs backwards.
func plain(s string, most int) string {
	cut := len(s) > most
	if cut {
		s = s[:most]
	}
	clean := true
	for i := range len(s) {
		clean = clean && s[i] >= ' ' && s[i] <= '~'
	}
	if clean && !cut {
		return s
	}
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 2*len(s)+3)
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c <= '~' {
			b = append(b, c)
		} else {
			b = append(b, '\\', 'x', digits[c>>4], digits[c&15])
		}
	}
	if cut {
		b = append(b, "..."...)
	}
	return string(b)
}
