package hardening

import (
	_ "embed"
	"net/http"
	"regexp"
	"strings"
)

//go:embed telling.txt
var tellingList string

// version is how a product's version stands in Server: nginx/1.22.1.
var version = regexp.MustCompile(`/\s*[0-9]`)

// Tells lists the headers, "Name: value", that tell what a service is made of, in
// the order of the list. A Server without a version says little, and proxies add it.
func Tells(h http.Header) []string {
	var tells []string
	for _, v := range h.Values("Server") {
		if version.MatchString(v) {
			tells = append(tells, "Server: "+v)
		}
	}
	for name := range strings.SplitSeq(tellingList, "\n") {
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		for _, v := range h.Values(name) {
			if v != "" {
				tells = append(tells, http.CanonicalHeaderKey(name)+": "+v)
			}
		}
	}
	return tells
}
