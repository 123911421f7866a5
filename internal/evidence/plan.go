package evidence

import "time"

// Mandatory names the ten gates of a release, in order. A plan that leaves one
// out ends at best in a reduced scope.
func Mandatory() []string {
	return []string{"secrets", "frontend", "pool", "security", "contracts",
		"observability", "performance", "database", "supply", "parity"}
}

// Plan is the promise made before the first request: what must be proved and by
// which limits, and about what. It holds no secret.
type Plan struct {
	Format   int       `json:"format"`
	Run      string    `json:"run"` // names this audit
	Made     time.Time `json:"made"`
	Language string    `json:"language"`
	Tool     Tool      `json:"tool"`
	Operator string    `json:"operator"`
	Machine  Machine   `json:"machine"`
	Subject  Subject   `json:"subject"`
	Gates    []Planned `json:"gates"`
	// Unset maps a needed setting or limit to the variable that would set it.
	Unset map[string]string `json:"unset,omitempty"`
	// Previous is what the last audit in the same folder came to.
	Previous *Previous `json:"previous,omitempty"`
}

// Tool is the listo that made the plan.
type Tool struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
}

// Machine is where the audit ran. It names no host.
type Machine struct {
	System string `json:"system"` // operating system and architecture
	CPU    string `json:"cpu,omitempty"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory"` // bytes
}

// Subject is what is judged.
type Subject struct {
	Name     string `json:"name"`
	Mode     string `json:"mode"` // managed or attached
	Commit   string `json:"commit,omitempty"`
	Dirty    bool   `json:"dirty"`
	Config   Digest `json:"config"` // of listo.yaml as read
	Database string `json:"database,omitempty"`
	// Source is the digest of the tracked files as they lie on disk, so that a
	// dirty tree is named exactly too.
	Source Digest `json:"source,omitempty"`
}

// Planned is one gate of the plan.
type Planned struct {
	Gate   string         `json:"gate"`
	Checks []PlannedCheck `json:"checks"`
	// Excused is why the whole gate is left out; the scope is then reduced.
	Excused string `json:"excused,omitempty"`
}

// PlannedCheck is one check of the plan with its limits.
type PlannedCheck struct {
	Check  string         `json:"check"`
	Limits []PlannedLimit `json:"limits,omitempty"`
	// Excused is why the check is left out; the scope is then reduced.
	Excused string `json:"excused,omitempty"`
}

// PlannedLimit is one limit as this audit uses it.
type PlannedLimit struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit,omitempty"`
	Loosened bool    `json:"loosened,omitempty"`
	Default  float64 `json:"default"`
}

// Previous is the result of the audit before this one.
type Previous struct {
	Run    string            `json:"run"`
	Commit string            `json:"commit,omitempty"`
	Word   Word              `json:"word"`
	Head   Digest            `json:"head"`
	Checks map[string]string `json:"checks"` // outcome words by check
	// SameCommit counts the earlier audits of this commit that ended.
	SameCommit int `json:"same_commit"`
}

// LimitsOf gives the limits of a check as the plan sets them.
func (p Plan) LimitsOf(check string) Limits {
	limits := Limits{}
	for _, g := range p.Gates {
		for _, c := range g.Checks {
			if c.Check != check {
				continue
			}
			for _, l := range c.Limits {
				limits[l.Name] = l.Value
			}
		}
	}
	return limits
}

// excuses tells whether the plan leaves the check out, alone or with its gate.
func (p Plan) excuses(gate, check string) bool {
	for _, g := range p.Gates {
		for _, c := range g.Checks {
			if g.Gate == gate && c.Check == check {
				return g.Excused != "" || c.Excused != ""
			}
		}
	}
	return false
}
