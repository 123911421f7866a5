package gateway

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"listo/harden"
)

// Routes says what the service serves: the methods of each path, where {name} stands for one segment, as in OpenAPI. A listed path is
// counted and logged under its own name, and any other method of it is answered with 405 and Allow. What is not listed is passed on.
type Routes map[string][]string

// routes are Routes made ready to look paths up. The zero value knows none.
type routes struct {
	literal map[string]*routes
	any     *routes // below a {name}
	pattern string  // that ends here; "" is none
	methods []string
}

func newRoutes(all Routes) *routes {
	root := &routes{}
	for _, pattern := range slices.Sorted(maps.Keys(all)) {
		at := root
		for segment := range strings.SplitSeq(pattern[1:], "/") {
			at = at.below(segment)
		}
		at.pattern, at.methods = pattern, slices.Clone(all[pattern])
		if slices.Contains(at.methods, http.MethodGet) && !slices.Contains(at.methods, http.MethodHead) {
			at.methods = append(at.methods, http.MethodHead) // RFC 9110, section 9.1: whoever serves one serves both
		}
		slices.Sort(at.methods)
	}
	return root
}

// below gives the node of a segment, a new one if there is none.
func (n *routes) below(segment string) *routes {
	if strings.HasPrefix(segment, "{") {
		if n.any == nil {
			n.any = &routes{}
		}
		return n.any
	}
	if n.literal == nil {
		n.literal = map[string]*routes{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &routes{}
	}
	return n.literal[segment]
}

// find gives the route of a path; nil is none. A segment that is written out goes before a {name}.
func (n *routes) find(path string) *routes {
	if path == "" || path[0] != '/' {
		return nil
	}
	segment, rest := path[1:], ""
	if i := strings.IndexByte(segment, '/'); i >= 0 {
		segment, rest = segment[:i], segment[i:]
	}
	for _, next := range [...]*routes{n.literal[segment], n.any} {
		switch {
		case next == nil || next == n.any && segment == "":
		case rest != "":
			if found := next.find(rest); found != nil {
				return found
			}
		case next.pattern != "":
			return next
		}
	}
	return nil
}

// name is the route of a request for metrics and logs; "" where none has it, or not by this method.
func (n *routes) name(r *http.Request) string {
	if at := n.find(r.URL.Path); at != nil && slices.Contains(at.methods, r.Method) {
		return at.pattern
	}
	return ""
}

// wrap answers methods that a listed path does not have; next sees none of them.
func (n *routes) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := n.find(r.URL.Path)
		if at == nil || slices.Contains(at.methods, r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(at.methods, ", "))
		harden.Problem{Status: http.StatusMethodNotAllowed, Detail: "this method is not served at this address", Cure: "routes"}.Write(w, r)
	})
}

// routes says what is wrong with the paths and methods that are listed.
func (d *decoder) routes(all Routes) {
	same := map[string]string{}
	for _, pattern := range slices.Sorted(maps.Keys(all)) {
		at := fmt.Sprintf("Routes[%q]", pattern)
		shape, ok := shapeOf(pattern)
		switch before, twice := same[shape]; {
		case !ok:
			d.wrong(at, "this is no path: write it as /api/orders/{id}, a {name} for a whole segment")
		case twice:
			d.wrong(at, "this is the same path as "+printable(before)+": delete one")
		case len(all[pattern]) == 0 && !d.faulty(at):
			d.wrong(at, "write the methods that it has, as [GET, POST]")
		}
		same[shape] = pattern
		for i, method := range all[pattern] {
			if !isMethod(method) {
				d.wrong(fmt.Sprintf("%s[%d]", at, i), "this is no method: write it as GET")
			}
		}
	}
}

// shapeOf gives a pattern without the names in it, and whether it is one.
func shapeOf(pattern string) (shape string, ok bool) {
	if pattern == "" || pattern[0] != '/' {
		return "", false
	}
	segments := strings.Split(pattern[1:], "/")
	for i, s := range segments {
		inner, opens := strings.CutPrefix(s, "{")
		inner, closes := strings.CutSuffix(inner, "}")
		switch last := i == len(segments)-1; {
		case opens != closes || opens && inner == "" || s == "" && !last || s == "." || s == "..":
			return "", false
		case strings.ContainsFunc(inner, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`{}?#%\`, r) }):
			return "", false
		case opens:
			segments[i] = "{}"
		}
	}
	return "/" + strings.Join(segments, "/"), true
}

func isMethod(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
}
