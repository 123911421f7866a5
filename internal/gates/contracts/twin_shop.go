package contracts

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	nethttp "net/http"
	"strconv"
	"strings"
	"sync"
)

// shop is the sick twin: a small service that keeps things, healthy but for the
// disease that is set before it is opened.
type shop struct {
	document   string // as served
	textIDs    bool   // ids are texts in lists
	lenient    bool   // takes names of any length
	gone       int    // status for a thing that is not there
	noDelete   bool   // its path for deleting was lost
	dump       bool   // a debugging route was left in
	plain      bool   // an unknown path is answered in plain text
	talkative  bool   // a malformed body and a broken database are answered in their own words
	methodless bool   // a wrong method is answered like an unknown path
	limit      int    // requests before 429; 0: no limit
	rude       bool   // says 429 in plain text
	smiling    bool   // answers with 200 that a thing is not there
	lonely     bool   // headers that stand on every answer are lost on errors
	overflows  bool   // an error is longer than its length says
	// broken, when set, is asked before a list is answered.
	broken func() error

	mu     sync.Mutex
	things map[int]string
	last   int
	served int
}

func newShop() *shop {
	return &shop{document: shopDocument, gone: nethttp.StatusNotFound, things: map[int]string{1: "first", 2: "second"}, last: 2}
}

// ServeHTTP answers one request after the other.
func (s *shop) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if s.lonely {
		w = bare{w}
	}
	if s.served++; s.limit > 0 && s.served > s.limit {
		w.Header().Set("Retry-After", "1")
		if s.rude {
			nethttp.Error(w, "slow down", nethttp.StatusTooManyRequests)
			return
		}
		refuse(w, nethttp.StatusTooManyRequests, "slow down")
		return
	}
	id, item := strings.CutPrefix(r.URL.Path, "/things/")
	switch {
	case r.URL.Path == "/openapi.json":
		s.only(w, r, nethttp.MethodGet, func() {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, s.document)
		})
	case r.URL.Path == "/things":
		s.collection(w, r)
	case item && !strings.Contains(id, "/"):
		s.item(w, r, id)
	case s.dump && r.URL.Path == "/debug/dump":
		say(w, nethttp.StatusOK, s.things)
	case s.plain:
		nethttp.NotFound(w, r)
	case s.overflows:
		overflow(w)
	default:
		refuse(w, nethttp.StatusNotFound, "no such path")
	}
}

func (s *shop) only(w nethttp.ResponseWriter, r *nethttp.Request, methods string, answer func()) {
	switch {
	case strings.Contains(" "+methods+",", " "+r.Method+","):
		answer()
	case s.methodless:
		refuse(w, nethttp.StatusNotFound, "no such path")
	default:
		w.Header().Set("Allow", methods)
		refuse(w, nethttp.StatusMethodNotAllowed, "no such method")
	}
}

func (s *shop) collection(w nethttp.ResponseWriter, r *nethttp.Request) {
	s.only(w, r, "GET, POST", func() {
		if r.Method == nethttp.MethodPost {
			s.add(w, r)
			return
		}
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if r.URL.Query().Has("limit") && (err != nil || limit < 1 || limit > 50) {
			refuse(w, nethttp.StatusBadRequest, "limit must be an integer from 1 to 50")
			return
		}
		s.list(w)
	})
}

func (s *shop) list(w nethttp.ResponseWriter) {
	if s.broken != nil {
		if err := s.broken(); err != nil {
			detail := "something went wrong"
			if s.talkative {
				detail = err.Error()
			}
			refuse(w, nethttp.StatusInternalServerError, detail)
			return
		}
	}
	items := []any{}
	for id := 1; id <= s.last && len(items) < 50; id++ {
		if name, there := s.things[id]; there {
			items = append(items, s.thing(id, name))
		}
	}
	say(w, nethttp.StatusOK, map[string]any{"items": items})
}

func (s *shop) thing(id int, name string) map[string]any {
	if s.textIDs {
		return map[string]any{"id": fmt.Sprint(id), "name": name}
	}
	return map[string]any{"id": id, "name": name}
}

func (s *shop) add(w nethttp.ResponseWriter, r *nethttp.Request) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err != nil || media != "application/json" || (charset != "" && charset != "utf-8") || r.Header.Get("Content-Encoding") != "" {
		refuse(w, nethttp.StatusUnsupportedMediaType, "send application/json")
		return
	}
	body, err := io.ReadAll(nethttp.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		refuse(w, nethttp.StatusRequestEntityTooLarge, "too large")
		return
	}
	var decoded any
	if err := json.Unmarshal(body, &decoded); err != nil {
		detail := "no JSON"
		if s.talkative {
			detail = err.Error() + " (main.go:42)"
		}
		refuse(w, nethttp.StatusBadRequest, detail)
		return
	}
	object, _ := decoded.(map[string]any)
	name, ok := object["name"].(string)
	if !ok || len(object) != 1 || name == "" || (len([]rune(name)) > 20 && !s.lenient) {
		refuse(w, nethttp.StatusUnprocessableEntity, "name must have 1 to 20 characters")
		return
	}
	s.last++
	s.things[s.last] = name
	w.Header().Set("Location", fmt.Sprintf("/things/%d", s.last))
	say(w, nethttp.StatusCreated, s.thing(s.last, name))
}

func (s *shop) item(w nethttp.ResponseWriter, r *nethttp.Request, text string) {
	methods := "GET, DELETE"
	if s.noDelete {
		methods = "GET"
	}
	s.only(w, r, methods, func() {
		id, err := strconv.Atoi(text)
		name, there := s.things[id]
		switch {
		case err != nil || id < 1:
			refuse(w, nethttp.StatusBadRequest, "the id must be a positive integer")
		case !there && s.smiling:
			say(w, nethttp.StatusOK, map[string]any{"success": false, "message": "no such thing"})
		case !there:
			refuse(w, s.gone, "no such thing")
		case r.Method == nethttp.MethodDelete:
			delete(s.things, id)
			w.WriteHeader(nethttp.StatusNoContent)
		default:
			say(w, nethttp.StatusOK, s.thing(id, name))
		}
	})
}

func say(w nethttp.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v))
}

// refuse answers with a problem detail (RFC 9457).
func refuse(w nethttp.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]any{"type": "about:blank", "title": nethttp.StatusText(status), "status": status, "detail": detail}))
}

// bare loses a header on errors, as nginx's add_header without "always" does.
type bare struct{ nethttp.ResponseWriter }

// WriteHeader begins the answer.
func (b bare) WriteHeader(status int) {
	if status >= 400 {
		b.Header().Del("X-Content-Type-Options")
	}
	b.ResponseWriter.WriteHeader(status)
}

// overflow answers with more than it says: what is left over is read as the answer
// to the next request.
func overflow(w nethttp.ResponseWriter) {
	conn, _, err := nethttp.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}{\"title\":\"no such path\"}")
	_ = conn.Close() // the twin's own connection; nothing of it is of interest
}

// without gives a text with one part replaced.
func without(text, part, other string) string { return strings.Replace(text, part, other, 1) }
