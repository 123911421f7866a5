package harden

import (
	"net/http"
	"strings"
)

// foreign says whether an answer is an error of the application that no client of an API can read: HTML, text, or nothing. Errors in
// JSON are the application's own; whatever is outside of the API belongs to the frontend and is never changed.
func (p *passage) foreign(status int) bool {
	if status < 400 || !p.API || p.replaced {
		return false
	}
	media, _, _ := strings.Cut(p.Header().Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media != "application/json" && !(strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}

// replace answers with a problem in the place of the application's error. Its words are dropped: they may hold a stack, a path or SQL.
// What is told in headers stays (Allow, WWW-Authenticate, Retry-After).
func (p *passage) replace(status int) {
	refused := p.Refused
	p.replaced = true
	h := p.Header()
	delete(h, "Transfer-Encoding")
	delete(h, "Content-Disposition")
	delete(h, "Content-Language")
	Problem{Status: status, Detail: generic(status), Cure: refused}.write(p, p.request, p.ResponseWriter.Write)
}

// generic says what a status means to who reads no RFC.
func generic(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "the request is not understood"
	case http.StatusUnauthorized:
		return "who asks must be known first"
	case http.StatusForbidden:
		return "this is not allowed"
	case http.StatusNotFound:
		return "there is nothing at this address"
	case http.StatusMethodNotAllowed:
		return "this method is not served at this address"
	case http.StatusRequestEntityTooLarge:
		return "the body is too large"
	case http.StatusUnsupportedMediaType:
		return "this kind of body is not served at this address"
	case http.StatusTooManyRequests:
		return "there were too many requests"
	}
	if status >= 500 {
		return "something went wrong on our side"
	}
	return "the request cannot be served"
}
