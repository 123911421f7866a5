package performance

import (
	"context"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/load"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// Expected is how one request of the mix was answered at rest: under load it must
// be answered alike.
type Expected struct {
	Endpoint  string `json:"endpoint"`
	Request   string `json:"request"`
	Weight    int    `json:"weight"`
	Status    int    `json:"status"`
	MediaType string `json:"media_type"`
	JSON      bool   `json:"json"`
	// Filled is the JSON pointer (RFC 6901) of what was not empty at rest; "" is
	// the whole answer.
	Filled   string `json:"filled"`
	NonEmpty bool   `json:"non_empty"`
}

// Unfit is a request of the mix that cannot be measured, and why not.
type Unfit struct {
	Request string `json:"request"`
	Status  int    `json:"status"`
	// Writes tells that it would leave rows behind in a service that listo did not
	// start.
	Writes bool `json:"writes"`
}

// scene is what all users share: who they are, what they send and how it was
// answered at rest.
type scene struct {
	scenario load.Scenario
	expected []Expected
	unfit    []Unfit
	// derived is where the mix comes from; nil when listo.yaml says it.
	derived *Derived
	// rest are the answers at rest, by request.
	rest   []http.Answer
	tokens []http.Token
}

// look logs users in and sends each request of the mix once, with nothing else
// going on. A mix in listo.yaml is the mix; without one it is derived from the
// document, once in an audit.
func look(ctx context.Context, b *lab.Bench, users int) (*scene, error) {
	settings, client := lab.SettingsOf[Settings](b), http.On(b)
	s := &scene{expected: []Expected{}, unfit: []Unfit{}}
	var err error
	if s.tokens, err = client.Crowd(ctx, users); err != nil {
		return nil, err
	}
	for _, token := range s.tokens {
		if token.Value != "" {
			s.scenario.Identities = append(s.scenario.Identities, load.Identity{Header: []load.Field{{Name: "Authorization", Value: "Bearer " + token.Value}}})
		}
	}
	mix := settings.Mix
	if len(mix) == 0 && settings.Document != "" {
		if s.derived = remembered(b); s.derived == nil {
			return s, s.derive(ctx, b, client)
		}
		mix, s.unfit = s.derived.mix(), s.derived.unfit()
	}
	for _, m := range mix {
		method, path, err := m.parts()
		if err != nil {
			return nil, err
		}
		if b.Config.Service.Mode == config.Attached && writes(method) && !m.Repeatable {
			s.unfit = append(s.unfit, Unfit{Request: m.Request, Writes: true})
			continue
		}
		s.ask(ctx, client, m, method, path)
	}
	return s, ctx.Err()
}

// ask sends one request at rest and takes its answer as the right one. Here the
// question is what is right, so one that is cut off without an answer is asked once
// more; how many are lost is counted under load, where nothing is sent twice.
func (s *scene) ask(ctx context.Context, client *http.Client, m Mixed, method, path string) {
	request := requestOf(m, method, path, s.tokens[0])
	a := client.Do(ctx, request)
	if a.Err != nil {
		a = client.Do(ctx, request)
	}
	if a.Err != nil || a.Status/100 != 2 {
		s.unfit = append(s.unfit, Unfit{Request: m.Request, Status: a.Status})
		return
	}
	s.accept(m, method, path, a)
}

// requestOf is a request of the mix as the instrument sends it.
func requestOf(m Mixed, method, path string, token http.Token) http.Request {
	header := nethttp.Header{"Accept": {"application/json"}}
	if m.Body != "" {
		header.Set("Content-Type", "application/json")
	}
	return http.Request{Method: method, Path: path, Header: header, Body: []byte(m.Body), Token: token}
}

// accept takes an answer at rest as the right one, and its request into the load.
func (s *scene) accept(m Mixed, method, path string, a http.Answer) {
	fields := []load.Field{{Name: "Accept", Value: "application/json"}, {Name: "Accept-Encoding", Value: "gzip"}}
	if m.Body != "" {
		fields = append(fields, load.Field{Name: "Content-Type", Value: "application/json"})
	}
	e := Expected{Endpoint: endpoint(method, path), Request: m.Request, Weight: max(1, m.Weight), Status: a.Status}
	e.read(a)
	s.expected, s.rest = append(s.expected, e), append(s.rest, a)
	s.scenario.Requests = append(s.scenario.Requests, load.Request{
		Name: e.Endpoint, Method: method, Path: path, Header: fields, Body: []byte(m.Body), Weight: e.Weight,
		Expect: load.Expect{Status: []int{e.Status}, MediaType: e.MediaType, JSON: e.JSON, NonEmpty: e.NonEmpty, At: e.Filled},
	})
}

// readOf is a user's read of a path.
func readOf(path string, token http.Token) http.Request {
	return http.Request{Method: nethttp.MethodGet, Path: path, Header: nethttp.Header{"Accept": {"application/json"}}, Token: token}
}

// read finds out what an answer holds that must be there again.
func (e *Expected) read(a http.Answer) {
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	e.MediaType = strings.ToLower(strings.TrimSpace(media))
	if len(a.Body) == 0 {
		return
	}
	e.NonEmpty = true
	var value any
	if json.Unmarshal(a.Body, &value) != nil {
		return
	}
	e.JSON = true
	switch v := value.(type) {
	case map[string]any:
		e.NonEmpty, e.Filled = len(v) > 0, filledList(v)
	case []any:
		e.NonEmpty = len(v) > 0
	default:
		e.NonEmpty = value != nil && value != ""
	}
}

// filledList gives the pointer to the first list of an object that holds
// something; "" when there is none.
func filledList(object map[string]any) string {
	var names []string
	for name, v := range object {
		if list, ok := v.([]any); ok && len(list) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(slices.Min(names))
}

// String names an unfit request for a sentence.
func (u Unfit) String() string {
	if u.Status == 0 {
		return u.Request
	}
	return fmt.Sprintf("%s (%d)", u.Request, u.Status)
}
