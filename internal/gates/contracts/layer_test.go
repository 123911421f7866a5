package contracts

import (
	nethttp "net/http"
	"testing"

	"listo/internal/lab/http"
)

// The default answers as they were measured, and those that are a service's own.
func TestLayersByTheirDefaults(t *testing.T) {
	for _, c := range []struct {
		want   string
		status int
		header nethttp.Header
		body   string
	}{
		{layerGoParser, 400, nethttp.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"}}, "400 Bad Request"},
		{layerGoParser, 417, nethttp.Header{"Date": {"x"}, "Connection": {"close"}, "Content-Length": {"0"}}, ""},
		{layerGoParser, 501, nethttp.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"}}, "Unsupported transfer encoding"},
		{layerNode, 431, nethttp.Header{"Connection": {"close"}}, ""},
		{layerFastifyRaw, 400, nethttp.Header{"Content-Type": {"application/json"}, "Connection": {"close"}}, `{"error":"Bad Request","message":"Client Error","statusCode":400}`},
		{layerGo, 404, nethttp.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}, "Date": {"x"}}, "404 page not found\n"},
		{layerChi, 405, nethttp.Header{"Allow": {"GET", "POST"}, "Date": {"x"}, "Content-Length": {"0"}}, ""},
		{layerExpress, 404, nethttp.Header{"Server": {"nginx/1.22.1"}, "Content-Type": {"text/html"}, "Date": {"x"}}, "<!DOCTYPE html><title>Error</title><pre>Cannot GET /x</pre>"},
		{layerOther, 503, nethttp.Header{"Server": {"envoy"}, "Content-Type": {"text/plain"}, "Date": {"x"}}, "upstream connect error"},
		{layerApplication, 503, nethttp.Header{"Server": {"envoy"}, "Content-Type": {"application/json"}, "Date": {"x"}}, `{"error":"no"}`},
		{layerGin, 404, nethttp.Header{"Content-Type": {"text/plain"}, "Date": {"x"}}, "404 page not found"},
		{layerExpress, 404, nethttp.Header{"Content-Type": {"text/html"}, "Date": {"x"}}, "<!DOCTYPE html><title>Error</title><pre>Cannot GET /x</pre>"},
		{layerNest, 404, nethttp.Header{"Content-Type": {"application/json"}, "Date": {"x"}}, `{"message":"Cannot GET /x","error":"Not Found","statusCode":404}`},
		{layerFastify, 404, nethttp.Header{"Content-Type": {"application/json"}, "Date": {"x"}}, `{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}`},
		{layerNginx, 413, nethttp.Header{"Server": {"nginx/1.22.1"}, "Content-Type": {"text/html"}}, "<hr><center>nginx/1.22.1</center>"},
		{layerCaddy, 502, nethttp.Header{"Server": {"Caddy"}, "Content-Length": {"0"}}, ""},
		{layerApplication, 404, nethttp.Header{"Server": {"nginx"}, "Content-Type": {"application/problem+json"}, "Date": {"x"}}, `{"title":"no","status":404}`},
		{layerApplication, 404, nethttp.Header{"Content-Type": {"application/json"}, "Date": {"x"}}, `{"error":"no"}`},
	} {
		if got := layerOf(http.Answer{Status: c.status, Header: c.header, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%d %q is of %s, want %s", c.status, c.body, got, c.want)
		}
	}
}
