package frontend

import (
	"context"

	"listo/internal/engine/manifest"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// The bounds of one look at what is served. A frontend past them is not judged.
const (
	mostFiles = 500
	mostBytes = 64 << 20
	mostFile  = http.MaxBody // of one file
)

// served asks whether a client gets the recorded bytes.
func served() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: servedID, Class: classServed,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("directory"), evidence.Setting("manifest")},
		Reasons: []string{"exact", "differs", "beyond", "throttled", "unanswered", "links", "empty"},
	}, runServed, judgeServed)
}

// Served is what the service handed out, compared byte for byte with what is recorded.
type Served struct {
	Files   int   `json:"files"` // in the manifest
	Bytes   int64 `json:"bytes"` // of the folder
	Largest int64 `json:"largest"`
	Links   Names `json:"links"` // symbolic links in the manifest; never asked for
	// Addresses are the paths to be served; every one was asked for in each form
	// it comes in, or stands under one of the last three counts or was not reached.
	Addresses  int `json:"addresses"`
	Exact      int `json:"exact"`
	Differing  int `json:"differing"`
	Throttled  int `json:"throttled"`  // 429 until listo's patience ended
	Unanswered int `json:"unanswered"` // no whole answer
	Requests   int `json:"requests"`
	// Codings counts the answers by content coding; "identity" is none.
	Codings     map[string]int `json:"codings,omitempty"`
	Differences []Difference   `json:"differences,omitempty"` // the first of them
	Failures    []string       `json:"failures,omitempty"`
}

// Difference is one answer that is not the recorded file.
type Difference struct {
	Path           string `json:"path"` // as requested
	File           string `json:"file"` // in the folder
	AcceptEncoding string `json:"accept_encoding"`
	Kind           string `json:"kind"` // status, coding or body
	Status         int    `json:"status"`
	Coding         string `json:"coding,omitempty"` // Content-Encoding
	// Bytes counts what came, decoded, as far as it was read.
	Bytes int64 `json:"bytes"`
	// Offset is the first byte that differs, from 0; -1 when that is not known.
	Offset int64 `json:"offset"`
}

func runServed(ctx context.Context, b *lab.Bench) (Served, error) {
	was, err := recorded(b)
	if err != nil {
		return Served{}, err
	}
	is, err := found(ctx, b)
	if err != nil {
		return Served{}, err
	}
	o := Served{Files: len(was), Bytes: is.Bytes(), Links: namesOf(was.Links(func(manifest.Entry) bool { return true }))}
	for _, e := range is {
		o.Largest = max(o.Largest, e.Size)
	}
	addresses, err := addressesOf(settings(b), was)
	if o.Addresses = len(addresses); err != nil || o.beyond() {
		return o, err
	}
	a := asker{b: b, client: http.On(b), seen: &o, folder: path(b, settings(b).Directory)}
	a.all(ctx, addresses)
	return o, ctx.Err()
}

// Open counts the paths of which nothing can be said.
func (o Served) Open() int { return o.Addresses - o.Exact - o.Differing }

func (o Served) beyond() bool {
	return o.Files > mostFiles || o.Addresses > mostFiles || o.Bytes > mostBytes || o.Largest > mostFile
}

func judgeServed(o Served, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{
		"files": o.Files, "size": sizeOf(o.Bytes), "largest": sizeOf(o.Largest),
		"most_files": mostFiles, "most_size": sizeOf(mostBytes), "most_largest": sizeOf(mostFile),
		"addresses": o.Addresses, "exact": o.Exact, "differing": o.Differing, "requests": o.Requests,
		"open": o.Open(), "links": some(o.Links),
	}
	switch {
	case o.Files == 0:
		return evidence.Undecided("empty", facts)
	case o.beyond():
		return evidence.Undecided("beyond", facts)
	case o.Differing > 0 || len(o.Differences) > 0:
		facts["paths"] = differingPaths(o.Differences)
		return evidence.Failed("differs", facts)
	case o.Throttled > 0:
		return evidence.Undecided("throttled", facts)
	case o.Unanswered > 0 || o.Exact != o.Addresses || o.Requests < 2*o.Addresses:
		return evidence.Undecided("unanswered", facts)
	case o.Links.Count > 0:
		return evidence.Undecided("links", facts)
	case o.Addresses == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("exact", facts)
}

func differingPaths(all []Difference) []string {
	var paths []string
	for _, d := range all[:min(len(all), mostQuoted)] {
		paths = append(paths, d.Path)
	}
	return paths
}
