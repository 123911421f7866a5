package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/lab/http"
)

// Shape is the form of one error answer.
type Shape struct {
	Status int    `json:"status"`
	Media  string `json:"media"`
	// Members are the members of the body's object with the type of each,
	// "status:number"; empty when the body is no object.
	Members []string `json:"members,omitempty"`
	// Fault is why the body is no strict JSON object: empty, html, text, media,
	// parameters, media_twice, bom, json, array or none.
	Fault string `json:"fault"`
	// Claims is the status that the body itself names; 0: none.
	Claims int `json:"claims"`
	// Excerpt is the beginning of the body.
	Excerpt string `json:"excerpt,omitempty"`

	object map[string]any // the body, for a schema; on no record
}

// bare is the form of an answer that is as it should be: which members it has and how it
// begins, the form of all of them says.
func (s Shape) bare() Shape {
	s.Members, s.Excerpt = nil, ""
	return s
}

// oddCharset tells that a charset is none that JSON is written in (RFC 8259, 8.1).
func oddCharset(name string) bool {
	return name != "" && !strings.EqualFold(name, "utf-8") && !strings.EqualFold(name, "utf8")
}

// shapeOf reads the form of an error answer.
func shapeOf(a http.Answer) Shape {
	s := Shape{Status: a.Status, Excerpt: clean(strings.Join(strings.Fields(string(a.Body[:min(len(a.Body), 600)])), " "), 300)}
	fields := a.Header.Values("Content-Type")
	media, parameters, malformed := mime.ParseMediaType(a.Header.Get("Content-Type"))
	s.Media = media
	tree, err := openapi.ReadJSON(a.Body)
	object, isObject := tree.Value.(map[string]any)
	switch {
	case len(a.Body) == 0:
		s.Fault = "empty"
	case strings.Contains(s.Media, "html") || strings.HasPrefix(strings.ToLower(s.Excerpt), "<!doctype"):
		s.Fault = "html"
	case len(fields) > 1:
		s.Fault = "media_twice"
	case openapi.IsJSON(s.Media) && bytes.HasPrefix(a.Body, []byte("\ufeff")):
		s.Fault = "bom"
	case err != nil && openapi.IsJSON(s.Media):
		s.Fault = "json"
	case err != nil:
		s.Fault = "text"
	case !openapi.IsJSON(s.Media):
		s.Fault = "media"
	case malformed != nil || oddCharset(parameters["charset"]):
		s.Fault = "parameters"
	case !isObject:
		s.Fault = "array"
	default:
		s.Fault = "none"
		s.Members, s.Claims, s.object = membersWithTypes(object), claimed(object), object
	}
	return s
}

func membersWithTypes(object map[string]any) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		all = append(all, clean(name, 40)+":"+typeOf(object[name]))
		if len(all) == 20 {
			break
		}
	}
	return all
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// claimed is the status that a body names, at the top or below "error".
func claimed(object map[string]any) int {
	inner, _ := object["error"].(map[string]any)
	for _, level := range []map[string]any{object, inner} {
		for _, name := range []string{"status", "statusCode", "code"} {
			n, err := strconv.Atoi(fmt.Sprint(level[name]))
			if err == nil && n >= 400 && n <= 599 {
				return n
			}
		}
	}
	return 0
}

// isError tells that an answer is an error with a body to look at.
func isError(a http.Answer, method string) bool {
	return a.Err == nil && a.Status >= 400 && method != nethttp.MethodHead
}
