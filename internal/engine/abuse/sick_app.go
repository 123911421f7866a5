package abuse

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
)

// SickApp is a small application for negative controls: a page, data behind a token,
// and a log. Its zero value, but for Token, is healthy.
type SickApp struct {
	Token string // value of Authorization that opens the data

	Undresses  bool // routes by the tidied path, and rules by the one that was written
	Repeats    bool // builds its links from what the client says of hosts
	Serves     bool // serves files from outside of its folder
	Heeds      bool // takes path and method from fields
	Obeys      bool // takes the user from fields
	Believes   bool // takes the left end of X-Forwarded-For for the client
	Prints     bool // logs text as it came
	Multiplies bool // answers every range that is asked for
	Chokes     bool // breaks on JSON that is deep

	mu  sync.Mutex
	log strings.Builder
}

// The paths of the application.
const (
	SickPage = "/"
	SickData = "/api/me"
	SickPost = "/api/things"
)

// Log gives what was logged so far: a line per request.
func (a *SickApp) Log() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return []byte(a.log.String())
}

// ServeHTTP answers.
func (a *SickApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.Heeds {
		r = heeding(r)
	}
	a.write(r)
	way := r.URL.EscapedPath()
	ruled := way == SickData || way == SickPost
	if a.Undresses {
		way = strings.ToLower(path.Clean("/" + strings.ReplaceAll(strings.TrimRight(strings.Split(r.URL.Path, ";")[0], " \x00\n"), "\\", "/")))
	}
	switch {
	case ruled && r.Header.Get("Authorization") != a.Token && !(a.Obeys && userSaid(r.Header)):
		w.WriteHeader(http.StatusUnauthorized)
	case a.Serves && strings.Contains(r.URL.Path, "etc/passwd"):
		passwd(w)
	case r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case way == SickPage:
		a.page(w, r)
	case way == SickData && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"user":"ana"}`)
	case way == SickPost && r.Method == http.MethodPost:
		a.take(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (a *SickApp) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	host := "app.example"
	if a.Repeats {
		host = r.Host + r.Header.Get("X-Forwarded-Host") + r.Header.Get("Forwarded")
	}
	page := "<!doctype html><link rel=canonical href=http://" + host + "/>"
	if a.Multiplies {
		page = strings.Repeat(page+strings.Repeat(" ", 1000), 1+strings.Count(r.Header.Get("Range"), ","))
	}
	io.WriteString(w, page)
}

// take reads a JSON body, which is never right.
func (a *SickApp) take(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	switch {
	case a.Chokes && strings.Count(string(raw), "[") > 1000:
		w.WriteHeader(http.StatusInternalServerError)
	case !json.Valid(raw):
		w.WriteHeader(http.StatusBadRequest)
	default:
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
}

func (a *SickApp) write(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	if left, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ","); a.Believes && left != "" {
		client = left
	}
	if a.Prints {
		fmt.Fprintf(&a.log, "%s %s %s %s\n", client, r.Method, r.URL.Path, r.UserAgent())
		return
	}
	line, _ := json.Marshal(map[string]string{"client": client, "method": r.Method, "path": r.URL.Path, "agent": r.UserAgent()}) // texts always can be
	fmt.Fprintf(&a.log, "%s\n", line)
}

// heeding gives the request that fields ask for.
func heeding(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	for _, name := range []string{"X-Original-Url", "X-Rewrite-Url"} {
		if way := r.Header.Get(name); way != "" {
			r.URL.Path, r.URL.RawPath = way, ""
		}
	}
	if method := r.Header.Get("X-Http-Method-Override"); method != "" {
		r.Method = method
	}
	return r
}

func userSaid(h http.Header) bool { return h.Get("X-User") != "" || h.Get("X-Forwarded-User") != "" }

// passwd serves the file that every machine has, as a service would that lets one
// out of its folder.
func passwd(w http.ResponseWriter) {
	raw, err := os.ReadFile("/etc/passwd")
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(raw) // a client that went away is no concern
}
