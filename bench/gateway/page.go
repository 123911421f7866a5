package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// results is everything that the page tells.
type results struct {
	all          []*proxy
	allocations  allocations
	profile      string
	began, ended string
}

func (r results) named(name string) *proxy {
	for _, p := range r.all {
		if p.name == name {
			return p
		}
	}
	return nil
}

// page prints what was measured, and on what.
func page(out io.Writer, o options, r results) error {
	fmt.Fprintf(out, `# The gateway beside other proxies, measured

Written by `+"`go run ./bench/gateway`"+`. One small service behind all of them, a list of %d bytes in JSON, asked as a browser asks an API.
wrk, %d connections, %d rounds of %v each, every proxy once a round; service, proxies and wrk share the cores. Latency: %d rounds, %v each,
at a fixed rate that does not wait for answers, counted from when a request was due; "added" is over the service alone at
the same rate just before. Processor time is that of the proxy's processes (/proc/PID/stat), memory their resident size with %d
connections that ask once a second. Medians; ratios and differences are made within a round. Configurations: conf/.

- machine: %s
- load average at the start: %s
- load average at the end: %s (the bench itself included)

| proxy | requests/s | lowest | highest | of bare | of Caddy | CPU µs per request | RSS MiB at %d |
|---|--:|--:|--:|--:|--:|--:|--:|
`, len(answerBody), connections, o.rounds, o.lasting, o.latencies, o.lasting, idle, described(), r.began, r.ended, idle)
	for _, p := range r.all {
		s := p.seen
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.0f | %s | %s | %.1f | %s |\n", p.name, median(s.rate), slices.Min(s.rate), slices.Max(s.rate),
			r.ratio(p, stock), r.ratio(p, caddy), float64(median(s.cpu))/float64(time.Microsecond), mebibytes(s.rss))
	}
	if o.latencies > 0 {
		r.latencies(out, o)
	}
	a := r.allocations
	fmt.Fprintf(out, `
Allocations per request, net/http's server included: bare ReverseProxy %.1f (%.0f bytes), listo gateway %.1f (%.0f bytes).
All cures and the upstream of our own together: **%+.1f** over the bare ReverseProxy.
`, a.bare, a.bareBytes, a.gateway, a.gatewayBytes, a.gateway-a.bare)
	r.goals(out)
	if r.profile != "" {
		fmt.Fprintf(out, "\n## Where the gateway's processor time goes\n\nUnder the same load as above.\n\n```\n%s\n```\n", strings.TrimRight(r.profile, "\n"))
	}
	return nil
}

func mebibytes(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", float64(n)/(1<<20))
}

// ratio is the median of the rounds' ratios to another proxy.
func (r results) ratio(p *proxy, to string) string {
	other := r.named(to)
	if other == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", median(ratios(p.seen.rate, other.seen.rate)))
}

func (r results) latencies(out io.Writer, o options) {
	fmt.Fprintf(out, `
| proxy | at requests/s | p50 ms | added | p99 ms | added | lowest and highest added p99 |
|---|--:|--:|--:|--:|--:|---|
`)
	for _, p := range r.all[1:] {
		for _, at := range []struct {
			what string
			latencies
		}{{fmt.Sprintf("%.0f (70 %% of its own)", p.seen.share), p.seen.own}, {fmt.Sprintf("%.0f", o.rate), p.seen.same}} {
			added := differences(at.p99, at.directP99)
			fmt.Fprintf(out, "| %s | %s | %.2f | %.2f | %.2f | %.2f | %.2f, %.2f |\n", p.name, at.what, median(at.p50),
				median(differences(at.p50, at.directP50)), median(at.p99), median(added), slices.Min(added), slices.Max(added))
		}
	}
}

// goals says what was to be reached and what was.
func (r results) goals(out io.Writer) {
	us, bare, other := r.named(ours), r.named(stock), r.named(caddy)
	if us == nil || bare == nil || other == nil {
		return
	}
	fmt.Fprint(out, "\n| to reach, with all cures on | measured | |\n|---|--:|---|\n")
	line := func(what string, is float64, reached bool) {
		word := "missed"
		if reached {
			word = "reached"
		}
		fmt.Fprintf(out, "| %s | %.2f | %s |\n", what, is, word)
	}
	overCaddy, overBare := median(ratios(us.seen.rate, other.seen.rate)), median(ratios(us.seen.rate, bare.seen.rate))
	line("1.5 of Caddy's requests/s", overCaddy, overCaddy >= 1.5)
	line("1.0 of the bare ReverseProxy's requests/s", overBare, overBare >= 1)
	if len(us.seen.own.p99) > 0 {
		added := median(differences(us.seen.own.p99, us.seen.own.directP99))
		line("under 1 ms added at p99, at 70 % of its own capacity", added, added < 1)
	}
	extra := r.allocations.gateway - r.allocations.bare
	line("at most 15 allocations of ours per request", extra, extra <= 15)
}
