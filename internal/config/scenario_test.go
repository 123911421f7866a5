package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// scenario writes the file and reads it. The folder is cut out of the error's text.
func scenario(t testing.TB, source string, lookup func(string) (string, bool)) (*Scenario, error) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "load.yaml")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := LoadScenario(path, lookup)
	if err != nil {
		return s, errors.New(strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), ""))
	}
	return s, nil
}

func TestScenario(t *testing.T) {
	got, err := scenario(t, `version: 1
target: http://127.0.0.1:${PORT}
rate: 20.5
connections: 30
duration: 10s
warm_up: 2s
timeout: 3s
most_requests: 1000
budget: p95=200ms
errors: 0.5%
headers: {Authorization: "Bearer ${TOKEN}"}
requests:
  - request: GET /api/expenses?limit=20
    weight: 3
    expect: {status: [200, 203], media_type: application/json, json: true, non_empty: true, at: /items}
  - request: POST /api/expenses
    name: create
    headers: {Content-Type: application/json}
    body: '{"note":"${NOTE:-costs} $$5"}'
`, environment("PORT", "31415926", "TOKEN", "hush-hush"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Scenario{
		Version: 1, Target: "http://127.0.0.1:31415926", Rate: 20.5, Connections: 30, Duration: 10 * time.Second, WarmUp: 2 * time.Second,
		Timeout: 3 * time.Second, Most: 1000, Budget: "p95=200ms", Errors: "0.5%", Headers: map[string]string{"Authorization": "Bearer hush-hush"},
		Requests: []Requested{
			{Request: "GET /api/expenses?limit=20", Weight: 3, Expect: Expected{Status: []int{200, 203}, MediaType: "application/json", JSON: true, NonEmpty: true, At: "/items"}},
			{Request: "POST /api/expenses", Name: "create", Weight: 1, Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"note":"costs $5"}`},
		},
		Secrets: map[string]string{"TOKEN": "hush-hush"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestScenarioErrors holds every kind of bad scenario against the exact text of
// its error, as TestErrors does for listo.yaml.
func TestScenarioErrors(t *testing.T) {
	const table = "testdata/scenarios.txt"
	raw, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var fresh strings.Builder
	cases := strings.Split(string(raw), "=== ")
	fresh.WriteString(cases[0])
	for _, c := range cases[1:] {
		name, rest, _ := strings.Cut(c, "\n")
		source, want, _ := strings.Cut(rest, "---\n")
		got := "no error"
		if _, err := scenario(t, source, environment("BAD", "s3cret-value\r\nX: y", "SECRET", "s3cret-value")); err != nil {
			got = err.Error()
		}
		if !*update && got != strings.TrimRight(want, "\n") {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, want)
		}
		if strings.Contains(got, "s3cret-value") && name != "targets" { // there it stands in the file itself
			t.Errorf("the error shows the value of a variable:\n%s", got)
		}
		fmt.Fprintf(&fresh, "=== %s\n%s---\n%s\n\n", name, source, got)
	}
	if len(cases) < 18 {
		t.Errorf("%s holds %d cases only", table, len(cases)-1)
	}
	if *update {
		if err := os.WriteFile(table, []byte(strings.TrimRight(fresh.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScenariosThatCannotBeRead(t *testing.T) {
	for path, want := range map[string]string{
		"nowhere.yaml": "nowhere.yaml: no such file: name a scenario file, or a URL such as http://127.0.0.1:3000/",
		"testdata":     "testdata: cannot be read: is not a regular file",
	} {
		if _, err := LoadScenario(path, environment()); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestParseBudget(t *testing.T) {
	for text, want := range map[string]struct {
		percentile float64
		limit      time.Duration
	}{"p95=200ms": {95, 200 * time.Millisecond}, "p99.9=1s": {99.9, time.Second}} {
		if p, limit, err := ParseBudget(text); err != nil || p != want.percentile || limit != want.limit {
			t.Errorf("%q: %v %v %v", text, p, limit, err)
		}
	}
	for _, bad := range []string{"", "p95", "95=1s", "p0=1s", "p100=1s", "pNaN=1s", "p95=0s", "p95=-1s", "p95=200"} {
		if _, _, err := ParseBudget(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]float64{"1%": 1, "0.5": 0.5, " 100 % ": 100, "0": 0} {
		if got, err := ParsePercent(text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "%", "101%", "-1", "NaN", "one"} {
		if _, err := ParsePercent(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzScenario(f *testing.F) {
	f.Add("version: 1\ntarget: http://127.0.0.1:1\nrequests: [{request: GET /}]\n")
	f.Add("requests: [{request: [}]")
	f.Fuzz(func(t *testing.T, source string) {
		if s, err := scenario(t, source, environment("A", "b")); (s == nil) == (err == nil) {
			t.Errorf("%v, %v", s, err)
		}
	})
}
