package security

import (
	"net/netip"
	"slices"

	"listo/internal/engine/abuse"
	"listo/internal/evidence"
	labwire "listo/internal/lab/wire"
)

// address reads an address that Validate has let through; the zero one is none.
func address(text string) netip.Addr {
	a, _ := netip.ParseAddr(text)
	return a
}

// tried is an attack with what came of it.
type Tried struct {
	abuse.Attack
	Try  Try
	Kind abuse.Kind
	Hole abuse.Harm // when something got through
	Why  string     // when it is odd, as package abuse says
}

// Status is that of the first answer; 0 when none came.
func (t Tried) Status() int {
	if len(t.Try.Seen.Answers) == 0 {
		return 0
	}
	return t.Try.Seen.Answers[0].Status
}

// place is where the attacks were made, as far as it may be kept: the token is not.
func (o Assault) place(mark string) abuse.Place {
	return abuse.Place{Host: o.Host, Path: o.Request, Page: o.Page, Post: o.Post, Token: "Bearer " + tokenWord, Canary: "127.0.0.1:9", Mark: mark}
}

// tokenWord stands for the token in a line that is written anew.
const tokenWord = "listo-token"

// judged joins each try with its attack. Tries of attacks that are not known are
// left out, and the whole is then not complete.
func (o Assault) judged() (all []Tried, complete bool) {
	complete = true
	for _, a := range abuse.Of(o.Class) {
		i := slices.IndexFunc(o.Tries, func(t Try) bool { return t.Name == a.Name })
		if i < 0 {
			complete = complete && a.Stranger && o.Untrusted == ""
			continue
		}
		t := o.Tries[i]
		v := a.Judge(t.Seen, o.place(t.Mark), o.Ordinary)
		all = append(all, Tried{a, t, v.Kind, v.Harm, v.Why})
	}
	return all, complete && len(o.Tries) == len(all)
}

// line gives the line by which a person repeats an attack.
func (o Assault) line(t Tried) string {
	p := o.place(t.Try.Mark)
	plan := labwire.Plan{Variables: map[string]string{"TOKEN": tokenWord}, Script: labwire.ScriptOf(t.Attack, p, silence)}
	if t.Stranger {
		plan.From = address(o.Untrusted)
	}
	return labwire.Line(plan, o.TLS)
}

// reason is one of a check's reasons and the harms that it stands for.
type reason struct {
	id    string
	harms []abuse.Harm
}

// judge reads an assault: what got through comes first, in the order of the
// reasons, then what could not be asked.
func (o Assault) judge(pass string, reasons []reason) evidence.Finding {
	all, complete := o.judged()
	kinds := map[abuse.Kind][]string{}
	for _, t := range all {
		kinds[t.Kind] = append(kinds[t.Kind], t.ID+" "+t.Name)
	}
	facts := evidence.Facts{"tried": len(all), "refused": len(kinds[abuse.Refused]), "odd": len(kinds[abuse.Odd]), "request": []string{"GET " + o.Request},
		"alive": o.Alive, "addresses": len(o.Addresses), "silent": len(kinds[abuse.Throttled]) + len(kinds[abuse.Unopened])}
	if wrong := o.uncontrolled(); len(all) == 0 || len(wrong) > 0 {
		facts["which"] = wrong
		return evidence.Undecided("uncontrolled", facts)
	}
	for _, r := range reasons {
		var names []string
		for _, t := range all {
			if t.Kind == abuse.Through && slices.Contains(r.harms, t.Hole) {
				if len(names) == 0 {
					facts[evidence.Replay] = o.line(t)
				}
				names = append(names, t.ID+" "+t.Name)
			}
		}
		if len(names) > 0 {
			facts["which"], facts["count"] = onlyFirst(names), len(names)
			return evidence.Failed(r.id, facts)
		}
	}
	switch {
	case o.Alive == 0 || o.Alive >= 500 && o.Alive != 503:
		return evidence.Failed("dead", facts)
	case len(kinds[abuse.Throttled])+len(kinds[abuse.Unopened]) > 0 || !complete || len(kinds[abuse.Through]) > 0 || o.Alive >= 400:
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed(pass, facts)
}

// mostNamed bounds how many attacks a finding names; the page has them all.
const mostNamed = 8

func onlyFirst(names []string) []string {
	if len(names) > mostNamed {
		return append(slices.Clone(names[:mostNamed]), "…")
	}
	return names
}

// uncontrolled names the controls that were not answered as honest requests are.
func (o Assault) uncontrolled() []string {
	want := []string{honestData, honestPage, honestAnonymous}
	if o.Class == abuse.Framing {
		want = append(want, honestLength, honestChunks)
	}
	var wrong []string
	for _, kind := range want {
		i := slices.IndexFunc(o.Controls, func(h Honest) bool { return h.Kind == kind })
		if i < 0 || (o.Controls[i].Status/100 == 2) == (kind == honestAnonymous) || o.Controls[i].Status == 0 {
			wrong = append(wrong, kind)
		}
	}
	return wrong
}

// Group is the attacks of one root on the page.
type Group struct {
	Root                 string
	Tried, Refused       int
	Odd, Through, Silent []Tried
}

// Groups gives the page's table.
func (o Assault) Groups() []Group {
	var groups []Group
	all, _ := o.judged()
	for _, t := range all {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Root == t.Root })
		if i < 0 {
			groups, i = append(groups, Group{Root: t.Root}), len(groups)
		}
		g := &groups[i]
		g.Tried++
		switch t.Kind {
		case abuse.Refused:
			g.Refused++
		case abuse.Odd:
			g.Odd = append(g.Odd, t)
		case abuse.Through:
			g.Through = append(g.Through, t)
		default:
			g.Silent = append(g.Silent, t)
		}
	}
	return groups
}

// Oddities lists what a hardened edge would refuse and harms nobody by itself.
func (o Assault) Oddities() []Tried {
	var odd []Tried
	for _, g := range o.Groups() {
		odd = append(odd, g.Odd...)
	}
	return odd
}

// Holes lists what got through.
func (o Assault) Holes() []Tried {
	var holes []Tried
	for _, g := range o.Groups() {
		holes = append(holes, g.Through...)
	}
	return holes
}

// Curls gives the lines that repeat what got through.
func (o Assault) Curls() string {
	var l lines
	for _, t := range o.Holes() {
		l.add(t.Status(), t.ID+" "+t.Name, o.line(t))
	}
	return l.out.String()
}
