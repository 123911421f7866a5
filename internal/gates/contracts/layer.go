package contracts

import (
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/lab/http"
)

// The layers that write errors by themselves. Their default answers are recorded in
// engine/provoke/testdata/answers (Express 4 and 5, Fastify 5, NestJS 11, net/http,
// chi, gin, nginx, Caddy); a service that writes its own is the application.
const (
	layerApplication = "application"
	layerProxy       = "proxy" // something between listo and the service
	layerGo          = "net_http"
	layerGoParser    = "net_http_parser" // net/http before any handler
	layerChi         = "chi"
	layerRecover     = "go_recoverer" // the recoverer of chi or gin
	layerGin         = "gin"
	layerNode        = "node_parser" // Node before any handler
	layerExpress     = "express"
	layerNest        = "nestjs"
	layerFastify     = "fastify"
	layerFastifyRaw  = "fastify_parser" // Fastify's answer to Node's clientError
	layerNginx       = "nginx"
	layerCaddy       = "caddy"
	layerOther       = "other_server" // Apache, Envoy and others by their name
)

// early tells that a layer answers before any handler of the service runs.
func early(layer string) bool {
	return layer == layerGoParser || layer == layerNode || layer == layerFastifyRaw
}

// layerOf tells by what an answer looks like who wrote it. A proxy puts its name on
// what it hands on as well, so the body speaks before the name of a server does. An
// answer of the house's own form is the application's.
func layerOf(a http.Answer) string {
	if a.Err != nil || a.Status < 400 {
		return layerApplication
	}
	for _, known := range []func(http.Answer) string{proxyOf, parserOf, frameworkOf, namedOf} {
		if layer := known(a); layer != "" {
			return layer
		}
	}
	return layerApplication
}

// proxyOf knows the pages that proxies write. Caddy writes none: an empty body, and
// not of a status that it hands on from a runtime's parser.
func proxyOf(a http.Answer) string {
	server := strings.ToLower(a.Header.Get("Server"))
	switch {
	case strings.Contains(string(a.Body), "<center>nginx"):
		return layerNginx
	case strings.HasPrefix(server, "caddy") && empty(a) && a.Header.Get("Content-Length") == "0" && a.Status != 400 && a.Status != 431:
		return layerCaddy
	}
	return ""
}

// empty tells an answer with nothing in it and no word of what it would be.
func empty(a http.Answer) bool { return len(a.Body) == 0 && a.Header.Get("Content-Type") == "" }

// chunked tells an answer whose length its author did not know: Node, when a body is
// ended with nothing in it.
func chunked(a http.Answer) bool { return a.Header.Get("Transfer-Encoding") != "" }

// parserOf knows what runtimes write by themselves, before any handler runs.
func parserOf(a http.Answer) string {
	ends := strings.EqualFold(a.Header.Get("Connection"), "close")
	undated := a.Header.Get("Date") == ""
	body := string(a.Body)
	switch {
	case strings.Contains(body, `"message":"Client Error"`), strings.Contains(body, `"message":"Exceeded maximum allowed HTTP header size"`):
		return layerFastifyRaw // Fastify's clientErrorHandler, which says neither Date nor close
	case a.Status == nethttp.StatusExpectationFailed && empty(a):
		// Go and Node both answer an unknown expectation with a bare 417.
		if a.Header.Get("Keep-Alive") != "" || chunked(a) {
			return layerNode
		}
		return layerGoParser
	case ends && undated && a.Status == nethttp.StatusNotImplemented && strings.HasPrefix(body, "Unsupported transfer encoding"):
		return layerGoParser
	case ends && undated && strings.HasPrefix(body, statusLine(a.Status)) && strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain"):
		return layerGoParser
	case empty(a) && slices.Contains([]int{400, 408, 413, 431}, a.Status) && (ends && (undated || chunked(a)) || a.Header.Get("Server") != ""):
		// Node ends such a connection; a proxy hands on what it wrote.
		return layerNode
	}
	return ""
}

func statusLine(status int) string {
	return string(rune('0'+status/100)) + string(rune('0'+status/10%10)) + string(rune('0'+status%10)) + " "
}

// frameworkOf knows what frameworks write when the service says nothing.
func frameworkOf(a http.Answer) string {
	body, media := string(a.Body), a.Header.Get("Content-Type")
	switch {
	case strings.Contains(body, "<title>Error</title>") && strings.Contains(body, "<pre>"):
		return layerExpress
	case strings.HasPrefix(media, "text/plain") && a.Header.Get("X-Content-Type-Options") == "nosniff" && strings.HasSuffix(body, "\n"):
		return layerGo // http.Error; chi's 404 is net/http's
	case strings.HasPrefix(media, "text/plain") && slices.Contains([]string{"404 page not found", "405 method not allowed"}, body):
		return layerGin
	case empty(a) && a.Status == nethttp.StatusMethodNotAllowed && a.Header.Get("Keep-Alive") == "" && a.Header.Get("Content-Length") == "0":
		return layerChi
	case empty(a) && a.Status == nethttp.StatusInternalServerError && a.Header.Get("Keep-Alive") == "" && a.Header.Get("Content-Length") == "0":
		return layerRecover
	}
	return enveloped(body, shapeOf(a).Members)
}

// enveloped tells NestJS from Fastify, whose errors have the same members: NestJS
// writes the message first and leaves "error" out where it was given none, Fastify
// begins with the status but for what its router refuses.
func enveloped(body string, members []string) string {
	has := func(all ...string) bool {
		return !slices.ContainsFunc(all, func(m string) bool { return !slices.Contains(members, m) })
	}
	switch {
	case has("statusCode:number", "message:array"):
		return layerNest
	case !has("statusCode:number", "message:string"):
		return ""
	case !has("error:string"):
		return layerNest
	case strings.HasPrefix(body, `{"message":"Route `), strings.Contains(body, `"code":"FST_`), strings.HasPrefix(body, `{"statusCode"`):
		return layerFastify
	case strings.HasPrefix(body, `{"message"`):
		return layerNest
	}
	return layerFastify
}

// namedOf believes a server's name where nothing else speaks: of what is no object.
func namedOf(a http.Answer) string {
	server := strings.ToLower(a.Header.Get("Server"))
	known := slices.ContainsFunc([]string{"apache", "envoy", "istio", "microsoft-iis", "awselb", "cloudflare", "haproxy", "traefik"}, func(name string) bool {
		return strings.HasPrefix(server, name)
	})
	if known && !isObject(a) {
		return layerOther
	}
	return ""
}

func isObject(a http.Answer) bool { return shapeOf(a).Fault == "none" }
