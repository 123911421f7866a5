package contracts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// served asks whether the service hands out this document and no other.
func served() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: servedID, Class: classServed,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("document"), evidence.Setting("served_at")},
		Reasons: []string{"same", "differs", "absent", "unreadable", "unanswered", "empty"},
	}, runServed, judgeServed)
}

// Served is the served document, held against the file.
type Served struct {
	File       string `json:"file"`
	Path       string `json:"path"`
	Status     int    `json:"status"`
	Bytes      int    `json:"bytes"`      // as served
	FileBytes  int    `json:"file_bytes"` // of the file
	Operations int    `json:"operations"` // in the file
	Identical  bool   `json:"identical"`  // byte for byte
	Equal      bool   `json:"equal"`      // the same JSON value
	Unreadable string `json:"unreadable,omitempty"`
	Error      string `json:"error,omitempty"` // why no whole answer came
	// Differences are the outermost places that differ: "+/paths/~1x" is served
	// only, "-/paths/~1x" is in the file only, "~/info/version" differs.
	Differences []string `json:"differences,omitempty"`
}

// mostDifferences is how many places are told.
const mostDifferences = 30

func runServed(ctx context.Context, b *lab.Bench) (Served, error) {
	raw, err := text(b, true)
	if err != nil {
		return Served{}, err
	}
	file, err := openapi.Read(settings(b).Document, raw)
	if err != nil {
		return Served{}, fmt.Errorf("contracts: document %s: %w: mend what contracts.document shows", settings(b).Document, err)
	}
	a := http.On(b).Get(ctx, settings(b).ServedAt)
	o := Served{File: settings(b).Document, Path: settings(b).ServedAt, Status: a.Status, Bytes: len(a.Body), FileBytes: len(raw), Operations: len(file.Operations)}
	if a.Err != nil {
		o.Error = clean(a.Err.Error(), 200)
		return o, ctx.Err()
	}
	if a.Status/100 != 2 {
		return o, ctx.Err()
	}
	o.Identical = bytes.Equal(a.Body, raw)
	mine, theirs, err := bothTrees(settings(b).Document, raw, a.Body)
	if err != nil {
		o.Unreadable = clean(err.Error(), 200)
		return o, ctx.Err()
	}
	differ("", mine, theirs, &o.Differences)
	o.Equal = len(o.Differences) == 0
	return o, ctx.Err()
}

// bothTrees reads the file and what is served, which may be JSON of a YAML file.
func bothTrees(name string, file, served []byte) (any, any, error) {
	read := openapi.ReadJSON
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		read = openapi.ReadYAML
	}
	mine, err := read(file)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := openapi.ReadJSON(served)
	if err != nil && strings.HasSuffix(name, "ml") {
		theirs, err = openapi.ReadYAML(served)
	}
	return mine.Value, theirs.Value, err
}

// differ lists the outermost places in which two values differ.
func differ(pointer string, mine, theirs any, into *[]string) {
	if len(*into) >= mostDifferences {
		return
	}
	a, aok := mine.(map[string]any)
	b, bok := theirs.(map[string]any)
	if !aok || !bok {
		if !same(mine, theirs) {
			*into = append(*into, clean("~"+cmpOr(pointer, "/"), 150))
		}
		return
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		here := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		_, inFile := a[key]
		_, inServed := b[key]
		switch {
		case inFile && inServed:
			differ(here, a[key], b[key], into)
		case inFile:
			*into = append(*into, clean("-"+here, 150))
		default:
			*into = append(*into, clean("+"+here, 150))
		}
	}
}

// same tells whether two values say the same; 1 and 1.0 do.
func same(a, b any) bool {
	x, xok := a.(json.Number)
	y, yok := b.(json.Number)
	if xok && yok {
		f, err1 := x.Float64()
		g, err2 := y.Float64()
		return x == y || (err1 == nil && err2 == nil && f == g)
	}
	return reflect.DeepEqual(a, b)
}

func judgeServed(o Served, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"file": o.File, "path": o.Path, "status": o.Status, "operations": o.Operations, "count": len(o.Differences), "detail": cmpOr(o.Unreadable, o.Error),
		"names": some(o.Differences, func(s string) string { return s })}
	switch {
	case o.Path == "":
		return evidence.Undecided("empty", facts)
	case o.Error != "" || o.Status == 0:
		return evidence.Undecided("unanswered", facts)
	case o.Status/100 != 2:
		return evidence.Failed("absent", facts)
	case o.Unreadable != "":
		return evidence.Failed("unreadable", facts)
	case !o.Equal || len(o.Differences) > 0:
		return evidence.Failed("differs", facts)
	case o.Operations == 0 || o.Bytes == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("same", facts)
}
