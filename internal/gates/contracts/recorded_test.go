package contracts

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"listo/internal/engine/provoke"
	"listo/internal/engine/wire"
	"listo/internal/lab/http"
)

// recorded is one line of a fixture that bench/answers wrote: see there.
type recorded struct {
	Name     string     `json:"name"`
	Row      int        `json:"row"`
	Method   string     `json:"method"`
	Received string     `json:"received"`
	Second   int        `json:"second"`
	State    wire.State `json:"state"`
}

// answers reads what a real server answered to the catalogue.
func answers(t *testing.T, stack string) map[string]recorded {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "engine", "provoke", "testdata", "answers", stack+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, lines := map[string]recorded{}, bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Name != "" {
			all[r.Name] = r
		}
	}
	if len(all) < 50 {
		t.Fatalf("%s: %d answers", stack, len(all))
	}
	return all
}

func (r recorded) talk() wire.Conversation {
	c := wire.Conversation{State: r.State}
	if first, _, err := wire.Read([]byte(r.Received), r.Method, true); err == nil {
		c.Answers = append(c.Answers, first)
	}
	if r.Second != 0 {
		c.Answers = append(c.Answers, wire.Answer{Minor: 1, Status: r.Second})
	}
	return c
}

func (r recorded) answer() http.Answer {
	c := r.talk()
	if len(c.Answers) == 0 {
		return http.Answer{Err: errors.New("none")}
	}
	return answerOf(c)
}

// Who wrote what, in nine real servers. Every error is named; own are those that the
// service itself writes.
func TestLayersOfRealServers(t *testing.T) {
	for _, c := range []struct {
		stack            string
		framework, early string
		proxy            string
		own              []string // of the application
		exempt           map[string]string
	}{
		{"express4", layerExpress, layerNode, "", []string{"zero_byte"}, nil},
		{"express5", layerExpress, layerNode, "", []string{"zero_byte"}, nil},
		{"fastify", layerFastify, layerFastifyRaw, "", nil, map[string]string{"no_host": layerNode, "expectation": layerNode}},
		{"nestjs", layerNest, layerNode, "", nil, nil},
		{"nethttp", layerGo, layerGoParser, "", nil, nil},
		{"chi", layerGo, layerGoParser, "", nil, map[string]string{"wrong_method": layerChi, "options": layerChi, "trace": layerChi, "invented_method": layerChi, "handler_throws": layerRecover}},
		{"gin", layerGin, layerGoParser, "", []string{"malformed", "malformed_nan", "raw_nul", "byte_order_mark", "empty_body", "no_object_scalar", "no_object_array"},
			map[string]string{"bad_utf8": layerGo, "zero_byte": layerGo, "handler_throws": layerRecover}},
		{"nginx", layerFastify, layerFastifyRaw, layerNginx, nil, nil},
		{"caddy", layerExpress, layerGoParser, layerCaddy, []string{"zero_byte"}, map[string]string{"invented_method": layerNode, "long_target": layerNode, "long_field": layerNode, "many_fields": layerNode}},
	} {
		seen := map[string]int{}
		for name, r := range answers(t, c.stack) {
			a := r.answer()
			if a.Err != nil || a.Status < 400 || r.Method == "HEAD" {
				continue
			}
			got := layerOf(a)
			seen[got]++
			want := []string{c.framework, c.early, c.proxy}
			if slices.Contains(c.own, name) {
				want = []string{layerApplication}
			}
			if other, is := c.exempt[name]; is {
				want = []string{other}
			}
			if got == "" || !slices.Contains(want, got) {
				t.Errorf("%s: %s is of %s, want %v: %.200q", c.stack, name, got, want, r.Received)
			}
		}
		for _, layer := range []string{c.framework, c.early, c.proxy} {
			if layer != "" && seen[layer] < 2 {
				t.Errorf("%s: %d answers of %s", c.stack, seen[layer], layer)
			}
		}
	}
}

// None of the nine servers breaks a connection behind an error of the application's
// tier, so none of them may be called to do so.
func TestFramingOfRealServersIsSound(t *testing.T) {
	for _, stack := range []string{"express4", "express5", "fastify", "nestjs", "nethttp", "chi", "gin", "nginx", "caddy"} {
		tiers := map[int]provoke.Tier{}
		for _, row := range provoke.Catalogue() {
			tiers[row.ID] = row.Tier
		}
		o := Framing{}
		for _, r := range answers(t, stack) {
			a := r.answer()
			if tiers[r.Row] != provoke.Application || r.Name == "handler_throws" && stack == "nethttp" { // net/http cuts it
				continue
			}
			one := reply{Request: provoke.Request{Row: r.Row, Name: r.Name, Method: r.Method}, talk: r.talk(), answer: a, layer: layerOf(a), got: a.Status}
			o.count(one)
		}
		for _, row := range o.Rows {
			if sound(row.State) == "" {
				t.Errorf("%s: %+v", stack, row)
			}
		}
		if o.Reused+o.Closed < 15 {
			t.Errorf("%s: %d errors were looked at", stack, o.Reused+o.Closed)
		}
	}
}

// Every refusal of the nine servers is among the statuses that the catalogue calls
// lawful, or it is named here with its reason.
func TestLawfulAnswersOfRealServers(t *testing.T) {
	base := provoke.Base{Host: "listo.example", Read: provoke.Good{Method: "GET", Target: "/things"}, Wrong: "DELETE",
		Body: provoke.Good{Method: "POST", Target: "/things", Body: `{"name":"third"}`}, Item: [2]string{"/things/", ""}}
	lawful := map[string][]int{}
	for _, tier := range []provoke.Tier{provoke.Application, provoke.Protocol} {
		all, _ := provoke.Requests(tier, base)
		for _, r := range all {
			lawful[r.Name] = r.Lawful
		}
	}
	known := map[string]bool{
		"fastify unknown_coding 404": true, // the router answers before a body is read
		"nestjs unknown_coding 404":  true,
	}
	for _, stack := range []string{"express4", "express5", "fastify", "nestjs", "nethttp", "chi", "gin", "nginx", "caddy"} {
		for name, r := range answers(t, stack) {
			a := r.answer()
			want, of := lawful[name]
			if !of || a.Err != nil || a.Status < 400 || slices.Contains(want, a.Status) {
				continue
			}
			if what := fmt.Sprintf("%s %s %d", stack, name, a.Status); !known[what] {
				t.Errorf("%s: want one of %v", what, want)
			}
		}
	}
}
