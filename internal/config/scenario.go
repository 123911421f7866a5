package config

import (
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Scenario is what listo load sends, as a file says it. Zero stands for what the
// file does not say.
type Scenario struct {
	Version int    `yaml:"version" required:"true" doc:"version of the format: 1"`
	Target  string `yaml:"target" required:"true" doc:"the origin that is loaded, e.g. http://127.0.0.1:3000"`

	Users       int           `yaml:"users" doc:"concurrent users, each waiting for its answer"`
	Rate        float64       `yaml:"rate" doc:"requests per second on a fixed schedule, instead of users"`
	Connections int           `yaml:"connections" doc:"the most connections of a fixed schedule"`
	Duration    time.Duration `yaml:"duration" doc:"how long is measured"`
	WarmUp      time.Duration `yaml:"warm_up" doc:"how long is discarded at most before it"`
	Think       time.Duration `yaml:"think" doc:"mean pause of a user between an answer and its next request"`
	Ramp        time.Duration `yaml:"ramp" doc:"time over which the users arrive"`
	Timeout     time.Duration `yaml:"timeout" doc:"the longest an answer may take"`
	Most        int           `yaml:"most_requests" doc:"the most requests that are measured"`
	Budget      string        `yaml:"budget" doc:"latency to keep, as p95=200ms"`
	Errors      string        `yaml:"errors" doc:"the largest share of failed requests, as 1%"`

	// Headers go with every request; one of the same name in a request wins.
	Headers  map[string]string `yaml:"headers" doc:"header fields of every request; secrets as ${VARIABLE}"`
	Requests []Requested       `yaml:"requests" required:"true" doc:"the requests, dealt by their weights"`

	// Secrets are the values that variables filled into headers, bodies and
	// requests, by variable: they must not be shown.
	Secrets map[string]string `yaml:"-"`
}

// Requested is one request of a scenario.
type Requested struct {
	Request string            `yaml:"request" required:"true" doc:"method and path, e.g. GET /api/expenses?limit=20"`
	Name    string            `yaml:"name" doc:"the endpoint that it counts for (default: method and path without the query)"`
	Weight  int               `yaml:"weight" doc:"how often it is dealt, beside the others (default: 1)"`
	Headers map[string]string `yaml:"headers" doc:"header fields of this request"`
	Body    string            `yaml:"body" doc:"body as it is sent"`
	Expect  Expected          `yaml:"expect" doc:"which answer is right (default: any 2xx)"`
}

// Expected says which answer is right.
type Expected struct {
	Status    []int  `yaml:"status" doc:"the right statuses (default: any 2xx)"`
	MediaType string `yaml:"media_type" doc:"the right media type, without parameters"`
	JSON      bool   `yaml:"json" doc:"one well-formed JSON text"`
	NonEmpty  bool   `yaml:"non_empty" doc:"a body, or a JSON value, that is not empty"`
	At        string `yaml:"at" doc:"JSON pointer of the value that must not be empty"`
}

// LoadScenario reads a scenario file as strictly as Load reads listo.yaml: every
// error is an *Error with all that is wrong and where. lookup is the process
// environment. A variable that is not set is an error: half a scenario is not sent.
func LoadScenario(path string, lookup func(string) (string, bool)) (*Scenario, error) {
	src, err := readRegular(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, whole(path, "no such file: name a scenario file, or a URL such as http://127.0.0.1:3000/")
	case err != nil:
		return nil, whole(path, "cannot be read: %s", why(err))
	}
	s := &Scenario{Secrets: map[string]string{}}
	text := oneBreak(withoutMark(src))
	d := newDecoder(path, text, lookup, map[string]string{})
	d.least = "write at least version, target and requests"
	if root := d.parse([]byte(text)); root != nil && d.wants(target{path: "scenario", value: reflect.ValueOf(s).Elem()}, root, yaml.MappingNode) {
		all := fields(reflect.ValueOf(s).Elem())
		pairs, known := d.pairs("", root, keysOf(all))
		d.assign("", pairs, all, known)
		for _, at := range slices.Sorted(maps.Keys(d.unset)) {
			d.lacking(at, "%s is not set: export it, or write a default as ${NAME:-default}", d.unset[at])
		}
	}
	if len(d.problems) == 0 {
		d.validateScenario(s)
	}
	d.secretsOf(s)
	if err := d.refusal(); err != nil {
		return nil, err
	}
	return s, nil
}

// secretsOf notes what variables filled in where a secret may stand.
func (d *decoder) secretsOf(s *Scenario) {
	for path, names := range d.used {
		if !strings.HasPrefix(path, "headers.") && !strings.HasPrefix(path, "requests[") {
			continue
		}
		for _, name := range names {
			if value, ok := d.lookup(name); ok && value != "" {
				s.Secrets[name] = value
			}
		}
	}
}
