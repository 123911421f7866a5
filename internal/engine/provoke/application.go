package provoke

// Paths that nobody serves.
const nowhere = "/listo-nowhere-5f1c9a7e"

const jsonType = "Content-Type: application/json"

// refused are the statuses by which a body or a value is refused: houses differ,
// and RFC 9110 (15.5.1, 15.5.16, 15.5.21) leaves it to them.
func refused() []int { return []int{400, 415, 422} }

// application are the entries that a normal client can reach.
func application() []Row {
	return []Row{
		{ID: 1, Name: "unknown_route", Tier: Application, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{
				{Method: "GET", Bytes: b.head("GET", nowhere, "HTTP/1.1"), Lawful: []int{404}},
				{Name: "post", Method: "POST", Bytes: b.head("POST", nowhere, "HTTP/1.1", "Content-Length: 0"), Lawful: []int{404, 405}},
			}
		}},
		{ID: 2, Name: "wrong_method", Tier: Application, Need: Reading, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{{Method: b.Wrong, Bytes: b.head(b.Wrong, b.Read.Target, "HTTP/1.1", "Content-Length: 0"), Lawful: []int{405, 404, 501}}}
		}},
		{ID: 5, Name: "options", Tier: Application, Need: Reading, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{{Method: "OPTIONS", Bytes: b.head("OPTIONS", b.Read.Target, "HTTP/1.1"), Lawful: []int{405, 404, 501}, Ignorable: true}}
		}},
		{ID: 7, Name: "head_unknown", Tier: Application, By: "contracts.errors.framing", Requests: heads},
		{ID: 8, Name: "accept", Tier: Application, Need: Reading, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{
				// RFC 9110, 15.5.7: a server may send what it has instead of a 406.
				{Name: "xml", Method: b.Read.Method, Bytes: b.head(b.Read.Method, b.Read.Target, "HTTP/1.1", "Accept: application/xml"), Lawful: []int{406}, Ignorable: true},
				// A browser's own Accept must not turn an API's error into a page.
				{Name: "html", Method: "GET", Bytes: b.head("GET", nowhere, "HTTP/1.1", "Accept: text/html"), Lawful: []int{404}},
			}
		}},
		{ID: 19, Name: "bad_escape", Tier: Application, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", nowhere+"/%ZZ", "HTTP/1.1"), Lawful: []int{400, 404}, Early: true}}
		}},
		{ID: 20, Name: "bad_utf8", Tier: Application, Need: Item, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Item[0]+"%FF%FE"+b.Item[1], "HTTP/1.1"), Lawful: []int{400, 404, 422}, Early: true, Ignorable: true}}
		}},
		{ID: 21, Name: "zero_byte", Tier: Application, Need: Item, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			return []Request{{Method: "GET", Bytes: b.head("GET", b.Item[0]+"%00"+b.Item[1], "HTTP/1.1"), Lawful: []int{400, 404, 422}, Early: true, Ignorable: true}}
		}},
		{ID: 37, Name: "upgrade", Tier: Application, Need: Reading, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			// RFC 9110, 7.8: a server may ignore Upgrade.
			return []Request{{Method: b.Read.Method, Lawful: []int{400, 403, 404, 426, 501}, Ignorable: true, Bytes: b.head(b.Read.Method, b.Read.Target, "HTTP/1.1",
				"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: bGlzdG8gbGlzdG8gbGlzdA==")}}
		}},
		{ID: 38, Name: "range", Tier: Application, Need: Reading, By: "contracts.errors.shape", Requests: func(b Base) []Request {
			// RFC 9110, 14.2: a server may ignore Range.
			return []Request{{Method: b.Read.Method, Bytes: b.head(b.Read.Method, b.Read.Target, "HTTP/1.1", "Range: bytes=99999999-"), Lawful: []int{416, 400}, Ignorable: true}}
		}},
		bodies(9, "malformed", variant{"", `{"listo":`, jsonType, true}, variant{"nan", `{"listo":NaN}`, jsonType, true},
			variant{"huge_number", `{"listo":1e400}`, jsonType, true}, variant{"lone_surrogate", `{"listo":"\ud800"}`, jsonType, true}),
		bodies(10, "trailing_garbage", variant{"", "…} x", jsonType, true}),
		bodies(11, "raw_nul", variant{"", "{\"listo\":\"a\x00b\"}", jsonType, true}),
		bodies(12, "byte_order_mark", variant{"", "\ufeff…", jsonType, true}),
		bodies(13, "empty_body", variant{"", "", jsonType, true}),
		bodies(14, "no_object", variant{"scalar", "5", jsonType, true}, variant{"null", "null", jsonType, true}, variant{"array", "[]", jsonType, true}),
		bodies(15, "media_type", variant{"text", "…", "Content-Type: text/plain", true}, variant{"none", "…", "", true}),
		bodies(16, "charset", variant{"", "…", jsonType + "; charset=listo", true}),
		bodies(17, "content_encoding", variant{"unknown", "…", jsonType + "\r\nContent-Encoding: listo", true}, variant{"gzip", "…", jsonType + "\r\nContent-Encoding: gzip", true}),
	}
}

// heads are questions that are answered with an error and without a body: of what
// nobody serves, and of a thing that is not there.
func heads(b Base) []Request {
	all := []Request{{Method: "HEAD", Bytes: b.head("HEAD", nowhere, "HTTP/1.1"), Lawful: []int{404, 405, 501}}}
	if b.Has(Item) {
		all = append(all, Request{Name: "item", Method: "HEAD", Bytes: b.head("HEAD", b.Item[0]+"listo-nobody"+b.Item[1], "HTTP/1.1"), Lawful: []int{400, 404, 405, 422, 501}})
	}
	return all
}

// variant is one body of a row. An ellipsis in it stands for the good body; a
// server that takes it is not wrong here: contracts.negative asks for that.
type variant struct {
	name, body, field string
	ignorable         bool
}

// bodies is a row whose requests differ from a good one in their body.
func bodies(id int, name string, variants ...variant) Row {
	return Row{ID: id, Name: name, Tier: Application, Need: Body, By: "contracts.errors.shape", Requests: func(b Base) []Request {
		var all []Request
		for _, v := range variants {
			var lines []string
			if v.field != "" {
				lines = append(lines, v.field)
			}
			all = append(all, Request{Name: v.name, Method: b.Body.Method, Bytes: b.with(filled(v.body, b.Body.Body), lines...),
				Lawful: refused(), Ignorable: v.ignorable})
		}
		return all
	}}
}

// filled puts the good body in place of the ellipsis; "…} x" is the good body
// with something behind it.
func filled(body, good string) string {
	switch body {
	case "…":
		return good
	case "…} x":
		return good + " x"
	case "\ufeff…":
		return "\ufeff" + good
	}
	return body
}

// driven are the entries that no single request provokes.
func driven() []Row {
	return []Row{
		{ID: 18, Name: "too_large", Tier: Application, Need: Body, By: "contracts.errors.shape"},
		{ID: 40, Name: "handler_throws", Tier: Application, Need: Throwable, By: "contracts.errors.server"},
		{ID: 41, Name: "async_throw", Tier: Application, Need: Throwable, By: "contracts.errors.server"},
		{ID: 42, Name: "upstream", Tier: Application, Need: Proxy, Why: "a service has no upstream that listo could take away; listo gateway's own tests take theirs away"},
		{ID: 43, Name: "denied", Tier: Application, Need: Loading, By: "contracts.errors.limited"},
		{ID: 44, Name: "credentials", Tier: Application, Need: Token, By: "contracts.errors.shape"},
		{ID: 45, Name: "faults", Tier: Application, Need: Database, By: "contracts.errors.server"},
		{ID: 46, Name: "http2", Tier: Protocol, Need: TLS, Why: "listo's instruments speak HTTP/1.1: an HTTP/2 client that breaks the protocol is not built"},
	}
}
