package contracts

import (
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/lab/http"
)

// The layers that write errors by themselves. Their default answers were measured
// (Express 4 and 5, Fastify 5, Node, net/http, nginx) or are those of their
// source; a service that writes its own is the application.
const (
	layerApplication = "application"
	layerProxy       = "proxy" // something between listo and the service
	layerGo          = "net_http"
	layerGoParser    = "net_http_parser" // net/http before any handler
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

// layerOf tells by what an answer looks like who wrote it. An answer of the
// house's own form is the application's, whoever it names as its server.
func layerOf(a http.Answer) string {
	switch server := strings.ToLower(a.Header.Get("Server")); {
	case a.Err != nil || a.Status < 400:
		return layerApplication
	case strings.Contains(string(a.Body), "<center>nginx"), strings.HasPrefix(server, "nginx") && !isObject(a):
		return layerNginx
	case strings.HasPrefix(server, "caddy") && !isObject(a):
		return layerCaddy
	case (strings.HasPrefix(server, "apache") || strings.HasPrefix(server, "envoy") || strings.HasPrefix(server, "microsoft-iis")) && !isObject(a):
		return layerOther
	}
	if layer := parserOf(a); layer != "" {
		return layer
	}
	return frameworkOf(a)
}

// parserOf knows what runtimes write by themselves: no handler ran, so there is no
// Date, and the connection ends.
func parserOf(a http.Answer) string {
	ends := a.Header.Get("Date") == "" && strings.EqualFold(a.Header.Get("Connection"), "close")
	body := string(a.Body)
	switch {
	case a.Status == nethttp.StatusExpectationFailed && body == "":
		// Go and Node both answer an unknown expectation with a bare 417.
		if a.Header.Get("Keep-Alive") != "" || a.Header.Get("Transfer-Encoding") != "" {
			return layerNode
		}
		return layerGoParser
	case !ends:
		return ""
	case a.Status == nethttp.StatusNotImplemented && strings.HasPrefix(body, "Unsupported transfer encoding"):
		return layerGoParser
	case strings.HasPrefix(body, statusLine(a.Status)) && strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain"):
		return layerGoParser
	case body == "" && a.Header.Get("Content-Type") == "" && slices.Contains([]int{400, 408, 413, 431}, a.Status):
		return layerNode
	case strings.Contains(body, `"message":"Client Error"`), strings.Contains(body, `"message":"Exceeded maximum allowed HTTP header size"`):
		return layerFastifyRaw
	}
	return ""
}

func statusLine(status int) string {
	return string(rune('0'+status/100)) + string(rune('0'+status/10%10)) + string(rune('0'+status%10)) + " "
}

func frameworkOf(a http.Answer) string {
	body, media := string(a.Body), a.Header.Get("Content-Type")
	members := shapeOf(a, "").Members
	has := func(all ...string) bool {
		return !slices.ContainsFunc(all, func(m string) bool { return !slices.Contains(members, m) })
	}
	switch {
	case strings.Contains(body, "<title>Error</title>") && strings.Contains(body, "<pre>"):
		return layerExpress
	case has("statusCode:number", "message:array") || has("statusCode:number", "message:string") && (strings.Contains(body, `"message":"Cannot `) || a.Header.Get("X-Powered-By") == "Express"):
		return layerNest
	case has("statusCode:number", "error:string", "message:string"):
		return layerFastify
	case strings.HasPrefix(media, "text/plain") && a.Header.Get("X-Content-Type-Options") == "nosniff" && strings.HasSuffix(body, "\n"):
		return layerGo // http.Error; chi's defaults are net/http's
	case strings.HasPrefix(media, "text/plain") && slices.Contains([]string{"404 page not found", "405 method not allowed"}, strings.TrimSpace(body)):
		return layerGin
	}
	return layerApplication
}

func isObject(a http.Answer) bool { return shapeOf(a, "").Fault == "none" }
