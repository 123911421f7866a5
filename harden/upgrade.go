package harden

import (
	"net/http"
	"slices"
	"strings"
)

// upgrade lets a WebSocket pass where one is served and its origin is allowed or our own: a browser sends cookies with it and no
// CORS protects it. Any other upgrade is taken out of the request; HTTP allows a server to go on as if none was asked for. The header
// Connection keeps no name of another header: it would have a proxy behind us drop what we said (RFC 9110, section 7.6.1).
func (q *requests) upgrade(r *http.Request, p *passage) *fault {
	delete(r.Header, "Http2-Settings")
	wanted := r.Header["Upgrade"]
	if wanted == nil {
		plainConnection(r.Header, false)
		return nil
	}
	passes := len(wanted) == 1 && strings.EqualFold(wanted[0], "websocket") && r.Method == http.MethodGet && r.ProtoMajor == 1 &&
		slices.Contains(q.webSockets, r.URL.Path)
	if passes && r.Header["Origin"] != nil && p.origin == nil && !sameOrigin(r, p) {
		return &fault{http.StatusForbidden, "this origin may not open a WebSocket here"}
	}
	if !passes {
		delete(r.Header, "Upgrade")
	}
	plainConnection(r.Header, passes)
	return nil
}

// plainConnection leaves in Connection what is about the connection itself.
func plainConnection(h http.Header, upgrade bool) {
	lines := h["Connection"]
	if len(lines) == 0 || len(lines) == 1 && (strings.EqualFold(lines[0], "keep-alive") || strings.EqualFold(lines[0], "close")) {
		return
	}
	var kept []string
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			switch word = strings.ToLower(strings.TrimSpace(word)); {
			case word == "close", word == "keep-alive", word == "upgrade" && upgrade:
				kept = append(kept, word)
			}
		}
	}
	if kept == nil {
		delete(h, "Connection")
		return
	}
	h["Connection"] = []string{strings.Join(kept, ", ")}
}
