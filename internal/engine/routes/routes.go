// Package routes finds the routes that a program registers: in the source of a Go
// program, by its syntax, and in a running Express application, by a hook that
// Node loads before it.
//
// It knows the registering calls of net/http, chi, gorilla/mux, gin and echo, and
// Express 4 and 5 with their nested routers (NestJS sits on them). A path that a
// program puts together while it runs is not in its source: what is found there is
// a lower bound. The hook sees everything that is registered before the program
// listens.
package routes

import (
	"regexp"
	"slices"
	"strings"
)

// Route is a method and a path pattern, as far as they are known.
type Route struct {
	Method string `json:"method"` // upper case; "" when any or unknown
	Path   string `json:"path"`   // parameters as {name}
	Where  string `json:"where"`  // file:line, or the router that told it
	// Registered tells that a registering call or table holds it; else it is a
	// text that looks like a path.
	Registered bool `json:"registered"`
}

// Methods are those that are looked for.
func Methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}
}

var (
	colonParameter = regexp.MustCompile(`:([A-Za-z_]\w*)(\([^)]*\))?[?*+]?`)
	braceParameter = regexp.MustCompile(`\{([A-Za-z_]\w*)(\.\.\.|:[^{}]*)?\}`)
	wildcard       = regexp.MustCompile(`/\*(\w*)$`)
)

// Template brings a pattern of any router into the form of OpenAPI.
func Template(pattern string) string {
	p := strings.TrimSuffix(pattern, "{$}")
	p = braceParameter.ReplaceAllString(p, "{$1}")
	p = colonParameter.ReplaceAllString(p, "{$1}")
	p = wildcard.ReplaceAllString(p, "/{rest}")
	if len(p) > 1 {
		p = strings.TrimRight(p, "/")
	}
	if p == "" {
		return "/"
	}
	return p
}

var named = regexp.MustCompile(`\{[^{}]*\}`)

// Form is a template without the names of its parameters: two routes of one form
// are the same to a router.
func Form(template string) string { return named.ReplaceAllString(template, "{}") }

// join puts the path of an outer router before that of an inner one.
func join(prefix, path string) string {
	if prefix == "" || prefix == "/" {
		return path
	}
	if path == "/" || path == "" {
		return prefix
	}
	return strings.TrimRight(prefix, "/") + "/" + strings.TrimLeft(path, "/")
}

// Distinct drops routes that are told twice; the surer one stays.
func Distinct(all []Route) []Route {
	slices.SortStableFunc(all, func(a, b Route) int {
		if a.Registered != b.Registered {
			if a.Registered {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(r Route) bool {
		key := r.Method + " " + Form(r.Path)
		again := seen[key] || (!r.Registered && seen[Form(r.Path)])
		seen[key], seen[Form(r.Path)] = true, true
		return again
	})
}
