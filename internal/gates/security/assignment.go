package security

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	nethttp "net/http"
	"reflect"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// assignment asks whether a client can set what only the service sets: the number of a
// row, its author, its time, a role (API3:2023 of OWASP, mass assignment).
func assignment() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: assignmentID, Class: assignmentID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("tenants")},
		Reasons: []string{"own", "assigned", "broken", "uncontrolled", "nothing", "left_out", "throttled", "unanswered"},
	}, timed(budget, sparing(runAssignment)), judgeAssignment)
}

// Assignment is what came of creating rows with members that are the service's.
type Assignment struct {
	// LeftOut tells that nothing may be created: the database is not listo's.
	LeftOut bool      `json:"left_out,omitempty"`
	Created []Created `json:"created"`
}

// Created is one request that creates, with each member tried.
type Created struct {
	Request string   `json:"request"`
	Plain   int      `json:"plain"`
	Members []Member `json:"members"`
}

// Member is one member that the service's answer has and the request has not.
type Member struct {
	Name   string `json:"name"`
	Curl   string `json:"curl,omitempty"` // where something is wrong
	Status int    `json:"status"`
	// Taken tells that the answer has the value that the client sent.
	Taken bool `json:"taken"`
}

// forgedNumber and forgedTime are values that no row has of itself.
const (
	forgedNumber = 987654321
	forgedTime   = "1999-09-09T09:09:09Z"
)

func runAssignment(ctx context.Context, b *lab.Bench) (Assignment, error) {
	o := Assignment{Created: []Created{}}
	if o.LeftOut = b.Config.Service.Mode == config.Attached; o.LeftOut {
		return o, nil
	}
	client, all := http.On(b), settings(b).Tenants
	var others []map[string]any // what the companies before were answered
	for _, name := range sortedKeys(all) {
		token, err := client.Login(ctx, all[name].User)
		if err != nil {
			return o, err
		}
		for _, line := range all[name].Requests {
			order, err := parseOrder(line)
			if err != nil {
				return o, fmt.Errorf("security: tenants.%s: %w", name, err)
			}
			if order.method != nethttp.MethodPost || order.body == "" {
				continue
			}
			c, row := creation(ctx, client, order, token, others)
			others, o.Created = append(others, row), append(o.Created, c)
		}
	}
	return o, ctx.Err()
}

// creation creates a row plainly, then once more for each member that is the service's
// alone. row is the plain answer.
func creation(ctx context.Context, client *http.Client, o order, token http.Token, others []map[string]any) (c Created, row map[string]any) {
	c = Created{Request: o.method + " " + o.path, Members: []Member{}}
	plain := patient(ctx, client, o.request(token))
	c.Plain, row = plain.Status, objectOf(plain.Body)
	sent := objectOf([]byte(o.body))
	for _, name := range sortedKeys(row) {
		value, ours := forgedFor(name, row[name], others)
		if _, asked := sent[name]; asked || !ours {
			continue
		}
		changed := maps.Clone(sent)
		changed[name] = value
		body, _ := json.Marshal(changed) // it was JSON, and a value was put in
		r := order{o.method, o.path, string(body)}.request(token)
		a := patient(ctx, client, r)
		c.Members = append(c.Members, Member{Name: name, Curl: client.Replay(r), Status: a.Status, Taken: a.Status/100 == 2 && same(objectOf(a.Body)[name], value)})
	}
	return c, row
}

func objectOf(text []byte) map[string]any {
	var object map[string]any
	_ = json.Unmarshal(text, &object) // what is none has no members
	return object
}

// same compares a value that came back with the one that was sent; moments may be
// written in another zone or precision.
func same(got, want any) bool {
	text, isText := got.(string)
	if wanted, ok := want.(string); ok && isText && wanted == forgedTime {
		return strings.HasPrefix(text, forgedTime[:len("1999-09-0")])
	}
	encoded, err := json.Marshal(want)
	var normal any
	return err == nil && json.Unmarshal(encoded, &normal) == nil && reflect.DeepEqual(got, normal)
}

// forgedFor gives another value for a member that no client may set, by what such
// members are called and hold; ours is false for all others: what a service calls a
// state may be its clients' to set.
func forgedFor(name string, value any, others []map[string]any) (forged any, ours bool) {
	plain := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	switch v := value.(type) {
	case float64:
		if plain == "id" {
			return forgedNumber, true
		}
		if slices.Contains(authors(), plain) { // of another company: it is there, and another
			for _, other := range others {
				if o, ok := other[name].(float64); ok && o != v {
					return o, true
				}
			}
		}
	case string:
		for _, begin := range []string{"created", "updated", "creado", "actualizado", "modified", "modificado"} {
			if strings.HasPrefix(plain, begin) && len(v) >= len("2006-01-02") && v[0] >= '1' && v[0] <= '2' {
				return forgedTime, true
			}
		}
		if plain == "role" || plain == "rol" {
			return "admin", v != "admin"
		}
	case bool:
		if slices.Contains([]string{"isadmin", "admin", "esadmin", "verified", "emailverified", "superuser"}, plain) {
			return true, !v
		}
	}
	return nil, false
}

func authors() []string {
	return []string{"userid", "usuarioid", "ownerid", "authorid", "autorid", "createdby", "creadopor"}
}

// outcome tells what became of a member: "" when the service kept its own.
func (m Member) outcome() string {
	switch {
	case m.Taken:
		return "assigned"
	case m.Status >= 500:
		return "broken"
	case m.Status == 429:
		return "throttled"
	case m.Status == 0:
		return "unanswered"
	}
	return ""
}

func judgeAssignment(o Assignment, _ evidence.Limits) evidence.Finding {
	found := map[string][]string{}
	tried := 0
	for _, c := range o.Created {
		if c.Plain/100 != 2 {
			found["uncontrolled"] = append(found["uncontrolled"], c.Request)
		}
		for _, m := range c.Members {
			tried++
			if out := m.outcome(); out != "" {
				found[out] = append(found[out], m.Name)
			}
		}
	}
	facts := evidence.Facts{"tried": tried, "created": len(o.Created)}
	for _, reason := range []string{"assigned", "broken", "unanswered", "throttled", "uncontrolled"} {
		if len(found[reason]) == 0 {
			continue
		}
		facts["members"] = once(found[reason])
		if reason == "assigned" || reason == "broken" {
			facts[evidence.Replay] = o.first(reason)
			return evidence.Failed(reason, facts)
		}
		return evidence.Undecided(reason, facts)
	}
	switch {
	case o.LeftOut:
		return evidence.Undecided("left_out", facts)
	case tried == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("own", facts)
}

// first gives the line of the first member of which this became.
func (o Assignment) first(outcome string) string {
	for _, c := range o.Created {
		for _, m := range c.Members {
			if m.outcome() == outcome {
				return m.Curl
			}
		}
	}
	return ""
}
