package config

import (
	"maps"
	"net/url"
	"strings"
	"time"

	"listo/internal/evidence"
)

// About is what a plan says beyond the configuration: who audits what, with
// which tool, where and when.
type About struct {
	Run      string // names this audit
	Made     time.Time
	Tool     evidence.Tool
	Machine  evidence.Machine
	Operator string
	Commit   string
	Dirty    bool
	Source   evidence.Digest // of the tracked files as they lie on disk
	Previous *evidence.Previous
}

// Plan writes down what must be proved and by which limits. Every gate stands
// in it, in the order of gates, also one without checks. A limit that has no value
// is left out: its check lacks it (see Lacks) and is unproven.
func (c *Config) Plan(gates []evidence.Gate, about About) evidence.Plan {
	p := evidence.Plan{
		Format:   evidence.FormatVersion,
		Run:      about.Run,
		Made:     about.Made,
		Language: c.Language,
		Tool:     about.Tool,
		Operator: about.Operator,
		Machine:  about.Machine,
		Subject: evidence.Subject{
			Name: c.Name, Mode: c.Service.Mode, Commit: about.Commit, Dirty: about.Dirty,
			Config: evidence.DigestOf(c.Source), Database: c.databaseName(), Source: about.Source,
		},
		Unset:    maps.Clone(c.Unset),
		Previous: about.Previous,
	}
	for _, g := range gates {
		planned := evidence.Planned{Gate: g.ID, Excused: c.Excused[g.ID], Checks: []evidence.PlannedCheck{}}
		for _, check := range g.Checks {
			planned.Checks = append(planned.Checks, c.planned(check))
		}
		p.Gates = append(p.Gates, planned)
	}
	return p
}

func (c *Config) planned(check evidence.Check) evidence.PlannedCheck {
	planned := evidence.PlannedCheck{Check: check.ID, Excused: c.Excused[check.ID]}
	for _, l := range check.Limits {
		value, set := c.limit(check, l)
		if !set {
			continue
		}
		planned.Limits = append(planned.Limits, evidence.PlannedLimit{
			Name: l.Name, Value: value, Unit: l.Unit, Loosened: l.Loosened(value), Default: l.Default,
		})
	}
	return planned
}

// limit gives a limit's value: the user's, or its default. There is none when the
// user must set it and did not, or wrote a variable for it that is not set: no
// default stands in for what a person meant to choose.
func (c *Config) limit(check evidence.Check, l evidence.Limit) (float64, bool) {
	id := limitID(check, l)
	if value, set := c.Limits[id]; set {
		return value, true
	}
	return l.Default, !l.Unset && c.Unset["limits."+id] == ""
}

// databaseName gives the name of the patient's database, never the rest of its
// URL.
func (c *Config) databaseName() string {
	if c.Database.Name != "" {
		return c.Database.Name
	}
	u, err := url.Parse(c.Database.URL)
	if err != nil {
		return ""
	}
	return strings.Trim(u.Path, "/")
}
