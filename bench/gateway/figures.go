package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/load"
)

// figures is what was seen of one proxy, one value a round.
type figures struct {
	rate  []float64       // requests/s, as many as it can
	cpu   []time.Duration // of the proxy's own processes, per request
	own   latencies       // at 70 % of its own capacity
	same  latencies       // at the rate that is common to all
	rss   int64           // bytes
	share float64         // requests/s at which own was taken
}

// latencies are those of a proxy, and of the service alone at the same rate just before.
type latencies struct{ p50, p99, directP50, directP99, rate []float64 }

const (
	connections = 64
	target      = "/api/gastos?empresaId=7"
)

// fields are what a browser sends to an API.
func fields(host string) []load.Field {
	return []load.Field{
		{Name: "Host", Value: host}, {Name: "Accept", Value: "application/json"}, {Name: "Accept-Encoding", Value: "gzip, deflate, br, zstd"},
		{Name: "Accept-Language", Value: "es-ES,es;q=0.9"}, {Name: "Origin", Value: "https://app.example"},
		{Name: "Authorization", Value: "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"},
		{Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
	}
}

// throughputRound asks every proxy as much as it can take, in turn.
func throughputRound(ctx context.Context, all []*proxy, lasting time.Duration) error {
	for _, p := range all {
		before, err := p.process.cpu()
		if err != nil {
			return err
		}
		rate, requests, err := wrk(ctx, p.address, lasting)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		after, err := p.process.cpu()
		if err != nil {
			return err
		}
		p.seen.rate = append(p.seen.rate, rate)
		p.seen.cpu = append(p.seen.cpu, (after-before)/time.Duration(requests))
	}
	return nil
}

var (
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
)

// wrk runs wrk once. An answer that is no 2xx or 3xx, or a broken connection, makes the run worthless.
func wrk(ctx context.Context, address string, lasting time.Duration) (rate float64, requests int, err error) {
	args := []string{"-t1", "-c" + strconv.Itoa(connections), "-d" + strconv.Itoa(int(lasting.Seconds())) + "s"}
	for _, f := range fields(address)[1:] {
		args = append(args, "-H", f.Name+": "+f.Value)
	}
	out, err := exec.CommandContext(ctx, "wrk", append(args, "http://"+address+target)...).CombinedOutput()
	text := string(out)
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("wrk: %w: %s", err, text)
	case strings.Contains(text, "Non-2xx") || strings.Contains(text, "Socket errors"):
		return 0, 0, fmt.Errorf("wrk saw errors:\n%s", text)
	}
	number, count := wrkRate.FindStringSubmatch(text), wrkRequests.FindStringSubmatch(text)
	if number == nil || count == nil {
		return 0, 0, fmt.Errorf("wrk says what is not understood:\n%s", text)
	}
	rate, err = strconv.ParseFloat(number[1], 64)
	requests, err2 := strconv.Atoi(count[1])
	return rate, requests, errors.Join(err, err2)
}

// latencyRound takes each proxy's latencies at two rates, those of the service alone at the same rate just before.
func latencyRound(ctx context.Context, all []*proxy, lasting time.Duration, common float64) error {
	for _, p := range all[1:] {
		p.seen.share = 0.7 * median(p.seen.rate)
		for _, at := range []struct {
			rate float64
			to   *latencies
		}{{p.seen.share, &p.seen.own}, {common, &p.seen.same}} {
			alone, err := open(ctx, all[0].address, at.rate, lasting)
			if err != nil {
				return fmt.Errorf("%s: %w", all[0].name, err)
			}
			through, err := open(ctx, p.address, at.rate, lasting)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			at.to.directP50, at.to.directP99 = append(at.to.directP50, ms(alone.Latency.P50)), append(at.to.directP99, ms(alone.Latency.P99))
			at.to.p50, at.to.p99 = append(at.to.p50, ms(through.Latency.P50)), append(at.to.p99, ms(through.Latency.P99))
		}
	}
	return nil
}

// open sends requests at a rate that does not wait for answers. Latency counts from the moment at which a request was due.
func open(ctx context.Context, address string, rate float64, lasting time.Duration) (load.Endpoint, error) {
	r, err := load.Run(ctx, load.Scenario{
		Target: "http://" + address, Requests: []load.Request{{Name: "list", Method: "GET", Path: target, Header: fields(address)[1:], Weight: 1}},
	}, load.Profile{Users: connections, Rate: rate, WarmUp: time.Second, Duration: lasting, Timeout: 5 * time.Second, Seed: 1})
	if err != nil {
		return load.Endpoint{}, err
	}
	if r.Total.Failed > 0 {
		return r.Total, fmt.Errorf("%d of %d requests failed: %v", r.Total.Failed, r.Total.Requests, r.Examples)
	}
	return r.Total, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median[T cmp.Ordered](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	if len(sorted) == 0 {
		var none T
		return none
	}
	return sorted[len(sorted)/2]
}

// differences gives a minus b, round by round.
func differences(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] - b[i]
	}
	return all
}

// ratios gives a over b, round by round.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}
