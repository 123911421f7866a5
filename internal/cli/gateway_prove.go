package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"listo/gateway"
	"listo/internal/engine/abuse"
	"listo/internal/engine/wire"
	labwire "listo/internal/lab/wire"
)

const (
	// proofPatience is how long an edge that says nothing is watched.
	proofPatience = time.Second
	// proofHands are how many attacks are under way at a time.
	proofHands = 8
)

// prove attacks a gateway with this configuration on the loopback, before a sentinel in the service's place. The same attacks on the
// sentinel alone are the control: what cannot catch anything proves nothing. Quotas are left out, since a 429 says nothing of an attack,
// and so are trusted proxies: the attacks come from a stranger.
func (a *App) prove(ctx context.Context, c gateway.Config) error {
	behind, err := raiseSentinel()
	if err != nil {
		return fmt.Errorf("gateway: prove: %w", err)
	}
	defer func() { _ = behind.server.Close() }()
	c.Harden.Hosts = strangersHosts(c.Harden.Hosts)
	c.Listen, c.Admin, c.Log, c.Drain = "127.0.0.1:0", "127.0.0.1:0", "none", time.Millisecond
	c.Upstream, c.Ready = gateway.Upstream{URL: "http://" + behind.addr}, gateway.Ready{}
	c.Harden.Rate.Classes, c.Harden.Proxies.Trusted, c.Harden.Conns.PerClient = nil, nil, 0
	s, err := gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("gateway: prove: %w", err)
	}
	if err := s.Listen(); err != nil {
		return fmt.Errorf("gateway: prove: %w", err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	edge := newSiege(behind, wire.Origin{Address: s.Addr().String()}, c.Harden.Hosts, c.Harden.Bodies.Most)
	if c.TLS != (gateway.TLS{}) {
		// The name on the certificate is for clients; this client knows whom it dialled.
		edge.origin.TLS = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	}
	through, tried, err := edge.attack(ctx)
	if err = errors.Join(err, s.Stop(), <-served); err != nil {
		return fmt.Errorf("gateway: prove: %w", err)
	}
	bare, _, err := newSiege(behind, wire.Origin{Address: behind.addr}, nil, 0).attack(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("gateway: prove: the control: %w", err)
	case len(bare) == 0:
		return errors.New("gateway: prove: the control caught nothing without the gateway: nothing is proved")
	case len(through) > 0 && len(c.Harden.Hosts) == 0:
		return fmt.Errorf("gateway: prove: %d of %d attacks came through, since no hosts are named: write which names are served: %s",
			len(through), tried, strings.Join(through, ", "))
	case len(through) > 0:
		return fmt.Errorf("gateway: prove: %d of %d attacks came through: %s", len(through), tried, strings.Join(through, ", "))
	}
	a.notice("PROVED: %d attacks on itself, none came through; without it, %d did", tried, len(bare))
	return nil
}

// strangersHosts gives the hosts as a gateway elsewhere would know them: on the loopback everything is named alike, and a request to lead it
// astray would be one for itself.
func strangersHosts(hosts []string) []string {
	if len(hosts) == 0 {
		return nil
	}
	away := slices.DeleteFunc(slices.Clone(hosts), func(host string) bool {
		return strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "[::1]")
	})
	if len(away) == 0 {
		return []string{"app.example"}
	}
	return away
}

// siege is attacks on one address.
type siege struct {
	behind *sentinel
	origin wire.Origin
	place  abuse.Place
	canary *labwire.Canary
	normal abuse.Ordinary
}

func newSiege(behind *sentinel, origin wire.Origin, hosts []string, limit int64) *siege {
	host := origin.Address
	if len(hosts) > 0 {
		host = hosts[0]
	}
	return &siege{behind: behind, origin: origin, place: abuse.Place{
		Host: host, Path: abuse.SickData, Token: sentinelToken, Page: abuse.SickPage, Post: abuse.SickPost, BodyLimit: int(limit), Origin: "https://app.example",
	}}
}

// attack makes all attacks that are one conversation each and gives the names of those that came through.
func (s *siege) attack(ctx context.Context) (through []string, tried int, err error) {
	if s.canary, err = labwire.Listen(); err != nil {
		return nil, 0, err
	}
	defer s.canary.Close()
	s.place.Canary = s.canary.Address()
	s.normal = abuse.Ordinary{Data: s.ask(ctx, s.place.Path, s.place.Token), Page: s.ask(ctx, s.place.Page, "")}
	if s.normal.Data.Status != 200 || s.normal.Page.Status != 200 {
		return nil, 0, fmt.Errorf("honest requests get %d and %d, not 200: nothing is proved", s.normal.Data.Status, s.normal.Page.Status)
	}
	all := slices.DeleteFunc(abuse.All(), func(a abuse.Attack) bool { return a.Class == abuse.Slow || a.Class == abuse.Size })
	verdicts := make([]abuse.Verdict, len(all))
	var alone sync.Mutex
	var crowd sync.WaitGroup
	hands := make(chan struct{}, proofHands)
	for i, a := range all {
		hands <- struct{}{}
		crowd.Go(func() {
			defer func() { <-hands }()
			if slices.Contains(a.Harm, abuse.Led) || slices.Contains(a.Harm, abuse.Tunnel) {
				alone.Lock() // the canary belongs to one at a time
				defer alone.Unlock()
			}
			verdicts[i] = s.try(ctx, a)
		})
	}
	crowd.Wait()
	for i, v := range verdicts {
		if v.Kind != abuse.Refused {
			through = append(through, strings.TrimSuffix(all[i].Name+" ("+string(v.Kind)+" "+string(v.Harm)+v.Why, " ")+")")
		}
	}
	return through, len(all), ctx.Err()
}

var unmarked = regexp.MustCompile(`[^a-zA-Z0-9]`)

func (s *siege) try(ctx context.Context, a abuse.Attack) abuse.Verdict {
	p := s.place
	p.Mark = "listo" + strings.ToLower(unmarked.ReplaceAllString(a.Name+s.origin.Address, "")) + "x"
	hits := s.canary.Hits()
	seen := labwire.SeenOf(wire.Talk(ctx, s.origin, labwire.ScriptOf(a, p, proofPatience)), p.Mark)
	seen.Canary = s.canary.Hits() - hits
	seen.Reached = s.behind.reached(p.Mark)
	return a.Strict(seen, p, s.normal)
}

// ask asks honestly.
func (s *siege) ask(ctx context.Context, path, token string) abuse.Answer {
	text := "GET " + path + " HTTP/1.1\r\nHost: " + s.place.Host + "\r\n"
	if token != "" {
		text += "Authorization: " + token + "\r\n"
	}
	c := wire.Talk(ctx, s.origin, wire.Script{Answers: 1, Patience: 10 * time.Second, Steps: []wire.Step{wire.Request([]byte(text + "\r\n"))}})
	if seen := labwire.SeenOf(c, ""); len(seen.Answers) > 0 {
		return seen.Answers[0]
	}
	return abuse.Answer{}
}
