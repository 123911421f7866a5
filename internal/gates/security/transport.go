package security

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"

	"listo/internal/engine/hardening"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// yearInSeconds is the least max-age: a year (OWASP ASVS 5.0, 3.4.1).
const yearInSeconds = 31536000

// transport asks whether browsers are told to come over TLS only: over TLS, and
// not over plain http, where they must ignore it (RFC 6797, section 7.2).
func transport() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: transportID, Class: transportID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("page"), evidence.Setting("request"), evidence.Setting("tls")},
		Limits:  []evidence.Limit{{Name: "max_age", Default: yearInSeconds, Unit: "s", Direction: evidence.AtLeast}},
		Reasons: []string{"held", "missing", "invalid", "short", "over_plain", "unplanned", "unprovoked", "unanswered"},
	}, timed(budget, runTransport), judgeTransport)
}

// Ways by which the service learns that a client came over TLS.
const (
	byCertificate = "certificate" // a copy of the service with a certificate of listo's
	byProxy       = "proxy"       // a header of a trusted proxy
)

// Transport is what came over TLS and what came over plain http.
type Transport struct {
	Way     string   `json:"way"`
	Secured []Answer `json:"secured"`
	Plain   []Answer `json:"plain"`
}

func runTransport(ctx context.Context, b *lab.Bench) (Transport, error) {
	token, err := firstToken(ctx, b)
	if err != nil {
		return Transport{}, err
	}
	o, plain := Transport{}, asking{b: b, client: http.On(b), token: token}
	if o.Plain, err = plain.all(ctx); err != nil {
		return o, err
	}
	if header := settings(b).TLS.ForwardedHeader; header != "" {
		name, value, _ := strings.Cut(header, ":")
		o.Way, plain.more = byProxy, nethttp.Header{nethttp.CanonicalHeaderKey(name): {strings.TrimSpace(value)}}
		o.Secured, err = plain.all(ctx)
		return o, err
	}
	o.Way = byCertificate
	o.Secured, err = overTLS(ctx, b, token)
	return o, err
}

// overTLS asks a copy of the service that was handed a certificate. It believes
// the tokens of the first, since it has the same key.
func overTLS(ctx context.Context, b *lab.Bench, token http.Token) (answers []Answer, err error) {
	folder, err := os.MkdirTemp(b.Scratch, "certificate-")
	if err != nil {
		return nil, fmt.Errorf("security: a certificate: %w", err)
	}
	defer os.RemoveAll(folder)
	certificate, key := filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	if err := certify(b.Now(), certificate, key); err != nil {
		return nil, err
	}
	tls := settings(b).TLS
	target, stop, err := b.Start(ctx, lab.Variant{NotReady: true,
		Environment: map[string]string{tls.CertificateVariable: certificate, tls.KeyVariable: key}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	target.Base = "https://" + strings.TrimPrefix(strings.TrimPrefix(target.Base, "http://"), "https://")
	copied := b.At(target)
	client, err := http.On(copied).Trusting(certificate)
	if err != nil {
		return nil, err
	}
	over := func() bool {
		if target.Ended == nil {
			return false
		}
		_, ended := target.Ended()
		return ended
	}
	ready := b.Config.Service.Ready
	if err := client.Await(ctx, http.Request{Method: nethttp.MethodGet, Path: "/" + strings.TrimPrefix(ready, "/")}, b.Config.Service.ReadyWithin, over); err != nil {
		return nil, fmt.Errorf("security: tls: the copy with a certificate does not speak TLS: %w", err)
	}
	return asking{b: copied, client: client, token: token}.all(ctx)
}

func judgeTransport(o Transport, limits evidence.Limits) evidence.Finding {
	secured, plain := look(o.Secured), look(o.Plain)
	facts := evidence.Facts{"secured": secured.answers, "plain": plain.answers, "requests": append(secured.unplanned, plain.unplanned...)}
	if secured.answers == 0 || plain.answers == 0 || secured.unanswered+plain.unanswered > 0 {
		facts["unanswered"] = secured.unanswered + plain.unanswered
		return evidence.Undecided("unanswered", facts)
	}
	for _, a := range o.Plain {
		if len(a.Headers[hardening.StrictTransport]) > 0 {
			facts["where"], facts[evidence.Replay] = []string{statusLine(a)}, a.Curl
			return evidence.Failed("over_plain", facts)
		}
	}
	if f, bad := shortest(o.Secured, limits, facts); bad {
		return f
	}
	switch {
	case len(secured.unplanned)+len(plain.unplanned) > 0:
		return evidence.Undecided("unplanned", facts)
	case !secured.failure || !secured.missing:
		return evidence.Undecided("unprovoked", facts)
	}
	return evidence.Passed("held", facts)
}

// shortest looks for the answer over TLS that binds a browser least, and puts
// its max-age into the facts.
func shortest(answers []Answer, limits evidence.Limits, facts evidence.Facts) (evidence.Finding, bool) {
	var lacking, broken []string
	least := int64(-1)
	for _, a := range answers {
		policy, fault := hardening.ReadTransport(a.Headers[hardening.StrictTransport])
		switch {
		case fault == hardening.Missing:
			if len(lacking) == 0 {
				facts[evidence.Replay] = a.Curl
			}
			lacking = append(lacking, statusLine(a))
		case fault != "":
			broken = append(broken, statusLine(a))
		case least < 0 || policy.MaxAge < least:
			least = policy.MaxAge
		}
	}
	facts["age"] = least
	switch {
	case len(lacking) > 0:
		facts["where"] = lacking
		return evidence.Failed("missing", facts), true
	case len(broken) > 0:
		facts["where"] = broken
		return evidence.Failed("invalid", facts), true
	case float64(least) < limits["max_age"]:
		return evidence.Failed("short", facts), true
	}
	return evidence.Finding{}, false
}
