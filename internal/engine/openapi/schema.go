package openapi

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// location is what the document is called among schemas; nothing is loaded by it.
const location = "listo:///openapi"

// matchTimeout bounds one look of a pattern at one text: a pattern may be made so
// that it never ends.
const matchTimeout = 250 * time.Millisecond

// Schema is a schema at a place of a document.
type Schema struct {
	doc     *Document
	pointer string
}

// Pointer is where the schema stands, before references are followed.
func (s *Schema) Pointer() string { return s.pointer }

// Target is where the schema stands when references are followed: two that lead
// to the same place are the same.
func (s *Schema) Target() string {
	_, at := s.doc.follow(s.doc.at(s.pointer), s.pointer)
	return at
}

// Breach is one way in which a value does not fit a schema.
type Breach struct {
	Pointer string `json:"pointer"` // into the value
	Keyword string `json:"keyword"`
	Say     string `json:"say"`
}

// schemas compiles the schemas of a document for one direction.
type schemas struct {
	compiler *jsonschema.Compiler
	ready    map[string]*jsonschema.Schema
	failed   map[string]error
}

// compile prepares the document's schemas for requests and for answers.
func (d *Document) compile() {
	if strings.HasPrefix(d.Version, "3.0.") {
		d.tree.Value = copied(d.tree.Value)
		eachSchema(d.tree.Value, "", modernise)
	}
	d.request, d.answer = d.schemas("readOnly"), d.schemas("writeOnly")
}

func (d *Document) schemas(otherWay string) *schemas {
	tree := copied(d.tree.Value)
	eachSchema(tree, "", ourDialect)
	eachSchema(tree, "", d.oneWay(otherWay))
	c := newCompiler()
	if err := c.AddResource(location, tree); err != nil {
		d.problem("schema", "", "the schemas cannot be read: %s", clip(err.Error()))
	}
	return &schemas{c, map[string]*jsonschema.Schema{}, map[string]error{}}
}

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	c.UseRegexpEngine(ecmaScript)
	for _, f := range []*jsonschema.Format{{Name: "int32", Validate: within32}, {Name: "int64", Validate: within64}} {
		c.RegisterFormat(f)
	}
	return c
}

// nowhere refuses to load what a document refers to.
type nowhere struct{}

// Load refuses.
func (nowhere) Load(string) (any, error) {
	return nil, errors.New("it refers out of the document: bundle it into one file")
}

// pattern is a regular expression as JSON Schema wants them (ECMA-262).
type pattern struct{ *regexp2.Regexp }

// MatchString tells whether the text matches; one that takes too long does not.
func (p pattern) MatchString(s string) bool {
	found, err := p.Regexp.MatchString(s)
	return err == nil && found
}

func ecmaScript(text string) (jsonschema.Regexp, error) {
	compiled, err := regexp2.Compile(text, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		return nil, err
	}
	compiled.MatchTimeout = matchTimeout
	return pattern{compiled}, nil
}

func within32(v any) error { return withinBits(v, math.MinInt32, math.MaxInt32) }
func within64(v any) error { return withinBits(v, math.MinInt64, math.MaxInt64) }

func withinBits(v any, least, most int64) error {
	n, ok := v.(interface{ String() string }) // json.Number
	if !ok {
		return nil
	}
	i, err := strconv.ParseInt(strings.TrimSuffix(n.String(), ".0"), 10, 64)
	if errors.Is(err, strconv.ErrRange) || (err == nil && (i < least || i > most)) {
		return errors.New("beyond the range of the format")
	}
	return nil
}

func (s *schemas) at(pointer string) (*jsonschema.Schema, error) {
	if ready, ok := s.ready[pointer]; ok {
		return ready, nil
	}
	if err, ok := s.failed[pointer]; ok {
		return nil, err
	}
	compiled, err := s.compiler.Compile(location + "#" + escapedFragment(pointer))
	if err != nil {
		s.failed[pointer] = err
		return nil, err
	}
	s.ready[pointer] = compiled
	return compiled, nil
}

func escapedFragment(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		tokens[i] = url.PathEscape(token)
	}
	return strings.Join(tokens, "/")
}

// InAnswer gives how a value of an answer does not fit.
func (s *Schema) InAnswer(value any) []Breach { return s.doc.answer.breaches(s.pointer, value) }

// InRequest gives how a value of a request does not fit.
func (s *Schema) InRequest(value any) []Breach { return s.doc.request.breaches(s.pointer, value) }

func (s *schemas) breaches(pointer string, value any) []Breach {
	compiled, err := s.at(pointer)
	if err != nil {
		return []Breach{{"", "schema", "the document's schema cannot be used: " + clip(err.Error())}}
	}
	err = compiled.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Breach{{"", "schema", clip(err.Error())}}
	}
	return leaves(invalid)
}

// maxBreaches is how many breaches of one value are told.
const maxBreaches = 8

// leaves gives the innermost reasons.
func leaves(e *jsonschema.ValidationError) []Breach {
	if len(e.Causes) == 0 {
		keyword := "schema"
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			keyword = path[0]
		}
		say := e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
		return []Breach{{pointerOf(e.InstanceLocation), keyword, clip(say)}}
	}
	var all []Breach
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	slices.SortStableFunc(all, func(a, b Breach) int { return strings.Compare(a.Pointer+a.Keyword, b.Pointer+b.Keyword) })
	return all[:min(len(all), maxBreaches)]
}

func pointerOf(tokens []string) string {
	var out strings.Builder
	for _, token := range tokens {
		out.WriteString("/" + escape(token))
	}
	return out.String()
}

// String says a breach in one line.
func (b Breach) String() string {
	return fmt.Sprintf("%s: %s (%s)", cmpOr(b.Pointer, "/"), b.Say, b.Keyword)
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
