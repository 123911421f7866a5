package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/words"
)

// state is what doctor says of one thing.
type state string

const (
	stateOK     state = "ok"
	stateCannot state = "cannot" // something is missing
	stateBroken state = "broken" // something is there and wrong
)

func states() []state { return []state{stateOK, stateCannot, stateBroken} }

func (s state) symbol() string {
	return map[state]string{stateOK: "✔", stateCannot: "?", stateBroken: "✘"}[s]
}

// diagnosis is one line of doctor. Mend is one shell command; Blocks are the
// checks that cannot run because of it.
type diagnosis struct {
	Section string   `json:"section"`
	Phrase  string   `json:"phrase"` // key in words.yaml: what and why
	State   state    `json:"state"`
	Says    string   `json:"says"`
	Mend    string   `json:"mend,omitempty"`
	Blocks  []string `json:"blocks,omitempty"`
}

type facts = map[string]any

// examination collects what doctor finds.
type examination struct {
	app *App
	*subject
	book      words.Book
	redact    *redact.Redactor
	diagnoses []diagnosis
	lacks     map[string]bool // what was told already: keys and phrases of config.Lacks
	err       error           // a phrase is missing: a defect in listo
}

func (x *examination) say(key string, f facts) string {
	text, err := x.book.Say(x.lang, "doctor."+key, f)
	x.err = errors.Join(x.err, err)
	return text
}

// add adds a line. The first part of the phrase's key is its section.
func (x *examination) add(s state, phrase string, f facts, mend string, blocks []string) {
	section, _, _ := strings.Cut(phrase, ".")
	x.diagnoses = append(x.diagnoses, diagnosis{Section: section, Phrase: phrase, State: s, Says: comment(x.say(phrase, f)), Mend: mend, Blocks: blocks})
}

func (x *examination) ok(phrase string, f facts) { x.add(stateOK, phrase, f, "", nil) }

func (x *examination) cannot(phrase string, f facts, mend string, blocks []string) {
	x.add(stateCannot, phrase, f, mend, blocks)
}

func (x *examination) broken(phrase string, f facts, mend string, blocks []string) {
	x.add(stateBroken, phrase, f, mend, blocks)
}

// detail gives an error as a fact. What a server says may hold a secret.
func (x *examination) detail(err error) facts {
	return facts{"detail": x.redact.CleanString(err.Error())}
}

// checks lists the checks that are in the plan and for which keep is true.
func (x *examination) checks(keep func(evidence.Check) bool) []string {
	var ids []string
	for _, g := range x.app.Gates {
		for _, c := range g.Checks {
			if x.planned(g, c) && keep(c) {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}

// planned tells whether nobody excused the check.
func (x *examination) planned(g evidence.Gate, c evidence.Check) bool {
	return x.cfg.Excused[g.ID] == "" && x.cfg.Excused[c.ID] == ""
}

func everyCheck(evidence.Check) bool { return true }

func loading(c evidence.Check) bool { return c.Loading }

func needs(one ...evidence.Need) func(evidence.Check) bool {
	return func(c evidence.Check) bool {
		return slices.ContainsFunc(c.Needs, func(n evidence.Need) bool { return slices.Contains(one, n) })
	}
}

// wantsPatient tells whether a check needs a running service or its database.
func wantsPatient(c evidence.Check) bool {
	return needs(evidence.NeedService, evidence.NeedManaged, evidence.NeedDatabase, evidence.NeedLogin)(c)
}

func (x *examination) total() int { return len(x.checks(everyCheck)) }

func (x *examination) able() int { return x.total() - len(x.blocked()) }

// blocked lists every check that some line blocks, sorted.
func (x *examination) blocked() []string {
	all := []string{}
	for _, d := range x.diagnoses {
		all = append(all, d.Blocks...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// empty lists the gates that have no check in this version.
func (x *examination) empty() []string {
	all := []string{}
	for _, g := range x.app.Gates {
		if len(g.Checks) == 0 {
			all = append(all, g.ID)
		}
	}
	return all
}

// gates says of each gate how many of its checks can run.
func (x *examination) gates() {
	blocked := x.blocked()
	for _, g := range x.app.Gates {
		able, planned := 0, 0
		for _, c := range g.Checks {
			if x.planned(g, c) {
				planned++
				if !slices.Contains(blocked, c.ID) {
					able++
				}
			}
		}
		f := facts{"gate": g.ID, "able": able, "planned": planned}
		switch {
		case len(g.Checks) == 0:
			x.cannot("gates.empty", f, "", nil)
		case planned < len(g.Checks):
			x.cannot("gates.excused", f, x.edit("excused"), nil)
		case able < planned:
			x.cannot("gates.partly", f, "", nil)
		default:
			x.ok("gates.able", f)
		}
	}
}

// edit gives the line that opens listo.yaml, with what to write there.
func (x *examination) edit(path string) string {
	line := "${EDITOR:-vi} " + quoted(x.app.flags.config) + "  # " + path
	if k, ok := find(outline(x.app.Gates), path); ok && k.doc != "" {
		line += ": " + comment(k.doc)
	}
	return line
}

// beside gives a path that listo.yaml names as a person would type it here.
func (x *examination) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(x.app.flags.config), name)
}
