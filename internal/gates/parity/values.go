package parity

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// values asks whether values differ where they must, and only there.
func values() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: valuesID, Class: valuesID,
		Needs:   []evidence.Need{evidence.Setting("environments"), evidence.Setting("must_differ"), evidence.Setting("must_equal")},
		Reasons: []string{"right", "same", "differs", "points_back", "empty", "shape", "uncompared", "nothing"},
	}, runValues, judgeValues)
}

// The rules for a name's values.
const (
	ruleDiffer = "differ"
	ruleEqual  = "equal"
	ruleOnly   = "only"
	ruleFree   = "free"
)

// What an environment's files say of a name.
const (
	stateSet       = "set"
	stateEmpty     = "empty"
	stateElsewhere = "elsewhere" // the value is not in the file: a reference, or a secret left empty
	stateAbsent    = "absent"
)

// Values is how every name's values compare. No value stands here but those of
// names that must be equal and are no secret.
type Values struct {
	Environments []string   `json:"environments"`
	Names        []Compared `json:"names"`
}

// Compared is one name across the environments.
type Compared struct {
	Name   string   `json:"name"`
	Rule   string   `json:"rule"`
	Secret bool     `json:"secret"`
	States []string `json:"states"` // per environment, in their order
	// Compared counts the values that stood beside another one.
	Compared int  `json:"compared"`
	Alike    bool `json:"alike"`   // two environments have one value
	Unalike  bool `json:"unalike"` // two environments have two values
	// Kinds is what each value reads as; "" where there is none to read.
	Kinds []string `json:"kinds"`
	// PointsBack are the environments behind the first whose URL leads to the
	// machine itself or to a host of the first environment.
	PointsBack []string `json:"points_back,omitempty"`
	MayBeEmpty bool     `json:"may_be_empty"`
	// Shown are the values, per environment, of a name that must be equal and is no
	// secret.
	Shown []string `json:"shown,omitempty"`
}

func runValues(_ context.Context, b *lab.Bench) (Values, error) {
	places, err := placesOf(b)
	if err != nil {
		return Values{}, err
	}
	var o Values
	for _, p := range places {
		o.Environments = append(o.Environments, p.name)
	}
	for _, name := range union(places) {
		o.Names = append(o.Names, compare(settings(b), name, places))
	}
	return o, nil
}

func compare(s *Settings, name string, places []place) Compared {
	c := Compared{Name: name, Rule: s.rule(name), Secret: slices.Contains(s.Secret, name), MayBeEmpty: slices.Contains(s.MayBeEmpty, name)}
	var texts []string
	for i, p := range places {
		v, has := p.values[name]
		state := stateOf(v, has, c.Secret)
		c.States = append(c.States, state)
		if c.Rule == ruleEqual && !c.Secret {
			c.Shown = append(c.Shown, v.text)
		}
		if state != stateSet {
			c.Kinds = append(c.Kinds, "")
			continue
		}
		c.Kinds = append(c.Kinds, kindOf(v.text))
		for _, other := range texts {
			c.Alike, c.Unalike = c.Alike || other == v.text, c.Unalike || other != v.text
		}
		texts = append(texts, v.text)
		if i > 0 && !slices.Contains(s.Local, name) && pointsBack(v.text, places[0]) {
			c.PointsBack = append(c.PointsBack, p.name)
		}
	}
	if len(texts) > 1 {
		c.Compared = len(texts)
	}
	return c
}

func (s *Settings) rule(name string) string {
	switch _, only := s.Only[name]; {
	case only:
		return ruleOnly
	case slices.Contains(s.MustDiffer, name):
		return ruleDiffer
	case slices.Contains(s.MustEqual, name):
		return ruleEqual
	}
	return ruleFree
}

func stateOf(v value, has, secret bool) string {
	switch {
	case !has:
		return stateAbsent
	case !v.known, secret && v.text == "":
		return stateElsewhere
	case v.text == "":
		return stateEmpty
	}
	return stateSet
}

// kindOf tells what a value reads as.
func kindOf(text string) string {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return "integer"
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "number"
	}
	if slices.Contains([]string{"true", "false", "yes", "no", "on", "off"}, strings.ToLower(text)) {
		return "boolean"
	}
	if _, err := time.ParseDuration(text); err == nil {
		return "duration"
	}
	if _, ok := hostOf(text); ok {
		return "URL"
	}
	return "text"
}

var hasScheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)

// hostOf gives the host of a URL.
func hostOf(text string) (string, bool) {
	if !hasScheme.MatchString(text) {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	return strings.ToLower(u.Hostname()), true
}

// pointsBack tells that a URL leads to the machine it stands on, or to a host
// that only the first environment's URLs should name. Addresses to listen at are no
// URLs and lead nowhere.
func pointsBack(text string, first place) bool {
	host, ok := hostOf(text)
	if !ok {
		return false
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "host.docker.internal" || err == nil && ip.IsLoopback() {
		return true
	}
	labels := host[:max(0, strings.LastIndexByte(host, '.'))] // .dev is a top-level domain like others
	return strings.Contains("-"+strings.NewReplacer(".", "-", "_", "-").Replace(labels)+"-", "-"+strings.ToLower(first.name)+"-")
}

// misshapen tells that a value changes its kind in a way that is surely a slip: a
// word where a number, a switch or a URL is wanted.
func misshapen(kinds []string) bool {
	var seen []string
	for _, k := range kinds {
		if k != "" && !slices.Contains(seen, k) {
			seen = append(seen, k)
		}
	}
	return len(seen) > 1 && slices.ContainsFunc(seen, func(k string) bool { return slices.Contains([]string{"integer", "boolean", "duration", "URL"}, k) }) &&
		!slices.Contains(seen, "number")
}

func judgeValues(o Values, _ evidence.Limits) evidence.Finding {
	wrong, compared, elsewhere := map[string][]string{}, 0, []string{}
	for _, c := range o.Names {
		for _, reason := range c.faults() {
			wrong[reason] = append(wrong[reason], c.Name)
		}
		if c.Compared > 1 {
			compared++
		}
		if slices.Contains(c.States, stateElsewhere) {
			elsewhere = append(elsewhere, c.Name)
		}
	}
	facts := evidence.Facts{"names": len(o.Names), "compared": compared, "environments": o.Environments, "elsewhere": len(elsewhere)}
	if len(o.Names) == 0 || len(o.Environments) < 2 || compared == 0 {
		return evidence.Undecided("nothing", facts)
	}
	for _, reason := range []string{"same", "differs", "points_back", "empty", "shape"} {
		if list := wrong[reason]; len(list) > 0 {
			facts["wrong"] = first(list)
			return evidence.Failed(reason, facts)
		}
	}
	if list := wrong["uncompared"]; len(list) > 0 {
		facts["wrong"] = first(list)
		return evidence.Undecided("uncompared", facts)
	}
	return evidence.Passed("right", facts)
}

// faults are the reasons for which a name's values are not right.
func (c Compared) faults() []string {
	var all []string
	add := func(is bool, reason string) {
		if is {
			all = append(all, reason)
		}
	}
	add(c.Rule == ruleDiffer && c.Alike, "same")
	add(c.Rule == ruleEqual && c.Unalike, "differs")
	add(len(c.PointsBack) > 0, "points_back")
	add(slices.Contains(c.States, stateEmpty) && !c.MayBeEmpty, "empty")
	add(!c.Secret && misshapen(c.Kinds), "shape")
	add((c.Rule == ruleEqual || c.Rule == ruleDiffer && !c.Secret) && c.Compared < len(c.States), "uncompared")
	return all
}

// Verdict is the worst fault of a name, "" when there is none; for the page.
func (c Compared) Verdict() string {
	if all := c.faults(); len(all) > 0 {
		return all[0]
	}
	return ""
}
