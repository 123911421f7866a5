package openapi

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Violation is one way in which an answer is not what the document says.
type Violation struct {
	// Kind is status, media, body, empty, json, schema or header.
	Kind    string `json:"kind"`
	Pointer string `json:"pointer,omitempty"` // into the body; the name of a header
	Say     string `json:"say"`
}

// Documents gives the documented answer for a status: by its code, its range or
// the default, in this order (OpenAPI 3.1, 4.8.16).
func (o *Operation) Documents(status int) (Answer, string, bool) {
	code := strconv.Itoa(status)
	for _, key := range []string{code, code[:1] + "XX", "default"} {
		if a, ok := o.Answers[key]; ok {
			return a, key, true
		}
	}
	return Answer{}, "", false
}

// Judge gives the ways in which an answer to this operation is not as documented.
func (o *Operation) Judge(status int, header http.Header, body []byte) []Violation {
	a, key, ok := o.Documents(status)
	if !ok {
		return []Violation{{"status", "", fmt.Sprintf("%d is not documented", status)}}
	}
	all := a.judgeHeaders(header)
	bare := status == http.StatusNoContent || status == http.StatusNotModified || status/100 == 1 || o.Method == http.MethodHead
	switch {
	case bare && len(body) > 0:
		return append(all, Violation{"body", "", fmt.Sprintf("%d has a body of %d bytes", status, len(body))})
	case bare, len(a.Content) == 0 && len(body) == 0:
		return all
	case len(a.Content) == 0:
		return append(all, Violation{"body", "", fmt.Sprintf("a body of %d bytes where none is documented for %s", len(body), key)})
	case len(body) == 0:
		return append(all, Violation{"empty", "", "the body is empty"})
	}
	return append(all, a.judgeBody(header.Get("Content-Type"), body)...)
}

func (a Answer) judgeBody(contentType string, body []byte) []Violation {
	if contentType == "" {
		return []Violation{{"media", "", "it has no Content-Type"}}
	}
	media, ok := Choose(a.Content, contentType)
	if !ok {
		return []Violation{{"media", "", fmt.Sprintf("%s is not documented, but %s", clip(contentType), typesOf(a.Content))}}
	}
	if !IsJSON(contentType) {
		return nil
	}
	tree, err := ReadJSON(body)
	if err != nil {
		return []Violation{{"json", "", "no strict JSON: " + err.Error()}}
	}
	if media.Schema == nil {
		return nil
	}
	var all []Violation
	for _, b := range media.Schema.InAnswer(tree.Value) {
		all = append(all, Violation{"schema", b.Pointer, fmt.Sprintf("%s (%s)", b.Say, b.Keyword)})
	}
	return all
}

func (a Answer) judgeHeaders(header http.Header) []Violation {
	var all []Violation
	for _, h := range a.Headers {
		values := header.Values(h.Name)
		switch {
		case len(values) == 0 && h.Required:
			all = append(all, Violation{"header", h.Name, "it is missing"})
		case len(values) > 0 && h.Schema != nil:
			readings := h.Schema.readings(values[0])
			if len(readings) > 0 && !h.Schema.anyFits(readings) {
				all = append(all, Violation{"header", h.Name, fmt.Sprintf("%q does not fit its schema", clip(values[0]))})
			}
		}
	}
	return all
}

// readings are what a text on the wire may mean under its schema.
func (s *Schema) readings(text string) []any {
	all := []any{text}
	var value any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&value) == nil && json.Valid([]byte(text)) {
		all = append(all, value)
	}
	return all
}

func (s *Schema) anyFits(readings []any) bool {
	for _, r := range readings {
		if len(s.InAnswer(r)) == 0 {
			return true
		}
	}
	return false
}

// Choose finds the representation for a Content-Type: the same type, else the
// narrowest documented range.
func Choose(content []Media, contentType string) (Media, bool) {
	want, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return Media{}, false
	}
	best, narrow := Media{}, -1
	for _, m := range content {
		have, _, err := mime.ParseMediaType(m.Type)
		if err != nil {
			continue
		}
		if n := covers(have, want); n > narrow {
			best, narrow = m, n
		}
	}
	return best, narrow >= 0
}

// covers tells how narrowly a documented range covers a media type; -1: not.
func covers(have, want string) int {
	kind, _, _ := strings.Cut(want, "/")
	switch have {
	case want:
		return 2
	case kind + "/*":
		return 1
	case "*/*":
		return 0
	}
	return -1
}

// IsJSON tells whether a media type is JSON (RFC 6839 for +json).
func IsJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}

func typesOf(content []Media) string {
	var all []string
	for _, m := range content {
		all = append(all, m.Type)
	}
	return strings.Join(all, ", ")
}
