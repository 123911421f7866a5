package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// When says at which moment of the audit a check runs.
type When int

// A check runs with its gate unless it must see the world before any other
// (First) or what all others have left behind (Last).
const (
	WithGate When = iota
	First
	Last
)

// String gives the moment's word.
func (w When) String() string { return [...]string{"with its gate", "first", "last"}[w] }

// Direction says which way a limit is loosened.
type Direction int

// A limit is the most or the least that is allowed.
const (
	AtMost Direction = iota
	AtLeast
)

// Limit is a number a judge measures against. Name is short; the limit's ID is
// the check's ID, a dot and the name.
type Limit struct {
	Name      string
	Default   float64
	Unset     bool // no default: the user must set it, else the check is unproven
	Unit      string
	Direction Direction
}

// Loosened tells whether value allows more than the default does.
func (l Limit) Loosened(value float64) bool {
	if l.Unset {
		return false
	}
	if l.Direction == AtLeast {
		return value < l.Default
	}
	return value > l.Default
}

// Limits are the limits of one check, by name, as the plan sets them.
type Limits map[string]float64

// Need names something a check cannot run without. The lab knows which it has.
type Need string

// What a check may need. Setting(name) is a need too.
const (
	NeedService  Need = "service"          // a running patient
	NeedManaged  Need = "service: managed" // a patient listo starts and stops itself
	NeedDatabase Need = "database"         // a session of listo's own on the patient's database
	NeedLogin    Need = "login"            // a way to get a token
	NeedGit      Need = "git"              // the source in a git work tree
	NeedBrowser  Need = "browser"          // a Chromium on this machine
)

// Setting is the need for a key in the gate's section of listo.yaml.
func Setting(name string) Need { return Need("setting: " + name) }

// EitherSetting is the need for one of these keys, of which the first that is there counts.
func EitherSetting(names ...string) Need { return Setting(strings.Join(names, either)) }

// either stands between the keys of which one is enough.
const either = " or "

// SettingNames gives the keys that a Setting need names, of which one is enough.
func (n Need) SettingNames() ([]string, bool) {
	names, ok := strings.CutPrefix(string(n), "setting: ")
	if !ok {
		return nil, false
	}
	return strings.Split(names, either), true
}

// Lab hands a check its instruments. Evidence does not know what they are; the
// rooms do.
type Lab any

// Declaration is all that is known of a check before it runs.
type Declaration struct {
	ID      string // "pool.effective": its prose is words[ID+".title"], …
	Class   string // detector class; each has a negative control per audit
	When    When
	Loading bool // sends load or holds locks: waits while a pre-gate is unproven
	Pregate bool // holds back every loading check until proved or confirmed
	Limits  []Limit
	Needs   []Need
	// Reasons are all that the judge may answer, written once here.
	Reasons []string
}

// Check is a hypothesis that can be tried (Run) and judged (Judge).
type Check struct {
	Declaration
	// Run touches the world and may not opine. It gives the observation as JSON.
	Run func(context.Context, Lab) (json.RawMessage, error)
	// Judge opines and may not touch. It refuses what Run cannot have written.
	Judge func(json.RawMessage, Limits) (Finding, error)
	// Decode gives the observation in its own type, for pages.
	Decode func(json.RawMessage) (any, error)
	// Zero is the observation of nothing; no judge may pass it.
	Zero func() json.RawMessage
}

// Define joins the two halves of a check through the observation's type O. L is
// the lab that the room's instruments stand in.
func Define[O any, L any](d Declaration, run func(context.Context, L) (O, error), judge func(O, Limits) Finding) Check {
	decode := func(raw json.RawMessage) (O, error) {
		var o O
		if err := json.Unmarshal(raw, &o); err != nil {
			return o, fmt.Errorf("%s: reading the observation: %w", d.ID, err)
		}
		if !same(o, raw) {
			return o, fmt.Errorf("%s: not an observation of this check: it does not survive being read and written", d.ID)
		}
		return o, nil
	}
	return Check{
		Declaration: d,
		Run: func(ctx context.Context, lab Lab) (json.RawMessage, error) {
			own, ok := lab.(L)
			if !ok {
				return nil, fmt.Errorf("%s: wants a lab of type %v, not %T", d.ID, reflect.TypeFor[L](), lab)
			}
			o, err := run(ctx, own)
			if err != nil {
				return nil, err
			}
			raw, err := json.Marshal(o)
			if err != nil {
				return nil, fmt.Errorf("%s: writing the observation: %w", d.ID, err)
			}
			if _, err := decode(raw); err != nil {
				return nil, err
			}
			return raw, nil
		},
		Judge: func(raw json.RawMessage, limits Limits) (f Finding, err error) {
			defer func() { // a broken judge proves nothing, and must not take the verdict with it
				if p := recover(); p != nil {
					f, err = Finding{}, fmt.Errorf("%s: defect in listo: the judge broke: %v", d.ID, p)
				}
			}()
			o, err := decode(raw)
			if err != nil {
				return Finding{}, err
			}
			f = judge(o, limits)
			if !slices.Contains(d.Reasons, f.Reason) {
				return Finding{}, fmt.Errorf("%s: the judge's reason %q is not declared: add it to Reasons", d.ID, f.Reason)
			}
			return f, nil
		},
		Decode: func(raw json.RawMessage) (any, error) { return decode(raw) },
		Zero: func() json.RawMessage {
			var o O
			raw, _ := json.Marshal(o)
			return raw
		},
	}
}

// Control is a negative control: the check's own Run is shown a sick twin that
// listo brings along, and its judge must fail it for one of Reasons.
type Control struct {
	Class   string
	Check   string
	Reasons []string
	// Twin builds the sick twin and a lab that points at it; the function it
	// returns puts everything away.
	Twin func(context.Context, Lab) (Lab, func(), error)
}

// Caught tells whether a finding on the twin shows that the detector works: it
// failed the twin, or (a pre-gate) waits for a person, for one of the reasons
// that the control was built for.
func (c Control) Caught(f Finding) bool {
	return (f.Outcome == Fail || f.Waiting) && slices.Contains(c.Reasons, f.Reason)
}

// Against declares a control in the room's own lab type.
func Against[L any](class, check string, reasons []string, twin func(context.Context, L) (L, func(), error)) Control {
	return Control{class, check, reasons, func(ctx context.Context, lab Lab) (Lab, func(), error) {
		own, ok := lab.(L)
		if !ok {
			return nil, func() {}, fmt.Errorf("%s: the twin wants a lab of type %v, not %T", class, reflect.TypeFor[L](), lab)
		}
		return twin(ctx, own)
	}}
}

// Gate is a question of the release. A gate with no checks is a question that
// cannot be answered yet: unproven.
type Gate struct {
	ID      string
	Reports []string // file names, fixed by the people who use them
	// Files are further files the gate publishes: pictures, rules. Each is the
	// newest blob of that name kept by one of its checks; so is a report that is
	// no Markdown.
	Files    []string
	Checks   []Check
	Controls []Control
	// Settings gives a new zero value (a struct pointer) of the gate's section in
	// listo.yaml; nil when it has none.
	Settings func() any
	// Pages gives the gate's prose.
	Pages func() (Pages, error)
}

// Pages is the prose of a gate: words.yaml as read, and one template per report.
type Pages struct {
	Words     []byte
	Templates map[string]string // report file name -> template text
}

// Find gives the check with this ID among the gates.
func Find(gates []Gate, id string) (Check, bool) {
	for _, g := range gates {
		for _, c := range g.Checks {
			if c.ID == id {
				return c, true
			}
		}
	}
	return Check{}, false
}
