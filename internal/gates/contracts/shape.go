package contracts

import (
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
	// Fault is why the body is no strict JSON object: empty, html, media, json,
	// array or none.
	Fault string `json:"fault"`
	// Claims is the status that the body itself names; 0: none.
	Claims int `json:"claims"`
	// Excerpt is the beginning of the body.
	Excerpt string `json:"excerpt,omitempty"`
	Line    string `json:"line"`
}

// shapeOf reads the form of an error answer.
func shapeOf(a http.Answer, line string) Shape {
	s := Shape{Status: a.Status, Line: line, Excerpt: clean(strings.Join(strings.Fields(string(a.Body[:min(len(a.Body), 400)])), " "), 160)}
	s.Media, _, _ = mime.ParseMediaType(a.Header.Get("Content-Type"))
	tree, err := openapi.ReadJSON(a.Body)
	object, isObject := tree.Value.(map[string]any)
	switch {
	case len(a.Body) == 0:
		s.Fault = "empty"
	case strings.Contains(s.Media, "html") || strings.HasPrefix(strings.ToLower(s.Excerpt), "<!doctype"):
		s.Fault = "html"
	case err != nil && openapi.IsJSON(s.Media):
		s.Fault = "json"
	case err != nil:
		s.Fault = "text"
	case !openapi.IsJSON(s.Media):
		s.Fault = "media"
	case !isObject:
		s.Fault = "array"
	default:
		s.Fault = "none"
		s.Members, s.Claims = membersWithTypes(object), claimed(object)
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

// house is the form that a service's errors share.
type house struct {
	media   string
	members []string
}

// houseOf is the form of most of the answers that are JSON objects: their media
// type and the members that all with this media type have.
func houseOf(all []Shape) house {
	count := map[string]int{}
	for _, s := range all {
		if s.Fault == "none" {
			count[s.Media]++
		}
	}
	h := house{}
	for _, media := range slices.Sorted(maps.Keys(count)) {
		if count[media] > count[h.media] {
			h.media = media
		}
	}
	h.members = common(all, h.media)
	return h
}

// common gives the members that most answers of a media type have, with one type.
func common(all []Shape, media string) []string {
	count, n := map[string]int{}, 0
	for _, s := range all {
		if s.Fault == "none" && s.Media == media {
			n++
			for _, m := range s.Members {
				count[m]++
			}
		}
	}
	var members []string
	for _, m := range slices.Sorted(maps.Keys(count)) {
		if count[m]*2 > n {
			members = append(members, m)
		}
	}
	return members
}

// against tells in which way an answer is not of the house's form; "": it is.
// Members may be added to those that most have; none of them may be missing in
// a problem (RFC 9457), and of another house's form one at least must be there.
func (s Shape) against(h house) string {
	switch {
	case s.Fault != "none":
		return s.Fault
	case s.Claims != 0 && s.Claims != s.Status:
		return "status"
	case h.media != "" && s.Media != h.media:
		return "media_differs"
	case s.Media == "application/problem+json" && badProblem(s.Members):
		return "problem"
	case len(h.members) > 0 && !slices.ContainsFunc(h.members, func(m string) bool { return slices.Contains(s.Members, m) }):
		return "members"
	}
	return ""
}

// badProblem tells that a member which RFC 9457 defines has another type.
func badProblem(members []string) bool {
	types := map[string]string{"type": "string", "title": "string", "status": "number", "detail": "string", "instance": "string"}
	return len(members) == 0 || slices.ContainsFunc(members, func(m string) bool {
		name, kind, _ := strings.Cut(m, ":")
		want, defined := types[name]
		return defined && kind != want
	})
}

// isError tells that an answer is an error with a body to look at.
func isError(a http.Answer, method string) bool {
	return a.Err == nil && a.Status >= 400 && method != nethttp.MethodHead
}
