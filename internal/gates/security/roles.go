package security

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// roles asks whether an ordinary user can do what is for an administrator's hands
// (API5:2023 of OWASP, broken function level authorisation).
func roles() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rolesID, Class: rolesID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("request"), evidence.Setting("roles.user"), evidence.Setting("roles.admin"), evidence.Setting("roles.requests")},
		Reasons: []string{"apart", "shown", "taken", "anonymous", "changed", "broken", "uncontrolled", "unsteady", "left_out", "throttled", "unanswered"},
	}, timed(budget, sparing(runRoles)), judgeRoles)
}

// Roles is who tried what: the administrator's requests by an ordinary user and by
// nobody, before the administrator did them.
type Roles struct {
	Tenants
	// Ordinary is the status of a request that the ordinary user may make.
	Ordinary int `json:"ordinary"`
}

// The names under which the two stand among the companies of a trial.
const (
	admins    = "admin"
	ordinarys = "user"
)

func runRoles(ctx context.Context, b *lab.Bench) (Roles, error) {
	s := settings(b)
	t, err := attempted(ctx, b, map[string]Tenant{admins: {User: s.Roles.Admin, Requests: s.Roles.Requests}, ordinarys: {User: s.Roles.User}})
	o := Roles{Tenants: t.o}
	if err != nil {
		return o, err
	}
	may, err := parseOrder(s.Request)
	if err != nil {
		return o, err
	}
	for _, c := range t.companies {
		if c.name == ordinarys {
			o.Ordinary = patient(ctx, http.On(b), may.request(c.token)).Status
		}
	}
	return o, ctx.Err()
}

// judgeRoles takes a refusal for one only of a user who is let in elsewhere.
func judgeRoles(o Roles, limits evidence.Limits) evidence.Finding {
	f := judgeTenants(o.Tenants, limits)
	if f.Outcome == evidence.Pass && o.Ordinary/100 != 2 {
		f.Facts["requests"] = []string{ordinarys}
		return evidence.Undecided("uncontrolled", f.Facts)
	}
	return f
}
