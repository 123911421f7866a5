package security

import (
	"context"

	"listo/internal/lab"
)

// sparing lets an observation drop the lines of what went as it should. Every line is a
// step's (listo replay prints them all), and a finding quotes only those of what is
// wrong: a copy of hundreds makes the ledger and the page too long to be read. What is
// wrong is asked of the same predicates that the judge asks.
func sparing[O any, P interface {
	*O
	spare()
}](run func(context.Context, *lab.Bench) (O, error)) func(context.Context, *lab.Bench) (O, error) {
	return func(ctx context.Context, b *lab.Bench) (O, error) {
		o, err := run(ctx, b)
		P(&o).spare()
		return o, err
	}
}

func (o *Tokens) spare() { spareKnocks(o.Tries) }

func (o *Keys) spare() { spareKnocks(o.Tries) }

func spareKnocks(all []Knock) {
	for i, k := range all {
		if k.outcome() == "" && k.Hits == 0 {
			all[i].Curl = ""
		}
	}
}

func (o *Injection) spare() {
	for _, p := range o.Places {
		for i, shot := range p.Shots {
			if p.outcome(shot) == "" {
				p.Shots[i].Curl = ""
			}
		}
	}
}

func (o *Assignment) spare() {
	for _, c := range o.Created {
		for i, m := range c.Members {
			if m.outcome() == "" {
				c.Members[i].Curl = ""
			}
		}
	}
}

// spare keeps a stranger's writes where rows are gone: one of them may be why, however
// it was answered. Without any line left the logins are of no use.
func (o *Tenants) spare() {
	gone := o.Stored != nil && len(o.Stored.Gone) > 0
	lines := 0
	drop := func(all []Deed, keep func(Deed) bool) {
		for i, d := range all {
			if keep(d) {
				lines++
			} else {
				all[i].Curl = ""
			}
		}
	}
	drop(o.Foreign, func(d Deed) bool { return d.outcome() != "" || gone && !d.Reads })
	drop(o.Tricks, func(d Deed) bool { return d.leads() || d.untried() })
	drop(o.Own, func(d Deed) bool { return o.ofOwner(d) != "" })
	if lines == 0 {
		o.Logins = []string{}
	}
}
