package contracts

import (
	"context"
	"slices"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// documentIs asks whether the document is a right OpenAPI document.
func documentIs() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: documentID, Class: classDocument,
		Needs:   []evidence.Need{evidence.Setting("document")},
		Reasons: []string{"right", "unreadable", "wrong", "empty"},
	}, runDocument, judgeDocument)
}

// Document is what was read in the document.
type Document struct {
	File       string            `json:"file"`
	Version    string            `json:"version"`
	Title      string            `json:"title"`
	Bytes      int               `json:"bytes"`
	Operations int               `json:"operations"`
	Answers    int               `json:"answers"`    // documented, over all operations
	Parameters int               `json:"parameters"` // over all operations
	Bodies     int               `json:"bodies"`
	Unreadable string            `json:"unreadable,omitempty"`
	Problems   []openapi.Problem `json:"problems,omitempty"`
}

func runDocument(ctx context.Context, b *lab.Bench) (Document, error) {
	raw, err := text(b, true)
	if err != nil {
		return Document{}, err
	}
	o := Document{File: settings(b).Document, Bytes: len(raw)}
	d, err := openapi.Read(o.File, raw)
	if err != nil {
		o.Unreadable = clean(err.Error(), 300)
		return o, ctx.Err()
	}
	o.Version, o.Title, o.Operations = clean(d.Version, 20), clean(d.Title, 100), len(d.Operations)
	for _, op := range d.Operations {
		o.Answers += len(op.Answers)
		o.Parameters += len(op.Parameters)
		if op.Body != nil {
			o.Bodies++
		}
	}
	o.Problems = slices.Clone(d.Problems)
	for i := range o.Problems {
		o.Problems[i].Say, o.Problems[i].Pointer = clean(o.Problems[i].Say, 200), clean(o.Problems[i].Pointer, 150)
	}
	return o, ctx.Err()
}

func judgeDocument(o Document, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"file": o.File, "version": o.Version, "operations": o.Operations, "answers": o.Answers, "parameters": o.Parameters,
		"count": len(o.Problems), "detail": o.Unreadable}
	switch {
	case o.Unreadable != "":
		return evidence.Failed("unreadable", facts)
	case len(o.Problems) > 0:
		facts["names"] = some(o.Problems, func(p openapi.Problem) string { return o.File + ":" + p.At.String() + " " + p.Say })
		return evidence.Failed("wrong", facts)
	case o.Operations == 0 || o.Answers == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("right", facts)
}
