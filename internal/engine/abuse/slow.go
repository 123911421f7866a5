package abuse

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"time"
)

const (
	lengthless = "lengthless"
	holding    = "holding" // connections that are held and not used
)

// size are L1 to L3: bodies larger than may be. What a service's own limit does is
// asked by security.size_limit; here they are for an edge, which must refuse before
// anybody behind it is asked.
func size() []Attack {
	const head = "POST {post} HTTP/1.1\r\nHost: {host}\r\n{auth}Content-Type: application/json\r\n"
	all := []Attack{
		single("L1", "body-announced", Size, lengthless, head+"Content-Length: {over}\r\n\r\n", nil, 413),
		single("L2", "body-chunked", Size, lengthless, head+"Transfer-Encoding: chunked\r\n\r\n{one_chunk}", nil, 413),
		single("L2", "body-chunks", Size, lengthless, head+"Transfer-Encoding: chunked\r\n\r\n{chunks}", nil, 413),
		single("L3", "body-bomb", Size, lengthless, head+"Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n{bomb}", nil, 413, 415, 400),
	}
	for i := range all {
		all[i].Ends = i < 3
	}
	return all
}

// dripEvery is the pause between two bytes of a client that is slow on purpose.
const dripEvery = 500 * time.Millisecond

// slow are L4 to L7: connections that are held. One by one they harm nobody; Of
// them many are opened at once, and the others asked how they fare.
func slow() []Attack {
	const (
		post   = "POST {post} HTTP/1.1\r\nHost: {host}\r\n{auth}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"a\":\""
		letter = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	)
	held := func(id, name string, right []int, steps ...Text) Attack {
		return Attack{ID: id, Name: name, Class: Slow, Root: holding, Steps: steps, Right: right, Ends: right != nil}
	}
	return []Attack{
		held("L4", "head-stalled", []int{408, 400, 0}, Text{Text: "GET {page} HTTP/1.1\r\nHost: {host}\r\nX-Listo: "}),
		held("L4", "head-dripping", []int{408, 400, 0}, Text{Text: "GET {page} HTTP/1.1\r\nHost: {host}\r\nX-Listo: "}, Text{Text: letter, Pause: dripEvery, Drips: true}),
		held("L5", "body-stalled", []int{408, 400, 0}, Text{Text: post}),
		held("L5", "body-dripping", []int{408, 400, 0}, Text{Text: post}, Text{Text: letter, Pause: dripEvery, Drips: true}),
		held("L6", "answers-untaken", nil, Text{Text: strings.Repeat("GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n", 64), Requests: 64}),
		held("L7", "idle-silent", []int{408, 400, 0}),
		held("L7", "idle-answered", nil, Text{Text: "GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n", Requests: 1}),
	}
}

// oneChunk is a body as a single chunk.
func oneChunk(n int) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n, strings.Repeat("x", n)) }

// chunked is a body as chunks that do not end: no last one comes.
func chunked(n int) string {
	const piece = 4 << 10
	return strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", piece, strings.Repeat("x", piece)), n/piece+1)
}

// bomb is a small body that is large once it is unpacked.
func bomb(n int) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(`{"listo":"` + strings.Repeat("x", n) + `"}`)) // a bytes.Buffer takes everything
	_ = w.Close()
	return out.String()
}
