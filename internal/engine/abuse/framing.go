package abuse

// What attacks of framing are made of. The request within asks for a path of its
// mark: nobody asks for that, and whoever answers it has taken bytes of a body for a
// request.
const (
	within = "GET /{mark} HTTP/1.1\r\nHost: {host}\r\n\r\n"
	get    = "GET {path} HTTP/1.1\r\nHost: {host}\r\n{auth}"
	last   = "0\r\n\r\n"
)

const (
	twoEnds  = "two_ends" // Content-Length and Transfer-Encoding contradict each other
	codings  = "codings"
	lengths  = "lengths"
	chunks   = "chunks"
	fields   = "fields"
	versions = "versions"
)

// framing are the attacks on where a request ends: two hops that read it
// differently hand one client's bytes to another (RFC 9112, section 11.2).
func framing() []Attack {
	var all []Attack
	all = append(all, bothEnds()...)
	all = append(all, badCodings()...)
	all = append(all, badLengths()...)
	all = append(all, badChunks()...)
	all = append(all, badFields()...)
	return append(all, oldVersions()...)
}

// single is an attack that is one piece of bytes.
func single(id, name string, c Class, root, text string, harm []Harm, right ...int) Attack {
	return Attack{ID: id, Name: name, Class: c, Root: root, Steps: []Text{{Text: text, Requests: 1}}, Harm: harm, Right: right}
}

// bothEnds: W5. A server may take Transfer-Encoding, but must close afterwards (RFC
// 9112, section 6.1), so that whatever follows is answered by nobody.
func bothEnds() []Attack {
	all := []Attack{
		single("W5", "both-chunks-end-first", Framing, twoEnds, get+"Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n"+last+within, []Harm{Second}, 400, 200),
		single("W5", "both-length-ends-first", Framing, twoEnds, get+"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+within, []Harm{Second}, 400, 200),
		single("W5", "both-coding-first", Framing, twoEnds, get+"Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n"+last+within, []Harm{Second}, 400, 200),
		single("W5", "both-agree", Framing, twoEnds, get+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"+last+within, []Harm{Second}, 400, 200),
	}
	for i := range all {
		all[i].Ends = true
	}
	return all
}

// badCodings: W6. Each looks like chunked to a careless reader. What follows is
// framed by the length to whoever does not take it for chunked.
func badCodings() []Attack {
	var all []Attack
	for _, c := range []struct{ name, lines, innocent string }{
		{"coding-x-chunked", "Transfer-Encoding: xchunked", ""},
		{"coding-chunked-x", "Transfer-Encoding: chunkedx", ""},
		{"coding-then-identity", "Transfer-Encoding: chunked, identity", ""},
		{"coding-identity", "Transfer-Encoding: identity", ""},
		{"coding-twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", ""},
		{"coding-twice-cow", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", ""},
		{"coding-cow-first", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked", ""},
		{"coding-blank-colon", "Transfer-Encoding : chunked", ""},
		{"coding-tab-colon", "Transfer-Encoding\t: chunked", ""},
		{"coding-vertical-tab", "Transfer-Encoding: \x0bchunked", ""},
		{"coding-form-feed", "Transfer-Encoding: chunked\x0c", ""},
		{"coding-quoted", "Transfer-Encoding: \"chunked\"", ""},
		{"coding-parameter", "Transfer-Encoding: chunked;q=1", ""},
		{"coding-folded", "Transfer-Encoding:\r\n chunked", "a folded line may be joined (RFC 9112, section 5.2), and then both ends are told"},
		{"coding-leading-blank", " Transfer-Encoding: chunked", ""},
		{"coding-non-ascii", "Transfer-Encoding: chunked\xff", ""},
		{"coding-empty", "Transfer-Encoding: ", "an empty list of codings is none (RFC 9110, section 5.6.1)"},
	} {
		a := single("W6", c.name, Framing, codings, get+"Content-Length: {length}\r\n"+c.lines+"\r\n\r\n"+last+within, []Harm{Second, Served}, 400, 501)
		if a.Innocent = c.innocent; c.innocent != "" {
			a.Harm = []Harm{Second}
		}
		a.Ends = true
		all = append(all, a)
	}
	return append(all, single("W6", "coding-underscore", Framing, codings, get+"Content-Length: {length}\r\nTransfer_Encoding: chunked\r\n\r\n"+last+within, []Harm{Second}))
}

// badLengths: W7 (RFC 9112, section 6.3, rule 5).
func badLengths() []Attack {
	var all []Attack
	for _, c := range []struct{ name, lines string }{
		{"length-empty", "Content-Length: "},
		{"length-two", "Content-Length: 0\r\nContent-Length: {length}"},
		{"length-two-reversed", "Content-Length: {length}\r\nContent-Length: 0"},
		{"length-list", "Content-Length: 0, {length}"},
		{"length-negative", "Content-Length: -1"},
		{"length-plus", "Content-Length: +{length}"},
		{"length-hex", "Content-Length: 0x{length}"},
		{"length-words", "Content-Length: ten"},
		{"length-blank-within", "Content-Length: 0 {length}"},
		{"length-overflow", "Content-Length: 18446744073709551616"},
		{"length-fraction", "Content-Length: {length}.0"},
		{"length-blank-colon", "Content-Length : {length}"},
	} {
		a := single("W7", c.name, Framing, lengths, get+c.lines+"\r\n\r\n"+within, []Harm{Second, Served}, 400, 413)
		a.Ends = true
		all = append(all, a)
	}
	all[0].Harm, all[0].Innocent = nil, "net/http read an empty length as none until Go 1.21, and so does the Caddy of Debian 12"
	return all
}

// badChunks: W8. A handler may answer before it has read a body, so that only a
// second answer tells that the chunks were believed.
func badChunks() []Attack {
	const (
		head    = get + "Transfer-Encoding: chunked\r\n\r\n"
		lenient = "a server may stop reading what nobody asked for and close"
	)
	var all []Attack
	for _, c := range []struct {
		name, body, innocent string
	}{
		{"chunk-letters", "5x\r\nhello\r\n" + last, ""},
		{"chunk-hex-prefix", "0x5\r\nhello\r\n" + last, ""},
		{"chunk-plus", "+5\r\nhello\r\n" + last, ""},
		{"chunk-negative", "-5\r\nhello\r\n" + last, ""},
		{"chunk-overflow", "10000000000000005\r\nhello\r\n" + last, ""},
		{"chunk-empty-size", "\r\nhello\r\n" + last, ""},
		{"chunk-no-end", "5\r\nhello" + last, ""},
		{"chunk-longer", "3\r\nhello\r\n" + last, ""},
		{"chunk-bare-lf", "5\nhello\n0\n\n", "nginx ends a chunk line at a bare LF and frames the body anew for whom it asks"},
		{"chunk-extension-bare-lf", "5;a\nhello\r\n" + last, "nginx ends a chunk line at a bare LF and frames the body anew for whom it asks"},
		{"chunk-bare-cr", "5\rhello\r\n" + last, "nginx ends a chunk line at a bare CR and frames the body anew for whom it asks"},
		{"chunk-blank-behind", "5 \r\nhello\r\n" + last, "blanks behind a size are bad and often borne"},
		{"chunk-extension", "5;a=\"\x01\"\r\nhello\r\n" + last, "extensions are ignored (RFC 9112, section 7.1.1)"},
		{"chunk-trailer-host", "0\r\nHost: {mark}.example\r\n\r\n", "trailers are no headers and are dropped (RFC 9110, section 6.5.1)"},
	} {
		a := single("W8", c.name, Framing, chunks, head+c.body+within, []Harm{Second}, 400)
		if a.Innocent = c.innocent; c.innocent != "" {
			a.Harm = nil
		}
		a.Ends = true
		all = append(all, a)
	}
	long := single("W8", "chunk-long-extension", Framing, chunks, head+"5;{fill}\r\nhello\r\n"+last+within, nil, 400, 413, 431)
	long.Steps[0].Fill, long.Innocent, long.Ends = 64<<10, lenient, true
	return append(all, long)
}

// badFields: W9. A field that hides in another must not be believed; where the
// token stands only there, a service that answers with data has believed it.
func badFields() []Attack {
	const head = "GET {path} HTTP/1.1\r\nHost: {host}\r\n"
	bad := func(name, lines string, harm []Harm) Attack {
		a := single("W9", name, Framing, fields, head+lines+"\r\n\r\n", harm, 400)
		a.Ends = true
		return a
	}
	folded := bad("field-folded", "{auth}X-Listo: a\r\n b", nil)
	folded.Innocent = "a folded line may be joined by a blank (RFC 9112, section 5.2); net/http does"
	carriage := bad("field-cr", "{auth}X-Listo: a\rb", nil)
	carriage.Innocent = "CR in a value may be replaced by a blank (RFC 9110, section 5.5)"
	colonless := bad("field-no-colon", "{auth}X-Listo", nil)
	colonless.Innocent = "nginx drops a line that is no field (ignore_invalid_headers)"
	return []Attack{
		folded, carriage, colonless,
		bad("field-nul", "{auth}X-Listo: a\x00b", []Harm{Served}),
		bad("field-hidden-in-fold", "X-Listo: a\r\n Authorization: {token}", []Harm{Data}),
		bad("field-hidden-by-cr", "X-Listo: a\rAuthorization: {token}", []Harm{Data}),
		bad("field-cut-by-nul", "Authorization: {token}\x00,x", []Harm{Data}),
		bad("field-blank-colon", "Authorization : {token}", []Harm{Data}),
		bad("field-blank-name", "{auth}X Listo: a", []Harm{Served}),
	}
}

// oldVersions: W11.
func oldVersions() []Attack {
	const innocent = "harmless by itself, since nothing else comes on the connection"
	nine := single("W11", "version-0.9", Framing, versions, "GET {page}\r\n", nil, 400, 505)
	nine.Innocent = "nginx serves HTTP/0.9 and closes"
	// A faulty framing, after which the connection must be closed (RFC 9112, section 6.1).
	coded := single("W11", "version-1.0-chunked", Framing, versions,
		"GET {path} HTTP/1.0\r\nHost: {host}\r\n{auth}Connection: keep-alive\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n"+last+within, []Harm{Second}, 400, 200)
	all := []Attack{nine, coded}
	for _, version := range []string{"2.5", "3.0", "1.9x", "11.1"} {
		a := single("W11", "version-"+version, Framing, versions, "GET {page} HTTP/"+version+"\r\nHost: {host}\r\n\r\n", nil, 400, 505)
		a.Innocent = innocent
		all = append(all, a)
	}
	for i := range all {
		all[i].Ends = true
	}
	return all
}
