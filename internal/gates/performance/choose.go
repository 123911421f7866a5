package performance

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
)

// leftReasons are all for which an operation is left out of a derived mix; each has
// its words in page.load_results.
var leftReasons = [...]string{"login", "session", "method", "attached", "no_success", "unknown", "header", "body",
	"status", "unanswered", "throttled", "not_json", "empty", "once", "not_everyones"}

// The weights of a derived mix: a list is asked for somewhat more often than a row, and
// rows are read as often as they are made. No operation is so rare that the seconds of a
// measurement, which judges each by itself, hold too few of it.
const (
	listWeight  = 3
	rowWeight   = 2
	writeWeight = 2
)

// weigh gives the share of an operation in a derived mix, in parts.
func weigh(o *openapi.Operation) int {
	switch {
	case writes(o.Method):
		return writeWeight
	case strings.Contains(o.Path, "{"):
		return rowWeight
	}
	return listWeight
}

// rank orders operations: what lists, what needs an id of it, what makes; each the
// shallower paths first.
func rank(o *openapi.Operation) int {
	depth := strings.Count(o.Path, "{")
	if writes(o.Method) {
		return 1000 + depth
	}
	return depth
}

// What ends a session, and what has to do with one or with a password: an account that
// is locked out would make the whole load fail.
var (
	leaves  = regexp.MustCompile(`(?i)(log|sign)[-_]?(out|off)`)
	account = regexp.MustCompile(`(?i)(log|sign)[-_]?(in|on|out|off|up)\b|session|token|refresh|revoke|passw|\breset`)
)

// chooser knows which operations may be in a mix, and makes requests to them.
type chooser struct {
	login   string
	managed bool // listo started the service on a clone of the database, which is dropped afterwards
	known   *harvest.Harvest
}

func newChooser(b *lab.Bench) *chooser {
	return &chooser{login: b.Config.Login.Request, managed: b.Config.Service.Mode == config.Managed,
		known: harvest.New(lab.SettingsOf[Settings](b).Values)}
}

// barred says why an operation is not even asked; "" when it is.
func (c *chooser) barred(o *openapi.Operation) string {
	get, post := o.Method == nethttp.MethodGet, o.Method == nethttp.MethodPost
	switch {
	case o.Name() == c.login:
		return "login"
	case !get && !post:
		return "method"
	case leaves.MatchString(o.Path), post && account.MatchString(o.Path):
		return "session"
	case post && !c.managed:
		return "attached"
	case !succeeds(o):
		return "no_success"
	}
	return ""
}

// succeeds tells that the document promises an answer 2xx.
func succeeds(o *openapi.Operation) bool {
	for status := range o.Answers {
		if status == "default" || strings.HasPrefix(status, "2") {
			return true
		}
	}
	return false
}

// request makes the i-th least request to an operation, or says why it cannot.
func (c *chooser) request(o *openapi.Operation, i int) (Mixed, Left) {
	left := func(reason, detail string) (Mixed, Left) {
		return Mixed{}, Left{Operation: o.Name(), Reason: reason, Detail: detail}
	}
	values, lacking := c.known.Fill(o, i)
	if lacking != "" {
		return left("unknown", lacking)
	}
	for _, own := range []string{"Accept", "Content-Type", "Authorization"} { // no parameters, by OpenAPI 3.1, 4.8.12.2
		values.Header.Del(own)
	}
	if len(values.Header) > 0 {
		return left("header", strings.Join(slices.Sorted(maps.Keys(values.Header)), ", "))
	}
	target := values.Target(o)
	if path, _, _ := strings.Cut(target, "?"); strings.Contains(path, "{") {
		return left("unknown", path[strings.Index(path, "{"):])
	}
	m := Mixed{Request: o.Method + " " + ascii(target), Weight: weigh(o)}
	if o.Method != nethttp.MethodPost {
		return m, Left{}
	}
	body, err := c.body(o, i)
	if err != nil {
		return left("body", "")
	}
	m.Body = body
	return m, Left{}
}

// ascii writes what a template holds and no request line may (RFC 3986, section 2.1):
// the load is sent as it stands in the mix.
func ascii(target string) string {
	var out strings.Builder
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// body makes the JSON text that an operation takes; "" when it takes none.
func (c *chooser) body(o *openapi.Operation, i int) (string, error) {
	media, takes, err := harvest.Takes(o)
	if err != nil || !takes {
		return "", err
	}
	if plain, _, err := mime.ParseMediaType(media.Type); err != nil || plain != "application/json" {
		return "", harvest.ErrNoJSON // the mix has no other type
	}
	value, err := c.known.Body(media, i, false)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// derivedIn gives the newest derived mix of an audit; nil when there is none.
func derivedIn(ledger evidence.Ledger) *Derived {
	for _, id := range []string{normalID, peakID, connectionsID, answersID, recoveryID} {
		for _, attempt := range slices.Backward(ledger.Attempts(id)) {
			var then Measured
			if json.Unmarshal(attempt.Observed, &then) == nil && then.Derived != nil && len(then.Derived.Taken) > 0 {
				return then.Derived
			}
		}
	}
	return nil
}
