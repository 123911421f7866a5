//go:build disease

package disease_test

import (
	"io"
	"net"
	"strings"
	"time"
)

// said sends bytes and gives what comes back until the service ends the connection,
// or a while.
func said(p *patient, text string) string {
	p.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		p.t.Error(err)
		return ""
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, strings.NewReplacer("{token}", signed(key), "\n", "\r\n").Replace(text))
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	all, _ := io.ReadAll(conn)
	return string(all)
}

// answersTo demands how often an answer to these bytes holds a text.
func answersTo(text, holds string, times int) func(*patient) {
	return func(p *patient) {
		if got := said(p, text); strings.Count(got, holds) != times {
			p.t.Errorf("%q holds %q %d times, want %d", got, holds, strings.Count(got, holds), times)
		}
	}
}

// wireSymptoms shows the diseases that a client library would never meet.
func wireSymptoms() map[string]func(*patient) {
	const (
		get    = "GET /api/me HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n"
		within = "GET /within HTTP/1.1\nHost: x\n\n"
	)
	framed := func(fields, body string) func(*patient) {
		return both(answersTo(get+fields+"\n\n"+body+within, "HTTP/1.1 404", 1), gets("/api/me", signed(key), 200))
	}
	open := answersTo("GET /api/me HTTP/1.1\nHost: x\n\n", "HTTP/1.1 401", 1)
	return map[string]func(*patient){
		"framing-both-ends":          framed("Content-Length: 5\nTransfer-Encoding: chunked", "0\n\n"),
		"framing-coding-guessed":     framed("Content-Length: 5\nTransfer-Encoding: xchunked", "0\n\n"),
		"framing-chunk-size-guessed": framed("Transfer-Encoding: chunked", "5x\nhello\n0\n\n"),
		"framing-first-length":       framed("Content-Length: 0\nContent-Length: 36", ""),
		"connect-granted":            both(answersTo("CONNECT 127.0.0.1:9 HTTP/1.1\nHost: x\n\n", "200 Connection established", 1), open),
		"upgrade-granted":            both(answersTo(get+"Connection: Upgrade\nUpgrade: websocket\n\n", "HTTP/1.1 101", 1), open),
		"path-undressed":             both(answersTo("GET //api/me HTTP/1.1\nHost: x\n\n", "HTTP/1.1 200", 1), open),
		"folder-left":                answersTo("GET /../../../../etc/passwd HTTP/1.1\nHost: x\n\n", ":0:0:", 1),
		"host-repeated":              answersTo("GET / HTTP/1.1\nHost: evil.example\n\n", "<http://evil.example/>", 1),
		"head-endless":               answersTo("GET / HTTP/1.1\nHost: x\nX-A: "+strings.Repeat("a", 4<<20)+"\n\n", "HTTP/1.1 200", 1),
		"json-deep-breaks": func(p *patient) {
			if r := p.ask(p.t.Context(), "POST", "/api/gastos", signed(key), strings.Repeat("[", 2000)); r.status != 500 {
				p.t.Errorf("%d", r.status)
			}
		},
		"forwarded-host-repeated": carries("/", 200, "Link", `<https://evil.example/>; rel="canonical"`, "X-Forwarded-Host", "evil.example"),
		"original-url-heeded":     carries("/healthz", 404, "X-Content-Type-Options", "nosniff", "X-Original-URL", "/nothing"),
		"user-said":               both(carries("/api/me", 200, "X-Content-Type-Options", "nosniff", "X-Forwarded-User", "admin"), open),
		"real-ip-believed": func(p *patient) {
			p.ask(p.t.Context(), "GET", "/healthz", "", "", "X-Real-IP", "203.0.113.77")
			if !strings.Contains(p.log.String(), `"client":"203.0.113.77"`) {
				p.t.Errorf("%s", p.log)
			}
		},
		"log-forged": gets("/nothing%0aforged", signed(key), 400),
		"slow-hands": func(p *patient) {
			for range 2 * 4 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
				if err != nil {
					p.t.Fatal(err)
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, "POST /api/gastos HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
			}
			time.Sleep(200 * time.Millisecond) // so that they come first
			answersTo("GET /healthz HTTP/1.1\nHost: x\n\n", "HTTP/1.1 200", 0)(p)
		},
	}
}
