package config

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"listo/internal/evidence"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	src, err := Schema(testGates())
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("listo.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("listo.json") // checks it against the draft's own schema
	if err != nil {
		t.Fatalf("not a schema: %v", err)
	}
	return schema
}

// document reads YAML as an editor does, through JSON.
func document(t *testing.T, source string) any {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(source), &tree); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSchemaAllowsGoodFiles(t *testing.T) {
	schema := compile(t)
	for name, source := range map[string]string{
		"complete": complete, "minimal": minimal,
		"variables":      "version: 1\nname: \"${N}\"\nservice: {mode: \"${M}\", ready_within: \"${W:-3s}\"}\nlimits: {pool.effective.size: \"${L}\"}\npool: {size: \"${S}\", strict: \"${B}\"}\n",
		"empty sections": minimal + "login:\npool:\nlimits:\nenv_files:\n",
		"durations":      minimal + "pool: {idle: 1h2.5m0.5s3us}\n",
		"numbers":        minimal + "pool: {request: 7, names: [1, true], ratio: 1e-3, weights: {a: -1}}\n",
	} {
		mustLoad(t, source, environment())
		if err := schema.Validate(document(t, source)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefusesWhatLoadRefuses(t *testing.T) {
	schema := compile(t)
	for _, source := range []string{
		"{}", "[]", "version: 1\nname: x\n", minimal + "unknown: 1\n", minimal + "supply: {}\n", minimal + "database: {ledgre: x, url: y}\n",
		strings.Replace(minimal, "version: 1", "version: 2", 1), strings.Replace(minimal, "managed", "both", 1), strings.Replace(minimal, "mode: managed, ", "", 1),
		minimal + "pool: {size: 1.5}\n", minimal + "pool: {size: x}\n", minimal + "pool: {size: \"1\"}\n", minimal + "pool: {strict: \"true\"}\n",
		minimal + "pool: {idle: 30}\n", minimal + "pool: {idle: soon}\n", minimal + "pool: {mode: statement}\n", minimal + "pool: {names: a}\n",
		minimal + "pool: {names: [[a]]}\n", minimal + "pool: {steps: [{pause: 3s}]}\n", minimal + "pool: {steps: [null]}\n", minimal + "pool: {by_tenant: {a: b}}\n",
		minimal + "limits: {pool.effective.chrun: 1}\n", minimal + "limits: {pool.effective.churn: -1}\n", minimal + "excused: {suply: why}\n", minimal + "excused: {pool: \"\"}\n",
		minimal + "login: null\nreports: null\n",
	} {
		if _, err := load(t, source, environment()); err == nil {
			t.Errorf("Load allows\n%s", source)
		}
		if err := schema.Validate(document(t, source)); err == nil {
			t.Errorf("the schema allows\n%s", source)
		}
	}
}

func TestSchemaIsTheSameEveryTime(t *testing.T) {
	first, err := Schema(testGates())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := Schema(testGates())
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("differs: %v", err)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/schema.json", first, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/schema.json")
	if err != nil || !bytes.Equal(first, want) {
		t.Errorf("testdata/schema.json differs (%v): got\n%s", err, first)
	}
}

func TestDefectsInSectionsAreErrors(t *testing.T) {
	for want, settings := range map[string]func() any{
		"config: x: bad: listo cannot read a chan int: this is a defect in listo": func() any {
			return &struct {
				Bad chan int `yaml:"bad"`
			}{}
		},
		"config: x: m: listo cannot read a map[int]string: this is a defect in listo": func() any {
			return &struct {
				M map[int]string `yaml:"m"`
			}{}
		},
		"config: the settings of gate x are a struct {}, not a pointer to a struct: this is a defect in listo": func() any { return struct{}{} },
	} {
		_, err := Schema([]evidence.Gate{{ID: "x", Settings: settings}})
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	for id, want := range map[string]string{
		"database": "config: the settings of gate database have the key url, which is taken: this is a defect in listo",
		"limits":   "config: the settings of gate limits cannot share the key limits: this is a defect in listo",
	} {
		_, err := Schema([]evidence.Gate{{ID: id, Settings: func() any {
			return &struct {
				URL string `yaml:"url"`
			}{}
		}}})
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestDefectsInDefaultsAreErrors(t *testing.T) {
	path := t.TempDir() + "/listo.yaml"
	if err := os.WriteFile(path, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, environment(), []evidence.Gate{{ID: "x", Settings: func() any {
		return &struct {
			In struct {
				Idle time.Duration `yaml:"idle" default:"soon"`
			} `yaml:"in"`
		}{}
	}}})
	if want := path + `: the default "soon" of idle is not a duration such as 30s: this is a defect in listo`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A type that Schema would refuse makes no panic in Load either.
func TestLoadSurvivesDefects(t *testing.T) {
	path := t.TempDir() + "/listo.yaml"
	if err := os.WriteFile(path, []byte(minimal+"x: {bad: {1: a}, worse: 3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, environment(), []evidence.Gate{{ID: "x", Settings: func() any {
		return &struct {
			Bad   map[int]string `yaml:"bad"`
			Worse complex128     `yaml:"worse"`
		}{}
	}}})
	if err == nil || strings.Count(err.Error(), "this is a defect in listo") != 2 {
		t.Errorf("got %v", err)
	}
}
