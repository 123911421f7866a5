package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gastos/internal/problem"
	"gastos/internal/store"
)

const (
	maxPage         = 1_000_000
	maxPageSize     = 100
	defaultPageSize = 20
	maxSearch       = 100
)

// query reads the parameters of a URL one by one and collects what is wrong.
// Parameters that no one reads are ignored, as HTTP caches and proxies add them.
type query struct {
	values url.Values
	faults []problem.Field
}

func readQuery(r *http.Request) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "the query is not well formed")
	}
	return &query{values: values}, nil
}

func (q *query) done() error {
	if len(q.faults) == 0 {
		return nil
	}
	return problem.Invalid(http.StatusBadRequest, "the query is not valid", q.faults)
}

func (q *query) fault(name, format string, args ...any) {
	q.faults = append(q.faults, problem.Field{Field: name, Message: fmt.Sprintf(format, args...)})
}

// one returns a parameter's only value; two would leave the choice to chance.
func (q *query) one(name string) (value string, given bool) {
	values := q.values[name]
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return values[0], true
	}
	q.fault(name, "must be given once")
	return "", false
}

func (q *query) requiredID(name string) int64 {
	if !q.values.Has(name) {
		q.fault(name, "is required")
		return 0
	}
	return q.integer(name, 0, maxID)
}

func (q *query) optionalID(name string) *int64 {
	if !q.values.Has(name) {
		return nil
	}
	id := q.integer(name, 0, maxID)
	return &id
}

func (q *query) page() store.Page {
	return store.Page{
		Number: q.integer("page", 1, maxPage),
		Size:   q.integer("pageSize", defaultPageSize, maxPageSize),
	}
}

// integer reads an integer from 1 to most.
func (q *query) integer(name string, otherwise, most int64) int64 {
	value, given := q.one(name)
	if !given {
		return otherwise
	}
	n, ok := parseInteger(value, most)
	if !ok {
		q.fault(name, "must be an integer from 1 to %d", most)
	}
	return n
}

func (q *query) oneOf(name string, allowed []string) *string {
	return q.optional(name, "must be one of "+strings.Join(allowed, ", "),
		func(s string) bool { return slices.Contains(allowed, s) })
}

func (q *query) date(name string) *string { return q.optional(name, dateRule, isDate) }

func (q *query) search(name string) *string {
	return q.optional(name, fmt.Sprintf("must have 1 to %d characters, none of them a control character", maxSearch),
		func(s string) bool { return isText(s, 1, maxSearch) })
}

func (q *query) optional(name, message string, valid func(string) bool) *string {
	value, given := q.one(name)
	if !given {
		return nil
	}
	if !valid(value) {
		q.fault(name, "%s", message)
	}
	return &value
}

// pathID reads the {id} of a path.
func pathID(r *http.Request) (int64, error) {
	id, ok := parseInteger(r.PathValue("id"), maxID)
	if !ok {
		return 0, problem.Invalid(http.StatusBadRequest, "the path is not valid",
			[]problem.Field{{Field: "id", Message: fmt.Sprintf("must be an integer from 1 to %d", int64(maxID))}})
	}
	return id, nil
}

// parseInteger takes plain digits only: no sign, no leading zero, no space.
func parseInteger(s string, most int64) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 1 && n <= most && s[0] != '+' && s[0] != '0'
}
