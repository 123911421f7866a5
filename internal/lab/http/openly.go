package http

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// largeBody is the size from which a body may meet an answer before its end, in
// bytes: less fits into the buffers between two sockets.
const largeBody = 16 << 10

// openly sends a request and reads meanwhile. A service that refuses a large body
// answers before it has all of it and may close then; net/http takes its own
// failure to write on for the end and throws the answer away that is there.
func (c *Client) openly(ctx context.Context, req *http.Request) (*http.Response, error) {
	port := req.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[req.URL.Scheme]
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		return nil, err
	}
	if req.URL.Scheme == "https" {
		cfg := c.transport.TLSClientConfig.Clone()
		cfg.ServerName = req.URL.Hostname()
		conn = tls.Client(conn, cfg)
	}
	if at, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(at); err != nil {
			return nil, closing(conn, err)
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	wrote := make(chan error, 1)
	req.Close = true
	go func() { wrote <- req.Write(conn) }()
	resp, err := final(bufio.NewReader(io.LimitReader(conn, maxHeader+MaxBody+1)), req)
	if err != nil {
		stop()
		err = closing(conn, err)
		if failed := <-wrote; failed != nil {
			err = fmt.Errorf("%w (and sending it: %w)", err, failed)
		}
		return nil, err
	}
	resp.Body = &whole{resp.Body, conn, wrote, stop}
	return resp, nil
}

// final reads the answer; what an interim one says is of no interest.
func final(from *bufio.Reader, req *http.Request) (*http.Response, error) {
	const mostInterim = 5 // as net/http allows
	for range mostInterim {
		resp, err := http.ReadResponse(from, req)
		if err != nil || resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
	return nil, fmt.Errorf("more than %d interim answers", mostInterim)
}

func closing(conn net.Conn, err error) error {
	_ = conn.Close() // err says why
	return err
}

// whole is a body that takes its connection along when it is closed.
type whole struct {
	io.ReadCloser
	conn  net.Conn
	wrote chan error
	stop  func() bool
}

// Close ends the connection, and with it what is still being written.
func (w *whole) Close() error {
	w.stop()
	err := w.conn.Close()
	<-w.wrote
	return err
}
