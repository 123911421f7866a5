package discover

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	tenantQuery = regexp.MustCompile(`(?i)^(empresa|company|companies|tenant|org|organi[sz]ation|organizacion|account|cuenta|workspace|customer|cliente)_?-?(id|uuid)$`)
	healthPath  = regexp.MustCompile(`(?i)/(healthz?|health-?check|readyz?|ready|readiness|livez?|liveness|live|ping|status|metrics|version|docs|openapi[^/]*|swagger[^/]*)$`)
	ownPath     = regexp.MustCompile(`(?i)/(me|whoami|profile|perfil|userinfo)$`)
)

// Read gives the GET that most surely reads a table of the service: a list that
// is asked for one tenant, of a resource that can be created too.
func (d *Document) Read() (request Text, o Operation, ok bool) {
	all := slices.DeleteFunc(slices.Clone(d.Operations), func(o Operation) bool {
		return o.Method != "GET" || strings.Contains(o.Path, "{") || o.Path == "/" || healthPath.MatchString(o.Path) || ownPath.MatchString(o.Path)
	})
	all = slices.DeleteFunc(all, func(o Operation) bool { _, known := target(o); return !known })
	if len(all) == 0 {
		return Text{}, Operation{}, false
	}
	best := slices.MinFunc(all, func(a, b Operation) int { return cmp.Compare(d.unlikely(a), d.unlikely(b)) })
	line, _ := target(best)
	return Text{"GET " + line, d.File + ": " + best.Path}, best, true
}

// unlikely ranks a list: 0 is the likeliest to be the main one.
func (d *Document) unlikely(o Operation) int {
	rank := 0
	if _, asked := tenant(o); !asked {
		rank += 4
	}
	if !slices.ContainsFunc(d.Operations, func(other Operation) bool { return other.Method == "POST" && other.Path == o.Path }) {
		rank += 2
	}
	if !o.Secured {
		rank++
	}
	return rank
}

func tenant(o Operation) (Parameter, bool) {
	i := slices.IndexFunc(o.Query, func(p Parameter) bool { return tenantQuery.MatchString(p.Name) })
	if i < 0 {
		return Parameter{}, false
	}
	return o.Query[i], true
}

// target gives path and query with every query parameter that must be sent;
// false when the value of one is not known.
func target(o Operation) (string, bool) {
	query := ""
	for _, p := range o.Query {
		value := p.Example
		if own := tenantQuery.MatchString(p.Name); !p.Required && !own {
			continue
		} else if own && value == "" {
			value = "1"
		}
		if value == "" {
			return "", false
		}
		query += "&" + p.Name + "=" + url.QueryEscape(value)
	}
	return o.Path + strings.Replace(query, "&", "?", 1), true
}

// Failing gives a request that Read's operation must refuse: a word where the
// tenant's number is wanted.
func (d *Document) Failing(o Operation) (Text, bool) {
	p, ok := tenant(o)
	if !ok || (p.Type != "integer" && p.Type != "number") {
		return Text{}, false
	}
	line, _ := target(Operation{Path: o.Path, Query: []Parameter{{Name: p.Name, Required: true, Example: "x"}}})
	return Text{"GET " + line, d.File + ": " + o.Path + " wants a number for " + p.Name}, true
}

// Protected gives a GET that wants a token and says who one is, or any that wants
// a token.
func (d *Document) Protected() (Text, bool) {
	for _, wanted := range []func(Operation) bool{
		func(o Operation) bool { return ownPath.MatchString(o.Path) },
		func(o Operation) bool { return !healthPath.MatchString(o.Path) },
	} {
		for _, o := range d.Operations {
			line, known := target(o)
			if o.Method == "GET" && o.Secured && known && !strings.Contains(o.Path, "{") && wanted(o) {
				return Text{"GET " + line, d.File + ": " + o.Path}, true
			}
		}
	}
	return Text{}, false
}

// Ready gives the path that tells whether the service is ready, else healthy.
func (d *Document) Ready() (Text, bool) {
	for _, pattern := range []string{`(?i)/(readyz?|readiness|health/ready)$`, `(?i)/(healthz?|health-?check|livez?|status|ping)$`} {
		for _, o := range d.Operations {
			if o.Method == "GET" && regexp.MustCompile(pattern).MatchString(o.Path) {
				return Text{o.Path, d.File + ": " + o.Path}, true
			}
		}
	}
	return Text{}, false
}
