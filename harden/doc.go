// Package harden puts before any net/http handler the headers, limits and refusals that a service needs in production.
//
// It knows HTTP: what a browser must be told, which requests no application should ever see, how much one client may ask
// for, and how to answer every error as RFC 9457 problem details, those that net/http writes by itself included. One file
// is one cure. It does not know the application: not its routes, its users or its database, beyond what Config says.
//
// A server is hardened in two places, its handler and its listener:
//
//	h, err := harden.New(config)
//	if err != nil { ... }
//	server := h.Server(application)          // limits of time and size, and Handler
//	server.Serve(h.Listener(listener))       // caps, and JSON where net/http writes text
//
// The zero Config is the closed one: no origin is allowed, no proxy is believed, nothing is exposed.
package harden
