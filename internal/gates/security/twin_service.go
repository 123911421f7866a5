package security

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"time"
)

// ServeHTTP answers as a hardened service does, as far as its diseases let it.
func (t *twin) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	t.diary.add(t.writes(r))
	if len(r.TransferEncoding) > 0 && !t.lingers {
		w.Header().Set("Connection", "close") // both ends may have been told (RFC 9112, section 6.1)
	}
	t.cross(w.Header(), r)
	status, body := t.answer(w.Header(), r)
	t.harden(w.Header(), status, r.TLS != nil)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that went away is no concern
}

// cross speaks to pages of other origins.
func (t *twin) cross(h nethttp.Header, r *nethttp.Request) {
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); t.admits(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	}
}

func (t *twin) answer(h nethttp.Header, r *nethttp.Request) (status int, body string) {
	switch {
	case r.Method == nethttp.MethodOptions:
		return nethttp.StatusNoContent, ""
	case t.files[r.URL.Path] != "":
		return nethttp.StatusOK, t.files[r.URL.Path]
	case r.Method == nethttp.MethodTrace:
		return nethttp.StatusMethodNotAllowed, "{}"
	case r.URL.Path == "/", t.fallback && r.URL.Path != "/login" && !strings.HasPrefix(r.URL.Path, "/api/"):
		h.Set("Content-Type", "text/html; charset=utf-8")
		return nethttp.StatusOK, "<!doctype html><title>twin</title><link rel=canonical href=\"https://" + t.named(r) + "/\">"
	case r.URL.Path == "/login":
		return t.login(r)
	case !strings.HasPrefix(r.URL.Path, "/api/"):
		return nethttp.StatusNotFound, "{}"
	}
	h.Set("Content-Type", "application/json")
	user, good := t.user(r)
	if !good {
		return nethttp.StatusUnauthorized, "{}"
	}
	if wait, free := t.meter.take(t.client(r, user), time.Now()); !free {
		h.Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		return nethttp.StatusTooManyRequests, "{}"
	}
	return t.api(h, r, user)
}

func (t *twin) api(h nethttp.Header, r *nethttp.Request, user string) (int, string) {
	thing, named := strings.CutPrefix(r.URL.Path, "/api/things/")
	if named && t.stuck != nil {
		<-t.stuck
	}
	switch {
	case r.URL.Path == "/api/me":
		if t.indented {
			return nethttp.StatusOK, fmt.Sprintf("{\n       \"user\": %q,\n       \"kind\": \"user\"\n}", user)
		}
		return nethttp.StatusOK, fmt.Sprintf(`{"user":%q,"kind":"user"}`, user)
	case r.URL.Path == "/api/notes" && r.Method == nethttp.MethodPost:
		return t.note(r, user)
	case r.URL.Path == "/api/find":
		return t.find(h, r)
	case r.URL.Path == "/api/list":
		return t.list(r, user)
	case r.URL.Path == "/api/audit" && user != "ana" && !t.equal:
		return nethttp.StatusForbidden, "{}"
	case r.URL.Path == "/api/audit":
		return nethttp.StatusOK, `[{"by":"ana","did":"a thing"}]`
	case r.URL.Path == "/api/broken":
		return nethttp.StatusInternalServerError, "{}"
	case r.URL.Path == "/api/things" && r.Method == nethttp.MethodPost:
		return t.take(r)
	case named && t.apart && thing != user:
		return nethttp.StatusNotFound, "{}"
	case named:
		return nethttp.StatusOK, fmt.Sprintf(`{"owner":%q,"name":"a thing"}`, thing)
	}
	return nethttp.StatusNotFound, "{}"
}

// take reads a body up to the limit, unpacked; what it holds is never right.
func (t *twin) take(r *nethttp.Request) (int, string) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nethttp.StatusBadRequest, "{}"
		}
		body = unpacked
	}
	if n, _ := io.Copy(io.Discard, io.LimitReader(body, 10*twinLimit)); n > twinLimit && t.limits(r) {
		return nethttp.StatusRequestEntityTooLarge, "{}"
	}
	return nethttp.StatusUnprocessableEntity, "{}"
}

func (t *twin) login(r *nethttp.Request) (int, string) {
	var who struct{ User, Password string }
	if err := json.NewDecoder(io.LimitReader(r.Body, twinLimit)).Decode(&who); err != nil {
		return nethttp.StatusBadRequest, "{}"
	}
	known := (who.User == "ana" || who.User == "bea") && who.Password == twinPassword
	if !known && (t.enters == nil || !t.enters(who.User, who.Password)) {
		return nethttp.StatusUnauthorized, "{}"
	}
	return nethttp.StatusOK, fmt.Sprintf(`{"token":%q}`, t.issue(who.User, time.Now()))
}

// meter counts the requests of each client in windows that begin with its first.
type meter struct {
	most   int
	window time.Duration

	mu      sync.Mutex
	clients map[string]*count
}

type count struct {
	since time.Time
	n     int
}

// take counts a request; it gives how long until the next window when the client
// has had its share.
func (m *meter) take(client string, now time.Time) (wait time.Duration, free bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clients == nil {
		m.clients = map[string]*count{}
	}
	c := m.clients[client]
	if c == nil || now.Sub(c.since) >= m.window {
		c = &count{since: now}
		m.clients[client] = c
	}
	if c.n++; c.n <= m.most {
		return 0, true
	}
	return m.window - now.Sub(c.since), false
}

// list gives one company's things to its own user.
func (t *twin) list(r *nethttp.Request, user string) (int, string) {
	owners := r.URL.Query()["owner"]
	if len(owners) != 1 && t.whose == nil {
		return nethttp.StatusBadRequest, "{}"
	}
	checked, listed := strings.Join(owners, ""), strings.Join(owners, "")
	if t.whose != nil {
		checked, listed = t.whose(r)
	}
	if checked != user {
		return nethttp.StatusForbidden, "{}"
	}
	return nethttp.StatusOK, fmt.Sprintf(`[{"owner":%q,"name":"one of a list"}]`, listed)
}

// note keeps a note of its owner's; number, author and time are the twin's.
func (t *twin) note(r *nethttp.Request, user string) (int, string) {
	var sent map[string]any
	if json.NewDecoder(io.LimitReader(r.Body, twinLimit)).Decode(&sent) != nil || sent["owner"] != user {
		return nethttp.StatusForbidden, "{}"
	}
	note := map[string]any{"id": 7, "userId": len(user) + int(user[0]), "createdAt": "2026-01-01T00:00:00Z", "isAdmin": false, "owner": user, "text": sent["text"]}
	for name, value := range sent {
		if t.takes != nil && t.takes(name) {
			note[name] = value
		}
	}
	text, _ := json.Marshal(note) // it came as JSON
	return nethttp.StatusCreated, string(text)
}
