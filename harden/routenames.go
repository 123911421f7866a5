package harden

import (
	"maps"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	// other is the label value of what has none of its own: OpenTelemetry's word for unknown methods.
	other = "_OTHER"
	// unnamed is the route of a request for which nobody has a name.
	unnamed = "other"
	// mostRoutes bounds the routes that are told apart. An application that names routes after what clients send would else
	// fill the memory of everybody who reads its metrics.
	mostRoutes = 200
	// longestRoute bounds a name, in bytes.
	longestRoute = 128
)

// routeNames are the routes that have been seen. Looking one up takes no lock.
type routeNames struct {
	mu    sync.Mutex
	known atomic.Pointer[map[string]bool]
}

func newRouteNames() *routeNames {
	n := &routeNames{}
	n.known.Store(&map[string]bool{unnamed: true})
	return n
}

// bounded gives name, or other when it is not fit for a label or one too many.
func (n *routeNames) bounded(name string) string {
	if name == "" {
		return unnamed
	}
	if (*n.known.Load())[name] {
		return name
	}
	if len(name) > longestRoute || !utf8.ValidString(name) {
		return other
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := *n.known.Load()
	if !known[name] && len(known) >= mostRoutes {
		return other
	}
	grown := maps.Clone(known)
	grown[name] = true
	n.known.Store(&grown)
	return name
}
