package security

import (
	"context"
	nethttp "net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// trick is a read of a stranger's own data, bent to ask for another company's.
type trick struct {
	kind    string
	request order
	header  nethttp.Header
}

// tricksOf gives the ways to ask for foreign by bending own: both name a company in
// the same parameter, with different values. None when they do not.
func tricksOf(own, foreign order) (all []trick) {
	path, query, _ := strings.Cut(own.path, "?")
	other, otherQuery, _ := strings.Cut(foreign.path, "?")
	mine, err1 := url.ParseQuery(query)
	theirs, err2 := url.ParseQuery(otherQuery)
	if err1 != nil || err2 != nil || path != other || own.method != nethttp.MethodGet || foreign.method != own.method {
		return nil
	}
	for _, name := range sortedKeys(theirs) {
		a, b := mine.Get(name), theirs.Get(name)
		if a == "" || b == "" || a == b {
			continue
		}
		n := url.QueryEscape(name)
		as := func(kind, query string) {
			all = append(all, trick{kind: kind, request: order{own.method, path + "?" + rest(mine, name) + query, ""}})
		}
		as("twice", n+"="+a+"&"+n+"="+b)
		as("twice_reversed", n+"="+b+"&"+n+"="+a)
		as("list", n+"[]="+a+"&"+n+"[]="+b)
		as("comma", n+"="+a+","+b)
		as("case", n+"="+a+"&"+strings.ToUpper(n)+"="+b)
		body := `{` + strconv.Quote(name) + `:` + jsonOf(b) + `}`
		all = append(all, trick{"body", order{own.method, own.path, body}, nil})
		for _, header := range []string{"X-Tenant-Id", "X-Company-Id", "X-Organization-Id", "X-" + name} {
			all = append(all, trick{"header", own, nethttp.Header{header: {b}}})
		}
	}
	return all
}

// rest is a query without a parameter, with & at its end unless it is empty.
func rest(all url.Values, but string) string {
	others := url.Values{}
	for name, values := range all {
		if name != but {
			others[name] = values
		}
	}
	if len(others) == 0 {
		return ""
	}
	return others.Encode() + "&"
}

func jsonOf(text string) string {
	if _, err := strconv.Atoi(text); err == nil {
		return text
	}
	return strconv.Quote(text)
}

// bend lets each company's member bend its own reads toward the owner's.
func (t *trial) bend(ctx context.Context, owner company) {
	for i, foreign := range owner.orders {
		for _, by := range t.companies {
			if by.name == owner.name || !foreign.reads() {
				continue
			}
			for _, own := range by.orders {
				for _, k := range tricksOf(own, foreign) {
					r := k.request.request(by.token)
					for name, values := range k.header {
						r.Header[nethttp.CanonicalHeaderKey(name)] = values
					}
					a := patient(ctx, t.client, r)
					d := t.deed(owner, by, k.request, a)
					r.TokenName = tokenName(by.name)
					d.Trick, d.Curl = k.kind, t.client.Replay(r)
					if a.Status/100 == 2 {
						d.Shown = shownOf(owner.before[i].Body, a.Body, by.bodies()...)
					}
					t.o.Tricks = append(t.o.Tricks, d)
				}
			}
		}
	}
}

// leads tells that a trick showed its owner something of another's.
func (d Deed) leads() bool { return d.Shown > 0 }

// untried tells that a trick has no answer, or a limiter's.
func (d Deed) untried() bool { return d.Status == 0 || d.Status == 429 }

// bent lists the tricks by which a stranger was shown something. What is refused, with
// whatever status, or answered with one's own is innocent.
func (o Tenants) bent() (requests []string) {
	for _, d := range o.Tricks {
		if d.leads() {
			requests = append(requests, d.Request)
		}
	}
	return once(requests)
}

// triedAll tells that every trick has an answer that is none of a limiter's.
func (o Tenants) triedAll() bool {
	return !slices.ContainsFunc(o.Tricks, Deed.untried)
}
