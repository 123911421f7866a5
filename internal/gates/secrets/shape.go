package secrets

import (
	"context"
	"strconv"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// shape looks at the numbers among the required variables.
func shape() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.shape", Class: "secrets.shape",
		Limits:  []evidence.Limit{{Name: "least", Default: 1, Direction: evidence.AtLeast}},
		Reasons: []string{"fits", "not_integer", "too_few", "too_many", "missing", "server_unknown", "nothing"},
	}, runShape, judgeShape)
}

// Shape is what the numbers are and what the database server allows.
type Shape struct {
	Numbers []Number `json:"numbers"`
	Server  *Server  `json:"server,omitempty"` // nil: it could not be asked
}

// Number is one variable of kind integer. It is no secret, so its value may be
// seen.
type Number struct {
	Name    string `json:"name"`
	Set     bool   `json:"set"`
	Integer bool   `json:"integer"`
	Value   int    `json:"value"`
}

// Server is what PostgreSQL keeps for everybody and for administrators.
type Server struct {
	MaxConnections    int `json:"max_connections"`
	ReservedSuperuser int `json:"superuser_reserved_connections"`
	Reserved          int `json:"reserved_connections"` // since PostgreSQL 16; else 0
}

// Usable is how many connections an ordinary role can have in all.
func (s Server) Usable() int { return s.MaxConnections - s.ReservedSuperuser - s.Reserved }

func runShape(ctx context.Context, b *lab.Bench) (Shape, error) {
	values, _ := valuesOf(ctx, b)
	var o Shape
	for _, name := range settings(b).namesWhere(func(r Required) bool { return r.Kind == Integer }) {
		text := strings.TrimSpace(values[name])
		n, err := strconv.Atoi(text)
		if err != nil {
			n = 0
		}
		o.Numbers = append(o.Numbers, Number{name, text != "", err == nil, n})
	}
	o.Server = serverOf(ctx, b)
	return o, nil
}

// serverOf asks the database; nil when there is none to ask. Why stands on the
// record: opening the patient and every question are steps.
func serverOf(ctx context.Context, b *lab.Bench) *Server {
	at := b
	if b.Target.AdminURL == "" && b.Patient != nil {
		target, err := b.Patient(ctx)
		if err != nil {
			return nil
		}
		at = b.At(target)
	}
	session, err := sql.Open(ctx, at)
	if err != nil {
		return nil
	}
	defer session.Close()
	var s Server
	err = session.One(ctx, "select current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,"+
		" coalesce(current_setting('reserved_connections', true)::int, 0)",
		&s.MaxConnections, &s.ReservedSuperuser, &s.Reserved)
	if err != nil {
		return nil
	}
	return &s
}

func judgeShape(o Shape, limits evidence.Limits) evidence.Finding {
	if len(o.Numbers) == 0 {
		return evidence.Undecided("nothing", nil)
	}
	var list []string
	for _, n := range o.Numbers {
		facts := evidence.Facts{"name": []string{n.Name}, "value": n.Value}
		switch {
		case !n.Set:
			return evidence.Undecided("missing", facts)
		case !n.Integer:
			return evidence.Failed("not_integer", facts)
		case float64(n.Value) < limits["least"]:
			return evidence.Failed("too_few", facts)
		case o.Server != nil && n.Value > o.Server.Usable():
			facts["usable"] = o.Server.Usable()
			return evidence.Failed("too_many", facts)
		}
		list = append(list, n.Name+"="+strconv.Itoa(n.Value))
	}
	if o.Server == nil {
		return evidence.Undecided("server_unknown", evidence.Facts{"numbers": list})
	}
	return evidence.Passed("fits", evidence.Facts{"numbers": list, "usable": o.Server.Usable()})
}
