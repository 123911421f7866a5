package security

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// tenants asks whether what belongs to one company can be seen or changed by
// another's user, or by nobody in particular.
func tenants() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: tenantsID, Class: tenantsID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("tenants")},
		Reasons: []string{"apart", "shown", "taken", "anonymous", "changed", "broken", "uncontrolled", "unsteady", "left_out", "throttled", "unanswered"},
	}, timed(budget, sparing(runTenants)), judgeTenants)
}

// Tenants is who tried what, and what came back.
type Tenants struct {
	Companies []string `json:"companies"`
	// Own are the positive controls: what the company's own member did, last.
	Own []Deed `json:"own"`
	// Foreign are the same requests by strangers, before.
	Foreign []Deed `json:"foreign"`
	// Logins are the lines that put the members' tokens into variables; none where no
	// deed has a line.
	Logins []string `json:"logins"`
	// LeftOut counts writes that were not tried: the database is not listo's.
	LeftOut int `json:"left_out"`
	// Tricks are reads of strangers' own data, bent to ask for the owner's. Stored is
	// what is not as it was in the database; nil where that is not listo's. A bundle of
	// the first version has neither.
	Tricks []Deed  `json:"tricks,omitempty"`
	Stored *Stored `json:"stored,omitempty"`
}

// nobody is the company of a request without a token.
const nobody = ""

// Deed is one request.
type Deed struct {
	Owner   string `json:"owner"` // whose data
	By      string `json:"by"`    // the company of who asks; "" without a token
	User    string `json:"user,omitempty"`
	Request string `json:"request"`
	Reads   bool   `json:"reads"`
	Curl    string `json:"curl,omitempty"` // where something is wrong
	Status  int    `json:"status"`
	// Trick is how a read was bent; "" when it was asked as it stands.
	Trick string `json:"trick,omitempty"`
	// Shown counts the owner's objects in the answer to a stranger.
	Shown int `json:"shown"`
	// Rows counts the owner's objects in the owner's own answer.
	Rows int `json:"rows"`
	// Steady tells that the owner was shown the same twice before any stranger came;
	// Unchanged that it was still the same when they had gone. Of reads by the owner.
	Steady    bool `json:"steady"`
	Unchanged bool `json:"unchanged"`
}

// company is one tenant while it is tried.
type company struct {
	name   string
	user   string
	token  http.Token
	orders []order
	// before are the owner's answers to the reads, by order number.
	before map[int]http.Answer
	steady map[int]bool
}

func runTenants(ctx context.Context, b *lab.Bench) (Tenants, error) {
	t, err := attempted(ctx, b, settings(b).Tenants)
	return t.o, err
}

// attempted lets strangers try everything, and then the owners.
func attempted(ctx context.Context, b *lab.Bench, all map[string]Tenant) (*trial, error) {
	t := &trial{client: http.On(b)}
	if err := t.gather(ctx, b, all); err != nil {
		return t, err
	}
	r, err := register(ctx, b)
	if err != nil {
		return t, err
	}
	err = r.between(ctx, func() {
		for i := range t.companies {
			t.baseline(ctx, &t.companies[i])
		}
	}, func() {
		for _, owner := range t.companies {
			t.strangers(ctx, owner)
			t.bend(ctx, owner)
		}
	})
	if err != nil {
		return t, err
	}
	if r != nil {
		t.o.Stored = &r.o
	}
	for _, owner := range t.companies {
		t.controls(ctx, owner)
	}
	return t, ctx.Err()
}

// bodies are what the company's own member was shown.
func (c company) bodies() [][]byte {
	var all [][]byte
	for _, a := range c.before {
		all = append(all, a.Body)
	}
	return all
}

// trial is the whole of it under way.
type trial struct {
	client    *http.Client
	companies []company
	o         Tenants
}

// gather logs the members in. On a service that listo did not start only reads
// are tried: a write may hit rows that somebody needs.
func (t *trial) gather(ctx context.Context, b *lab.Bench, all map[string]Tenant) error {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := company{name: name, user: all[name].User, before: map[int]http.Answer{}, steady: map[int]bool{}}
		for _, line := range all[name].Requests {
			o, err := parseOrder(line)
			if err != nil {
				return fmt.Errorf("security: requests of %s: %w", name, err)
			}
			if !o.reads() && b.Config.Service.Mode == config.Attached {
				t.o.LeftOut++
				continue
			}
			c.orders = append(c.orders, o)
		}
		var err error
		if c.token, err = t.client.Login(ctx, c.user); err != nil {
			return err
		}
		t.companies, t.o.Logins = append(t.companies, c), append(t.o.Logins, t.client.ReplayLogin(c.user, tokenName(name)))
		t.o.Companies = append(t.o.Companies, name)
	}
	return nil
}

// baseline lets the owner read twice.
func (t *trial) baseline(ctx context.Context, c *company) {
	for i, o := range c.orders {
		if !o.reads() {
			continue
		}
		first := patient(ctx, t.client, o.request(c.token))
		again := patient(ctx, t.client, o.request(c.token))
		c.before[i], c.steady[i] = again, first.Status == again.Status && bytes.Equal(first.Body, again.Body)
	}
}

// strangers lets every other company's member, and nobody, try what only the
// owner may.
func (t *trial) strangers(ctx context.Context, owner company) {
	for i, o := range owner.orders {
		for _, by := range append([]company{{name: nobody}}, t.companies...) {
			if by.name == owner.name {
				continue
			}
			a := patient(ctx, t.client, o.request(by.token))
			d := t.deed(owner, by, o, a)
			if o.reads() && a.Status/100 == 2 {
				d.Shown = shownOf(owner.before[i].Body, a.Body, by.bodies()...)
			}
			t.o.Foreign = append(t.o.Foreign, d)
		}
	}
}

// controls lets the owner do it, reads before writes: what the strangers were
// refused must be possible, and what they were not to change must be as it was.
func (t *trial) controls(ctx context.Context, owner company) {
	for _, reads := range []bool{true, false} {
		for i, o := range owner.orders {
			if o.reads() != reads {
				continue
			}
			a := patient(ctx, t.client, o.request(owner.token))
			d := t.deed(owner, owner, o, a)
			if reads {
				before := owner.before[i]
				d.Steady, d.Unchanged = owner.steady[i], a.Status == before.Status && bytes.Equal(a.Body, before.Body)
				d.Rows = shownOf(a.Body, a.Body)
			}
			t.o.Own = append(t.o.Own, d)
		}
	}
}

// tokenName is the variable with the token of a company's member.
func tokenName(company string) string {
	return "TOKEN_" + strings.Map(func(r rune) rune {
		if ('A' <= r && r <= 'Z') || ('0' <= r && r <= '9') {
			return r
		}
		return '_'
	}, strings.ToUpper(company))
}

func (t *trial) deed(owner, by company, o order, a http.Answer) Deed {
	r := o.request(by.token)
	r.TokenName = tokenName(by.name)
	return Deed{Owner: owner.name, By: by.name, User: by.user, Request: o.text(), Reads: o.reads(), Curl: t.client.Replay(r), Status: a.Status}
}
