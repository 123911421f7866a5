package openapi

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed schemas/3.0.json
var official30 []byte

//go:embed schemas/3.1.json
var official31 []byte

// maxProblems is how many problems are told.
const maxProblems = 50

func (d *Document) problem(kind, pointer, format string, args ...any) {
	if len(d.Problems) < maxProblems {
		d.Problems = append(d.Problems, Problem{kind, pointer, d.tree.At(pointer), fmt.Sprintf(format, args...)})
	}
}

// wellFormed holds the document against the official schema of its version.
func (d *Document) wellFormed() {
	source := official31
	if strings.HasPrefix(d.Version, "3.0.") {
		source = official30
	}
	official, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	c := jsonschema.NewCompiler()
	if err == nil {
		err = c.AddResource("listo:///official", official)
	}
	var compiled *jsonschema.Schema
	if err == nil {
		compiled, err = c.Compile("listo:///official")
	}
	if err != nil {
		d.problem("openapi", "", "the official schema cannot be used: %v", err)
		return
	}
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(d.tree.Value), &invalid) {
		for _, b := range leaves(invalid) {
			d.problem("openapi", b.Pointer, "%s (%s)", b.Say, b.Keyword)
		}
	}
}

var templated = regexp.MustCompile(`\{([^{}]*)\}`)

// examine looks for what the official schema cannot see.
func (d *Document) examine() {
	if len(d.Operations) == 0 {
		d.problem("empty", "/paths", "it documents no operation")
	}
	d.references(d.tree.Value, "")
	ids, forms := map[string]string{}, map[string]string{}
	for _, o := range d.Operations {
		if before, twice := ids[o.ID]; o.ID != "" && twice {
			d.problem("operation", o.Pointer, "the operationId %q is that of %s too", clip(o.ID), before)
		}
		ids[o.ID] = o.Name()
		form := o.Method + " " + templated.ReplaceAllString(o.Path, "{}")
		if before, twice := forms[form]; twice && before != o.Path {
			d.problem("path", o.Pointer, "it cannot be told from %s", before)
		}
		forms[form] = o.Path
		d.examineParameters(o)
		d.examineExamples(o)
		d.examineAnswers(o)
		d.examineSecurity(o)
	}
	eachSchema(d.tree.Value, "", func(_ map[string]any, pointer string) {
		if _, err := d.answer.at(pointer); err != nil {
			d.problem("schema", pointer, "the schema cannot be used: %s", clip(err.Error()))
		}
	})
	slices.SortFunc(d.Problems, func(a, b Problem) int {
		if a.At != b.At {
			return (a.At.Line-b.At.Line)*10_000 + a.At.Column - b.At.Column
		}
		return strings.Compare(a.Pointer+a.Say, b.Pointer+b.Say)
	})
	d.Problems = slices.CompactFunc(d.Problems, func(a, b Problem) bool { return a == b })
}

// references looks at every reference, also where nobody goes.
func (d *Document) references(node any, pointer string) {
	switch node := node.(type) {
	case map[string]any:
		if ref, ok := node["$ref"].(string); ok {
			if inside, ok := fragment(ref); !ok && !strings.HasPrefix(ref, "#") {
				d.problem("reference", pointer, "%s leads out of the document: bundle it into one file", clip(ref))
			} else if ok && d.at(inside) == nil {
				d.problem("reference", pointer, "%s leads nowhere", clip(ref))
			}
		}
		for key, child := range node {
			if key != "example" && key != "examples" && key != "enum" && key != "const" && key != "default" {
				d.references(child, pointer+"/"+escape(key))
			}
		}
	case []any:
		for i, child := range node {
			d.references(child, pointer+"/"+itoa(i))
		}
	}
}

func (d *Document) examineParameters(o *Operation) {
	declared := map[string]bool{}
	for _, p := range o.Parameters {
		if p.In != "path" {
			continue
		}
		declared[p.Name] = true
		switch {
		case !strings.Contains(o.Path, "{"+p.Name+"}"):
			d.problem("parameter", p.Pointer, "%s has no {%s} in its path", o.Name(), clip(p.Name))
		case !p.Required:
			d.problem("parameter", p.Pointer, "a path parameter is always required")
		}
	}
	for _, name := range templated.FindAllStringSubmatch(o.Path, -1) {
		if !declared[name[1]] {
			d.problem("parameter", o.Pointer, "{%s} is not declared as a parameter", clip(name[1]))
		}
	}
}

func (d *Document) examineExamples(o *Operation) {
	check := func(what, pointer string, s *Schema, example any, judge func(any) []Breach) {
		if s == nil || example == nil {
			return
		}
		for _, b := range judge(example) {
			d.problem("example", pointer, "the example of %s does not fit its schema: %s", what, b)
		}
	}
	for _, p := range o.Parameters {
		if p.Schema != nil {
			check(p.Name, p.Pointer, p.Schema, p.Example, p.Schema.InRequest)
		}
	}
	if o.Body != nil {
		for _, m := range o.Body.Content {
			if m.Schema != nil {
				check("the body", o.Body.Pointer, m.Schema, m.Example, m.Schema.InRequest)
			}
		}
	}
	for status, a := range o.Answers {
		for _, m := range a.Content {
			if m.Schema != nil {
				check(status, a.Pointer, m.Schema, m.Example, m.Schema.InAnswer)
			}
		}
	}
}

func (d *Document) examineAnswers(o *Operation) {
	if len(o.Answers) == 0 {
		d.problem("answer", o.Pointer, "it documents no answer")
	}
	success := false
	for status, a := range o.Answers {
		success = success || status[0] == '2' || status[0] == '3' || status == "default"
		for _, m := range a.Content {
			if IsJSON(m.Type) && m.Schema == nil {
				d.problem("answer", a.Pointer, "the answer %s is JSON and has no schema", status)
			}
		}
	}
	if !success && len(o.Answers) > 0 {
		d.problem("answer", o.Pointer, "it documents no success")
	}
}

func (d *Document) examineSecurity(o *Operation) {
	node, _ := d.at(o.Pointer).(map[string]any)
	list, own := node["security"].([]any)
	if !own {
		list, _ = field(d.tree.Value, "security").([]any)
	}
	for _, one := range list {
		names, _ := one.(map[string]any)
		for name := range names {
			if d.schemes[name] == nil {
				d.problem("security", o.Pointer, "the security scheme %q is not defined", clip(name))
			}
		}
	}
}
