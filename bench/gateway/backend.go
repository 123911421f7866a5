package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
)

// answerBody is what the service behind says: the first page of a list, in JSON.
const answerBody = `{"items":[{"id":1,"empresaId":7,"concepto":"taxi","importe":"12.50","fecha":"2026-01-02"},` +
	`{"id":2,"empresaId":7,"concepto":"hotel","importe":"88.00","fecha":"2026-01-03"},` +
	`{"id":3,"empresaId":7,"concepto":"comida","importe":"15.20","fecha":"2026-01-03"}],"next":null}`

// backend is the service behind all proxies: it does as little as a service can, so that what is measured is the proxy. It finds the end of
// a request by its blank line and its Content-Length, and knows nothing else of HTTP: whoever asks here is a proxy of the bench.
func backend(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nX-Powered-By: bench\r\nContent-Length: " +
		strconv.Itoa(len(answerBody)) + "\r\n\r\n" + answerBody)
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer func() { _ = c.Close() }()
			_ = serve(c, answer)
		}()
	}
}

var errHead = errors.New("backend: the request's head is larger than its buffer")

func serve(c net.Conn, answer []byte) error {
	room, n := make([]byte, 16<<10), 0
	for {
		more, err := c.Read(room[n:])
		if err != nil {
			return err
		}
		n += more
		for {
			end := bytes.Index(room[:n], []byte("\r\n\r\n"))
			if end < 0 {
				if n == len(room) {
					return errHead
				}
				break
			}
			if whole := end + 4 + length(room[:end]); whole > n { // the rest of a body
				if _, err := io.CopyN(io.Discard, c, int64(whole-n)); err != nil {
					return err
				}
				n = 0
			} else {
				n = copy(room, room[whole:n])
			}
			if _, err := c.Write(answer); err != nil {
				return err
			}
		}
	}
}

// length reads Content-Length out of a head; 0 when there is none.
func length(head []byte) int {
	at := bytes.Index(head, []byte("ontent-Length: ")) // every proxy of the bench writes it like this
	if at < 0 {
		at = bytes.Index(head, []byte("ontent-length: "))
	}
	if at < 0 {
		return 0
	}
	digits, _, _ := bytes.Cut(head[at+len("ontent-Length: "):], []byte("\r"))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}
