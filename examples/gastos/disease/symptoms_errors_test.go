//go:build disease

package disease_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// lacking asks and wants a status without a header.
func lacking(method, path, body string, status int, header string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		token := signed(key)
		if strings.HasPrefix(path, "!") {
			token, path = "", path[1:]
		}
		r := p.ask(p.t.Context(), method, path, token, body, "Origin", frontendOrigin)
		if r.status != status || r.header.Get(header) != "" {
			p.t.Errorf("%s %s: %d, %s is %q", method, path, r.status, header, r.header.Get(header))
		}
	}
}

// bearing asks and wants a status with a header.
func bearing(method, path string, status int, header, value string, with ...string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		token := signed(key)
		if strings.HasPrefix(path, "!") {
			token, path = "", path[1:]
		}
		if r := p.ask(p.t.Context(), method, path, token, "", with...); r.status != status || r.header.Get(header) != value {
			p.t.Errorf("%s %s: %d, %s is %q", method, path, r.status, header, r.header.Get(header))
		}
	}
}

// raw sends a request and a good one behind it over one connection, and gives all
// that came until the other side ended it.
func raw(method, path, body string, wants ...string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		address := strings.TrimPrefix(p.url, "http://")
		conn, err := net.Dial("tcp", address)
		if err != nil {
			p.t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			method, path, address, signed(key), len(body), body)
		all, _ := io.ReadAll(bufio.NewReader(conn)) // it is ended on purpose, reset perhaps
		for _, want := range wants {
			if !strings.Contains(string(all), want) {
				p.t.Errorf("%q does not hold %q", all, want)
			}
		}
		if strings.Contains(string(all), "Connection: close") {
			p.t.Errorf("the end is told: %q", all)
		}
	}
}

// lockedOut asks while the expenses are locked, until the service gives up.
func lockedOut(look func(p *patient, r reply)) func(*patient) {
	return func(p *patient) {
		holder := p.lock()
		r := p.ask(p.t.Context(), "GET", "/api/gastos?empresaId=1", signed(key), "", "Origin", frontendOrigin)
		p.unlock(holder)
		if look(p, r); r.status != http.StatusServiceUnavailable {
			p.t.Errorf("%d %s", r.status, r.body)
		}
	}
}

func says(text string) func(*patient, reply) {
	return func(p *patient, r reply) {
		if !strings.Contains(r.body, text) {
			p.t.Errorf("%s", r.body)
		}
	}
}

// cutDown asks while the table is away: there is no answer.
func cutDown(p *patient) {
	for _, statement := range []string{"alter table gastos rename to aside", "", "alter table aside rename to gastos"} {
		if statement == "" {
			r, _ := http.NewRequestWithContext(p.t.Context(), "GET", p.url+"/api/gastos?empresaId=1", nil)
			r.Header.Set("Authorization", "Bearer "+signed(key))
			if answer, err := http.DefaultClient.Do(r); err == nil {
				p.t.Errorf("%d", answer.StatusCode)
				answer.Body.Close()
			}
		} else if _, err := p.watcher.Exec(p.t.Context(), statement); err != nil {
			p.t.Fatal(err)
		}
	}
}

func errorSymptoms() map[string]func(*patient) {
	const wrong = `{"empresaId":1,"concepto":"","importe":"1.00","categoria":"viaje","fecha":"2025-01-01"}`
	return map[string]func(*patient){
		"error-no-challenge": lacking("GET", "!/api/me", "", 401, "WWW-Authenticate"),
		"error-kept":         bearing("GET", "!/api/me", 401, "Cache-Control", "public, max-age=300"),
		"error-sniffed":      lacking("POST", "/api/gastos", wrong, 422, "X-Content-Type-Options"),
		"error-unreadable":   lacking("POST", "/api/gastos", wrong, 422, "Access-Control-Allow-Origin"),
		"error-id-lost":      lacking("GET", "/nowhere", "", 404, "X-Request-Id"),
		"error-unreadable-down": lockedOut(func(p *patient, r reply) {
			if r.header.Get("Access-Control-Allow-Origin") != "" {
				p.t.Error("it can be read")
			}
		}),
		"error-overflows":        raw("GET", "/nowhere", "", "<!-- not found -->"),
		"error-cut":              raw("POST", "/api/gastos", "{", "HTTP/1.1 400"),
		"error-head-body":        raw("HEAD", "/nowhere", "", "HTTP/1.1 404", `"status":404`),
		"error-head-fine":        asked("HEAD", "/nowhere", "", 200, ""),
		"error-gzip-lie":         bearing("GET", "/nowhere", 404, "Content-Encoding", "gzip", "Accept-Encoding", "gzip"),
		"error-smiles-absent":    asked("GET", "/api/gastos/99999999", "", 200, `"success":false`),
		"error-smiles-malformed": asked("POST", "/api/gastos", "{", 200, `"error":"the body`),
		"error-array":            asked("POST", "/api/gastos", wrong, 422, `["a value`),
		"error-plain-media":      bearing("POST", "/api/gastos", 415, "Content-Type", "application/json", "Content-Type", "text/plain"),
		"error-duplicate-key":    asked("DELETE", "/api/me", "", 405, `"title":"x","title"`),
		"error-page-down":        lockedOut(says("<h1>503")),
		"error-cut-down":         cutDown,
		"error-address-told":     lockedOut(says("postgres://")),
		"error-file-told":        asked("GET", "/nowhere", "", 404, "/srv/gastos/dist"),
		"error-decoder-told":     asked("POST", "/api/gastos", "{", 400, "invalid character"),
		"error-no-allow":         lacking("DELETE", "/api/me", "", 405, "Allow"),
		"error-limited-page":     hurried("<h1>429"),
		"error-trace-crashes":    asked("TRACE", "/api/me", "", 500, `"status":500`),
	}
}
