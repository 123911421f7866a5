package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

const shop = `
routes:
  /: [GET]
  /api/orders: [GET, POST]
  /api/orders/{id}: [DELETE, GET]
  /api/orders/latest: [GET]
  /api/orders/latest/{line}/x: [PUT]
  /api/{kind}/{id}/y: [GET]
`

func TestRoutesAreFound(t *testing.T) {
	all := newRoutes(parsed(t, small+shop).Routes)
	for path, want := range map[string]string{
		"/": "/", "/api/orders": "/api/orders", "/api/orders/7": "/api/orders/{id}", "/api/orders/latest": "/api/orders/latest",
		"/api/orders/latest/1/x": "/api/orders/latest/{line}/x", "/api/orders/latest/y": "/api/{kind}/{id}/y", // the way of the written segment ends
		"": "", "*": "", "/api": "", "/api/orders/": "", "/api/orders/7/": "", "/api//y": "", "/api/orders/7/z": "", "/API/orders": "",
	} {
		got := ""
		if at := all.find(path); at != nil {
			got = at.pattern
		}
		if got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
	if newRoutes(nil).find("/") != nil {
		t.Error("who lists nothing knows something")
	}
}

// TestMethodsOfRoutes: a method that a listed path lacks is told with those that it has, and never reaches the service; whatever is not
// listed does.
func TestMethodsOfRoutes(t *testing.T) {
	r := raise(t, false, echo, shop)
	for target, allow := range map[string]string{
		"PUT /api/orders": "GET, HEAD, POST", "PATCH /api/orders/7": "DELETE, GET, HEAD", "OPTIONS /api/orders": "GET, HEAD, POST",
		"GET /api/orders/latest/1/x": "PUT", "POST /": "GET, HEAD",
	} {
		method, path, _ := strings.Cut(target, " ")
		a := r.say(asks(method, path, "Content-Length: 0\r\n", ""))
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != allow {
			t.Errorf("%s: %d, Allow %q", target, a.StatusCode, a.Header.Get("Allow"))
		}
		if strings.HasPrefix(path, "/api/") {
			a.problem(t, http.StatusMethodNotAllowed)
		}
	}
	if n := r.hits.Load(); n != 0 {
		t.Errorf("%d of them reached the service", n)
	}
	for _, target := range []string{"POST /api/orders", "DELETE /api/orders/7", "PUT /api/elsewhere", "GET /api/orders/7/z"} {
		method, path, _ := strings.Cut(target, " ")
		if got := heard(t, r.say(asks(method, path, "Content-Length: 0\r\n", ""))); got.URI != path {
			t.Errorf("%s reached the service as %q", target, got.URI)
		}
	}
}

// TestRoutesNameWhatIsCounted: by their pattern, refusals too; anything else under one name.
func TestRoutesNameWhatIsCounted(t *testing.T) {
	r := raise(t, false, echo, shop+"bodies: {most: 1KiB}\n")
	for _, path := range []string{"/api/orders/1", "/api/orders/2", "/api/orders/x/y/z", "/made/up"} {
		r.say(get(path))
	}
	r.say(asks("PUT", "/api/orders/3", "Content-Length: 0\r\n", ""))
	r.say(asks("POST", "/api/orders", "Content-Length: 2000\r\n", strings.Repeat("x", 2000)))
	res, err := http.Get("http://" + r.server.AdminAddr().String() + "/metrics") //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for labels, want := range map[string]string{
		`http_request_method="GET",http_response_status_code="200",http_route="/api/orders/{id}"`: "2",
		`http_request_method="GET",http_response_status_code="200",http_route="other"`:            "2",
		`http_request_method="PUT",http_response_status_code="405",http_route="other"`:            "1",
		`http_request_method="POST",http_response_status_code="413",http_route="/api/orders"`:     "1",
	} {
		if line := "http_server_request_duration_seconds_count{" + labels + "} " + want + "\n"; !strings.Contains(string(text), line) {
			t.Errorf("%s is not there", line)
		}
	}
}

func TestFaultsOfRoutes(t *testing.T) {
	for text, want := range map[string]string{
		"routes: {api: [GET]}\n":                            `g.yaml:5:15: routes["api"]: this is no path`,
		"routes: {'/a//b': [GET]}\n":                        `routes["/a//b"]: this is no path`,
		"routes: {'/a/{b': [GET]}\n":                        `routes["/a/{b"]: this is no path`,
		"routes: {'/a/{}': [GET]}\n":                        `routes["/a/{}"]: this is no path`,
		"routes: {'/a/x{b}': [GET]}\n":                      `routes["/a/x{b}"]: this is no path`,
		"routes: {'/a/../b': [GET]}\n":                      `routes["/a/../b"]: this is no path`,
		"routes: {'/a?b': [GET]}\n":                         `routes["/a?b"]: this is no path`,
		"routes: {/a: []}\n":                                `g.yaml:5:14: routes["/a"]: write the methods that it has`,
		"routes:\n  /a:\n":                                  `routes["/a"]: write the methods that it has`,
		"routes: {/a: [get]}\n":                             `g.yaml:5:15: routes["/a"][0]: this is no method`,
		"routes: {/a: GET}\n":                               `routes["/a"]: write a list`,
		"routes: {'/a/{b}': [GET], '/a/{c}': [POST]}\n":     `routes["/a/{c}"]: this is the same path as /a/{b}: delete one`,
		"routes: [/a]\n":                                    `routes: write keys with values here`,
		"routes: {/a.b: [GET, 'PO ST']}\n":                  `routes["/a.b"][1]: this is no method`,
		"errors: {authenticate: \"Bearer\\nSet-Cookie\"}\n": `errors.authenticate: a header holds printable ASCII only`,
	} {
		if _, err := Parse("g.yaml", []byte(small+text), variables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\n gives %v\n want  %s", text, err, want)
		}
	}
}

func parsed(t *testing.T, text string) Config {
	t.Helper()
	c, err := Parse("g.yaml", []byte(text), variables)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
