package http

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"listo/internal/lab"
)

// Trusting gives the client for a service with TLS whose certificate chains to
// one in this PEM file.
func (c *Client) Trusting(file string) (*Client, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("http: certificates: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("http: certificates: the file holds none in PEM form: make it anew")
	}
	transport := c.transport.Clone()
	transport.TLSClientConfig.RootCAs = roots
	return &Client{bench: c.bench, transport: transport, origin: c.origin, trusted: file}, nil
}

// pollEvery is the time between two tries of Await.
const pollEvery = 50 * time.Millisecond

// Await sends the request again and again until some answer comes, and records
// that as one step. A copy of the patient that speaks TLS is awaited with it.
func (c *Client) Await(ctx context.Context, r Request, within time.Duration, over func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r.Note = "until it answers"
	touch := c.bench.Touch("http", c.Replay(r))
	for {
		a := c.send(ctx, r, MaxBody)
		if a.Status != 0 {
			touch.End(a.Status, nil)
			return nil
		}
		if over() {
			a.Err = errors.New("http: the service has ended: look at its log")
		}
		if over() || ctx.Err() != nil {
			touch.End(0, a.Err)
			return lab.Unreachable{What: fmt.Sprintf("http: no answer within %v", within), Err: a.Err}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}
