package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gastos/internal/problem"
)

// fields reads the members of a body one by one and collects what is wrong.
type fields struct {
	object map[string]json.RawMessage
	faults []problem.Field
}

func readFields(r *http.Request) (*fields, error) {
	object, err := readObject(r)
	return &fields{object: object}, err
}

// done reports all faults, unknown members among them.
func (f *fields) done() error {
	for name := range f.object {
		f.fault(clip(name), "is not known")
	}
	if len(f.faults) == 0 {
		return nil
	}
	slices.SortFunc(f.faults, func(a, b problem.Field) int { return strings.Compare(a.Field, b.Field) })
	return problem.Invalid(http.StatusUnprocessableEntity, "the body is not valid", f.faults)
}

func (f *fields) fault(field, format string, args ...any) {
	const most = 20 // a body full of unknown members does not get an answer as long
	if len(f.faults) < most {
		f.faults = append(f.faults, problem.Field{Field: field, Message: fmt.Sprintf(format, args...)})
	}
}

// take removes a member: what is left at the end is unknown.
func (f *fields) take(name string) (json.RawMessage, bool) {
	raw, ok := f.object[name]
	delete(f.object, name)
	if !ok {
		f.fault(name, "is required")
	}
	return raw, ok
}

// str reads a string; it returns false after it has reported a fault.
func (f *fields) str(name string) (string, bool) {
	raw, ok := f.take(name)
	if !ok {
		return "", false
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		f.fault(name, "must be a string")
		return "", false
	}
	// encoding/json turns half a surrogate pair into U+FFFD without a word.
	if strings.ContainsRune(*s, utf8.RuneError) && !bytes.ContainsRune(raw, utf8.RuneError) &&
		!bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`)) {
		f.fault(name, "must be valid Unicode")
		return "", false
	}
	return *s, true
}

// text reads a string of least to most characters, none of them a control character.
func (f *fields) text(name string, least, most int) string {
	s, ok := f.str(name)
	if ok && !isText(s, least, most) {
		f.fault(name, "must have %d to %d characters, none of them a control character", least, most)
	}
	return s
}

func (f *fields) oneOf(name string, allowed []string) string {
	s, ok := f.str(name)
	if ok && !slices.Contains(allowed, s) {
		f.fault(name, "must be one of %s", strings.Join(allowed, ", "))
	}
	return s
}

func (f *fields) amount(name string) string {
	s, ok := f.str(name)
	if ok && !amount.MatchString(s) {
		f.fault(name, "must be an amount from 0.01 to 99999999.99 with two decimals")
	}
	return s
}

func (f *fields) date(name string) string {
	s, ok := f.str(name)
	if ok && !isDate(s) {
		f.fault(name, "%s", dateRule)
	}
	return s
}

func (f *fields) id(name string) int64 {
	raw, ok := f.take(name)
	if !ok {
		return 0
	}
	// 3.0 is an integer too (JSON Schema, section 6.1.1), "3" and true are not.
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n != math.Trunc(n) || n < 1 || n > maxID {
		f.fault(name, "must be an integer from 1 to %d", maxID)
		return 0
	}
	return int64(n)
}
