package parity

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
	labwire "listo/internal/lab/wire"
)

// trustProxy asks whose word about the client the service believes. It sees it
// in the log: the address that the service writes down is the one that it limits,
// blocks and audits by.
func trustProxy() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: trustProxyID, Class: trustProxyID,
		Needs: []evidence.Need{evidence.NeedService, evidence.Setting("expect.trust_proxy.request"), evidence.Setting("expect.trust_proxy.trusted"),
			evidence.Setting("expect.trust_proxy.untrusted")},
		Reasons: []string{"right_to_left", "believes_anybody", "leftmost", "ignored", "proto_believed", "proto_ignored", "unclear", "unseen", "unbound", "unanswered", "nothing"},
	}, runTrustProxy, judgeTrustProxy)
}

// Addresses of documentation (RFC 5737): nobody has them.
const (
	realClient = "203.0.113.77"  // whom the trusted proxy saw
	forged     = "198.51.100.23" // what a client wrote of itself
)

// The cases.
const (
	caseDirect    = "direct"               // the proxy itself, without a header
	caseOneHop    = "one_hop"              // the proxy tells of a client
	caseForged    = "forged_left"          // the client had written something on the left
	caseTwoFields = "two_fields"           // the same, in two fields of one name
	caseGarbage   = "garbage"              // the proxy passes on what is no address
	caseStranger  = "stranger"             // a stranger writes X-Forwarded-For
	caseKin       = "stranger_kin"         // a stranger writes the other headers of the kind
	caseProto     = "proto"                // the proxy says that it was asked over TLS
	caseNoProto   = "proto_stranger"       // a stranger says so
	mostLogWait   = 3 * time.Second        // for a line to reach the log
	leastLogWait  = 300 * time.Millisecond // for a line, once one did not come
	trustPatience = 5 * time.Second        // for an answer
	hsts          = "Strict-Transport-Security"
)

// Believed is what the service took for the client in each case.
type Believed struct {
	Request   string      `json:"request"`
	Trusted   string      `json:"trusted"`
	Untrusted string      `json:"untrusted"`
	Proto     bool        `json:"proto"` // HSTS is expected behind TLS
	Cases     []TrustCase `json:"cases"`
}

// TrustCase is one request.
type TrustCase struct {
	Name string `json:"name"`
	Peer string `json:"peer"` // where it came from
	Sent string `json:"sent"` // its headers about the client
	Want string `json:"want"`
	// Saw is the address in the request's log line; "" when there was none.
	Saw    string `json:"saw"`
	Logged bool   `json:"logged"` // there was such a line
	Status int    `json:"status"`
	HSTS   bool   `json:"hsts"`
	Err    string `json:"err,omitempty"`
}

func runTrustProxy(ctx context.Context, b *lab.Bench) (Believed, error) {
	t := settings(b).Expect.TrustProxy
	o := Believed{Request: t.Request, Trusted: t.Trusted, Untrusted: t.Untrusted, Proto: t.Proto}
	client, err := labwire.On(b)
	if err != nil {
		return o, err
	}
	wait := mostLogWait
	for _, c := range trustCases(t) {
		if err := c.try(ctx, b, client, wait); err != nil {
			return o, err
		}
		if !c.Logged { // whoever did not log this one will not log the next
			wait = leastLogWait
		}
		o.Cases = append(o.Cases, c.TrustCase)
	}
	return o, ctx.Err()
}

// planned is a case with the fields that are sent.
type planned struct {
	TrustCase
	fields []string
}

func trustCases(t TrustProxy) []planned {
	const xff = "X-Forwarded-For"
	list := []planned{
		{TrustCase{Name: caseDirect, Peer: t.Trusted, Want: t.Trusted}, nil},
		{TrustCase{Name: caseOneHop, Peer: t.Trusted, Want: realClient}, []string{xff, realClient}},
		{TrustCase{Name: caseForged, Peer: t.Trusted, Want: realClient}, []string{xff, forged + ", " + realClient}},
		{TrustCase{Name: caseTwoFields, Peer: t.Trusted, Want: realClient}, []string{xff, forged, xff, realClient}},
		{TrustCase{Name: caseGarbage, Peer: t.Trusted, Want: t.Trusted}, []string{xff, forged + ", unknown"}},
		{TrustCase{Name: caseStranger, Peer: t.Untrusted, Want: t.Untrusted}, []string{xff, forged}},
		{TrustCase{Name: caseKin, Peer: t.Untrusted, Want: t.Untrusted},
			[]string{"Forwarded", "for=" + forged, "X-Real-IP", forged, "X-Client-IP", forged, "True-Client-IP", forged, "CF-Connecting-IP", forged}},
	}
	if t.Proto {
		list = append(list,
			planned{TrustCase{Name: caseProto, Peer: t.Trusted, Want: realClient}, []string{xff, realClient, "X-Forwarded-Proto", "https"}},
			planned{TrustCase{Name: caseNoProto, Peer: t.Untrusted, Want: t.Untrusted}, []string{"X-Forwarded-Proto", "https", "Forwarded", "proto=https"}})
	}
	for i, c := range list {
		var sent []string
		for j := 0; j < len(c.fields); j += 2 {
			sent = append(sent, c.fields[j]+": "+c.fields[j+1])
		}
		list[i].Sent = strings.Join(sent, "; ")
	}
	return list
}

// try sends one request and finds its line in the log.
func (c *planned) try(ctx context.Context, b *lab.Bench, client *labwire.Client, wait time.Duration) error {
	raw := make([]byte, 8)
	if _, err := io.ReadFull(b.Rand, raw); err != nil {
		return fmt.Errorf("parity: no randomness: %w", err)
	}
	mark := fmt.Sprintf("listo-parity-%x", raw)
	peer, err := netip.ParseAddr(c.Peer)
	if err != nil {
		return fmt.Errorf("parity: trust_proxy: %w", err)
	}
	_, path, err := methodAndPath(settings(b).Expect.TrustProxy.Request)
	if err != nil {
		return err
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	text := message("GET", path+join+"listo="+mark, client.Host(), nil, append([]string{"X-Request-Id", mark, "Connection", "close"}, c.fields...)...)
	t := client.Talk(ctx, labwire.Plan{Script: wire.Script{From: peer, Steps: []wire.Step{wire.Request(text)}, Answers: 1, Patience: trustPatience}})
	if t.Err != nil {
		c.Err = strings.ToValidUTF8(t.Err.Error(), "\ufffd")
		return ctx.Err()
	}
	if c.Status = statusOf(t); c.Status != 0 {
		c.HSTS = t.Answers[0].Get(hsts) != ""
		c.Saw, c.Logged = c.look(ctx, b, marksOf(mark, t.Answers[0].Get("X-Request-Id")), wait)
	}
	return ctx.Err()
}

// shortestID is how long an id must be to be looked for in a log: a shorter one may stand there for something else.
const shortestID = 8

// marksOf gives what the log line of a request may hold: the id that was sent, or the one that the service gave it. Who does not
// believe strangers does not take their ids either.
func marksOf(sent, given string) []string {
	if len(given) < shortestID || given == sent {
		return []string{sent}
	}
	return []string{sent, given}
}

// look waits for the log line with one of the marks and gives the client's address in it.
func (c *planned) look(ctx context.Context, b *lab.Bench, marks []string, wait time.Duration) (saw string, logged bool) {
	if b.Target.Log == nil {
		return "", false
	}
	for deadline := time.Now().Add(wait); ; {
		if log, err := b.Target.Log(); err == nil {
			if line, ok := lineWith(string(log), marks); ok {
				touch := b.Touch("log", "")
				touch.Capture("line", "text/plain", []byte(line), true)
				touch.End(0, nil)
				return addressIn(line, settings(b).Expect.TrustProxy.LogField), true
			}
		}
		if time.Now().After(deadline) {
			return "", false
		}
		select {
		case <-ctx.Done():
			return "", false
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// lineWith gives the last line that holds the first of the marks that is there.
func lineWith(log string, marks []string) (string, bool) {
	at := -1
	for _, mark := range marks {
		if at = strings.LastIndex(log, mark); at >= 0 {
			break
		}
	}
	if at < 0 {
		return "", false
	}
	begin := strings.LastIndexByte(log[:at], '\n') + 1
	end := strings.IndexByte(log[at:], '\n')
	if end < 0 {
		return "", false // it is still being written
	}
	return log[begin : at+end], true
}

var looksLikeAddress = regexp.MustCompile(`(?:\d{1,3}\.){3}\d{1,3}|::1|unknown`)

// addressIn gives the client's address in a log line: what the named member
// holds, or without a name the one address in it. A line with several different
// addresses tells nothing.
func addressIn(line, field string) string {
	if field != "" {
		var object map[string]any
		if json.Unmarshal([]byte(line), &object) != nil {
			return ""
		}
		text, _ := object[field].(string)
		return plainAddress(text)
	}
	found := looksLikeAddress.FindAllString(line, -1)
	for _, other := range found {
		if other != found[0] {
			return ""
		}
	}
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// plainAddress leaves a port and the mapping of IPv4 into IPv6 away.
func plainAddress(s string) string {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().String()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().String()
	}
	return strings.ToValidUTF8(s[:min(len(s), 100)], "\ufffd")
}

// Right tells that the service took the right address for the client.
func (c TrustCase) Right() bool { return c.Logged && c.Saw == c.Want }

func judgeTrustProxy(o Believed, _ evidence.Limits) evidence.Finding {
	by := map[string]TrustCase{}
	answered, logged, seen, right := 0, 0, 0, 0
	for _, c := range o.Cases {
		by[c.Name] = c
		answered += one(c.Status != 0)
		logged += one(c.Logged)
		seen += one(c.Saw != "")
		right += one(c.Right())
	}
	facts := evidence.Facts{"cases": len(o.Cases), "right": right, "seen": seen, "trusted": []string{o.Trusted}, "untrusted": []string{o.Untrusted}, "forged": []string{forged}, "client": []string{realClient}}
	switch stranger, kin := by[caseStranger], by[caseKin]; {
	case len(o.Cases) < 7 || len(by) != len(o.Cases):
		return evidence.Undecided("nothing", facts)
	case stranger.Saw == forged || kin.Saw == forged:
		return evidence.Failed("believes_anybody", facts)
	case by[caseForged].Saw == forged || by[caseTwoFields].Saw == forged || by[caseGarbage].Saw == forged:
		return evidence.Failed("leftmost", facts)
	case by[caseNoProto].HSTS && !by[caseDirect].HSTS:
		return evidence.Failed("proto_believed", facts)
	case stranger.Err != "":
		return evidence.Undecided("unbound", facts)
	case answered < len(o.Cases):
		return evidence.Undecided("unanswered", facts)
	case by[caseOneHop].Saw == o.Trusted:
		return evidence.Failed("ignored", facts)
	case logged < len(o.Cases) || seen < len(o.Cases):
		return evidence.Undecided("unseen", facts)
	case o.Proto && !by[caseProto].HSTS:
		return evidence.Failed("proto_ignored", facts)
	case right < len(o.Cases):
		facts["wrong"] = wrongCases(o.Cases)
		return evidence.Failed("unclear", facts)
	}
	return evidence.Passed("right_to_left", facts)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func wrongCases(all []TrustCase) []string {
	var names []string
	for _, c := range all {
		if !c.Right() {
			names = append(names, c.Name)
		}
	}
	return first(names)
}
