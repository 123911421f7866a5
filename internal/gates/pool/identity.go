package pool

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const identityID = "pool.identity"

// Identity is what the service's sessions call themselves.
type Identity struct {
	Subject Subject `json:"subject"`
	Reach   Reach   `json:"reach"`
	Wanted  string  `json:"wanted"` // as configured; "" for any
	Groups  []Group `json:"groups"` // of the service's sessions
}

func identity() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: identityID, Class: classIdentity, Loading: true, Needs: needs(),
		Reasons: reasonsWith("named", "anonymous", "misnamed"),
	}, runIdentity, judgeIdentity)
}

func runIdentity(ctx context.Context, b *lab.Bench) (Identity, error) {
	o := Identity{Wanted: lab.SettingsOf[Settings](b).ApplicationName, Groups: []Group{}}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() {
		return o, nil
	}
	all, err := p.sessions(ctx)
	if err != nil {
		return o, err
	}
	o.Groups = grouped(of(all, p.isService))
	return o, nil
}

func judgeIdentity(o Identity, _ evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	anonymous, misnamed, all := 0, 0, 0
	for _, g := range o.Groups {
		all += g.Sessions
		switch {
		case g.Name == "":
			anonymous += g.Sessions
		case o.Wanted != "" && !inFamily(g.Name, o.Wanted):
			misnamed += g.Sessions
		}
	}
	for _, c := range o.Reach.Callers {
		if c.Name == "" && anonymous == 0 {
			anonymous = 1 // it waited for our lock and has ended since
		}
	}
	facts := evidence.Facts{"sessions": all, "anonymous": anonymous, "misnamed": misnamed, "wanted_name": o.Wanted, "callers": described(o.Groups)}
	switch {
	case anonymous > 0:
		return evidence.Failed("anonymous", facts)
	case misnamed > 0:
		return evidence.Failed("misnamed", facts)
	case all == 0 && len(o.Reach.Callers) == 0:
		return evidence.Undecided("not_reached", evidence.Facts{"tables": o.Reach.Lockable, "succeeded": o.Reach.Warm.Succeeded, "sent": o.Reach.Warm.Sent})
	}
	return evidence.Passed("named", facts)
}
