package harden

import (
	"net/http"
	"strconv"
	"strings"
)

// coding is a content coding (RFC 9110, section 8.4.1).
type coding string

const (
	uncoded   coding = ""
	gzipped   coding = "gzip"
	zstandard coding = "zstd"
)

// acceptedCoding gives the best coding that the client takes. Answers of the API are never sent as zstd: only gzip has a place for
// the padding that hides a size (see pad).
func acceptedCoding(h http.Header, api bool) coding {
	lines := h["Accept-Encoding"]
	if len(lines) == 0 {
		return uncoded
	}
	gzip, zstd := -1.0, -1.0
	rest := -1.0 // what "*" says
	for _, line := range lines {
		for line != "" {
			var item string
			item, line, _ = strings.Cut(line, ",")
			name, weight := weighed(item)
			switch {
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				gzip = weight
			case strings.EqualFold(name, "zstd"):
				zstd = weight
			case name == "*":
				rest = weight
			}
		}
	}
	if gzip < 0 {
		gzip = rest
	}
	if zstd < 0 {
		zstd = rest
	}
	switch {
	case zstd > 0 && zstd >= gzip && !api:
		return zstandard
	case gzip > 0:
		return gzipped
	}
	return uncoded
}

// weighed splits one item of Accept-Encoding. A weight that is none refuses: what cannot be read is not wanted.
func weighed(item string) (name string, weight float64) {
	name, parameters, found := strings.Cut(item, ";")
	name, weight = strings.TrimSpace(name), 1
	if found {
		key, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if !strings.EqualFold(strings.TrimSpace(key), "q") || err != nil || !(q >= 0 && q <= 1) {
			return name, 0
		}
		weight = q
	}
	return name, weight
}

// compressible tells whether a media type is text that compressing makes smaller. An event stream is none: each event is to
// arrive when it happens.
func compressible(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch media {
	case "text/event-stream":
		return false
	case "application/json", "application/javascript", "application/xml", "application/wasm", "application/manifest+json", "application/graphql-response+json",
		"application/vnd.api+json", "image/svg+xml", "font/ttf", "font/otf", "application/vnd.ms-fontobject":
		return true
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}
