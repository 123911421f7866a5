// Package gateway puts package harden before a service that cannot be changed: a reverse proxy with every cure on.
//
// A configuration is read and checked whole before any socket is opened (Load); a Server then serves it, takes another one
// without losing a request (Reload) and ends without dropping one (Stop). What the service answers is passed on as it came, except what the
// cures are for: headers, errors of the API that no client can read, words about itself.
//
//	config, err := gateway.Load("gateway.yaml", os.LookupEnv)
//	server, err := gateway.New(config, gateway.Options{AccessLog: log})
//	err = server.Listen()
//	err = server.Serve() // until Stop
package gateway
