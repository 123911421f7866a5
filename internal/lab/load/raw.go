package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"listo/internal/engine/load"
)

// raw is one raw output of a run.
type raw struct {
	name, media string
	text        []byte
}

// raw gives all that is kept of a run: enough to draw it again, to add it to
// another one and to doubt the instrument.
func (r *Run) raw(what string) []raw {
	type endpoint struct {
		load.Endpoint
		Histogram        any `json:"histogram,omitempty"`
		ServiceHistogram any `json:"service_histogram,omitempty"`
		FailedHistogram  any `json:"failed_histogram,omitempty"`
	}
	type histogram struct {
		Name    string          `json:"name"`
		Latency *load.Histogram `json:"latency"`
		Service *load.Histogram `json:"service,omitempty"`
	}
	var endpoints []endpoint
	var histograms []histogram
	for _, e := range append([]load.Endpoint{r.Total}, r.Endpoints...) {
		endpoints = append(endpoints, endpoint{Endpoint: e})
		histograms = append(histograms, histogram{e.Name, e.Histogram, e.ServiceHistogram})
	}
	warm, links := r.WarmUp, r.Connections
	warm.Histogram, links.Histogram = nil, nil // of these the figures are enough
	summary := map[string]any{"profile": r.Profile, "address": r.Address, "warm_up": warm, "measured_ns": r.Measured,
		"connections": links, "stalls": r.Stalls, "endpoints": endpoints, "examples": r.Examples}
	return []raw{
		{what + ": endpoints.json", "application/json", indented(summary)},
		{what + ": course.csv", "text/csv", r.course()},
		{what + ": histograms.json", "application/json", compact(histograms)},
		{what + ": instrument.json", "application/json", indented(map[string]any{"instrument": r.Instrument, "machine": r.Machine})},
	}
}

// course is the run window by window. Latencies are milliseconds. The last columns
// are the database's side, where it was looked at within the window.
func (r *Run) course() []byte {
	var out bytes.Buffer
	fmt.Fprintln(&out, "from_s,measured,offered,answered,failed,over_budget,p50_ms,p95_ms,p99_ms,max_ms,db_open,db_busy,db_waiting_for_lock,db_idle_in_transaction,db_longest_ms")
	for i, w := range r.Series {
		from := time.Duration(i) * load.WindowLength
		fmt.Fprintf(&out, "%.2f,%t,%d,%d,%d,%d,%s,%s,%s,%s%s\n", from.Seconds(), from >= r.WarmUp.Lasted,
			w.Offered, w.Done, w.Failed, w.Over, ms(w.P50), ms(w.P95), ms(w.P99), ms(w.Max), r.Database.within(from))
	}
	return out.Bytes()
}

// within is the last look at the database in the window that begins then.
func (d Database) within(from time.Duration) string {
	columns := ",,,,,"
	for _, s := range d.Samples {
		if s.At >= from && s.At < from+load.WindowLength {
			columns = fmt.Sprintf(",%d,%d,%d,%d,%s", s.Open, s.Busy, s.Waiting, s.Holding, ms(s.Longest))
		}
	}
	return columns
}

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1000) }

// indented writes a value that always marshals: it has no type that fails.
func indented(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return []byte(err.Error())
	}
	return append(text, '\n')
}

func compact(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return append(text, '\n')
}
