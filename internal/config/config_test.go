package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"listo/internal/evidence"
)

// poolSettings has every kind of value that a section may hold.
type poolSettings struct {
	Request  string                 `yaml:"request" doc:"request that uses the database"`
	Size     int                    `yaml:"size" doc:"size of the pool"`
	Ratio    float64                `yaml:"ratio" doc:"a share"`
	Strict   bool                   `yaml:"strict" doc:"be strict"`
	Idle     time.Duration          `yaml:"idle" default:"5m" doc:"idle time"`
	Mode     string                 `yaml:"mode" enum:"transaction,session" doc:"pooling"`
	Names    []string               `yaml:"names" doc:"names of the sessions"`
	Weights  map[string]float64     `yaml:"weights" doc:"weights"`
	Steps    []poolStep             `yaml:"steps" doc:"steps"`
	ByTenant map[string]poolStep    `yaml:"by_tenant" doc:"steps by tenant"`
	Deep     struct{ Inner string } `yaml:"deep" doc:"nested"`
}

type poolStep struct {
	Path  string        `yaml:"path" required:"true" doc:"path"`
	Pause time.Duration `yaml:"pause" doc:"pause behind it"`
}

func (p *poolSettings) Validate() error {
	if p.Size > 100 {
		return errors.New("size is more than any pool needs: write 100 or less")
	}
	return nil
}

// databaseSettings shares its section with the core's own database keys.
type databaseSettings struct {
	Ledger string `yaml:"ledger" doc:"table of the migrations"`
}

func testGates() []evidence.Gate {
	pool := evidence.Check{Declaration: evidence.Declaration{
		ID: "pool.effective",
		Limits: []evidence.Limit{
			{Name: "churn", Default: 0.05, Unit: "per request"},
			{Name: "headroom", Default: 10, Unit: "connections", Direction: evidence.AtLeast},
			{Name: "size", Unset: true, Unit: "connections"},
		},
		Needs: []evidence.Need{evidence.NeedService, evidence.NeedDatabase, evidence.NeedLogin, evidence.Setting("request"), evidence.Setting("names")},
	}}
	ledger := evidence.Check{Declaration: evidence.Declaration{
		ID:    "database.ledger",
		Needs: []evidence.Need{evidence.NeedManaged, evidence.NeedGit, evidence.Setting("ledger"), evidence.Setting("prepare")},
	}}
	return []evidence.Gate{
		{ID: "pool", Checks: []evidence.Check{pool}, Settings: func() any { return &poolSettings{} }},
		{ID: "database", Checks: []evidence.Check{ledger}, Settings: func() any { return &databaseSettings{} }},
		{ID: "supply"},
	}
}

// minimal is a good file; tests add lines to it.
const minimal = `version: 1
name: gastos
service: {mode: managed, start: ./gastos serve, url: "http://127.0.0.1:{port}"}
`

// complete has every kind of value.
const complete = `version: 1
name: gastos
language: en
env_files: [.env]
service:
  mode: managed
  build: go build -o gastos .
  start: ./gastos serve
  url: http://127.0.0.1:{port}
  ready: /readyz
  ready_within: 1m30s
  environment: {PRICE: "$$5", NUMBER: 12}
database:
  scratch: true
  name: gastos
  user: app
  owner: ${OWNER:-owner}
  prepare:
    - ./gastos migrate up
    - ./gastos seed
  ledger: goose_db_version
login:
  request: POST /api/auth/login
  body: '{"email":"{user}","password":"{password}"}'
  token: /token
  users: ["usuario{09..11}@gastos.example", admin@gastos.example]
  password: ${SEED_PASSWORD}
limits:
  pool.effective.churn: 0
  pool.effective.size: ${POOL}
excused:
  supply: the lock file is made by another team
pool:
  request: GET /api/gastos
  size: ${POOL}
  ratio: 0.5
  strict: true
  mode: session
  names: [gastos, "gastos-jobs"]
  weights: {a: 1, b: 2.5}
  steps:
    - {path: /a, pause: 10ms}
    - path: /b
  by_tenant: {andes: {path: /c}}
  deep:
    inner: x
`

func environment(pairs ...string) func(string) (string, bool) {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

// load writes the file and others beside it and loads it. The folder is cut out
// of the error's text.
func load(t testing.TB, source string, lookup func(string) (string, bool), beside ...string) (*Config, error) {
	t.Helper()
	folder := t.TempDir()
	for i := 0; i < len(beside); i += 2 {
		if err := os.WriteFile(filepath.Join(folder, beside[i]), []byte(beside[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "listo.yaml")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, lookup, testGates())
	if err != nil {
		return c, errors.New(strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), ""))
	}
	return c, nil
}

func mustLoad(t testing.TB, source string, lookup func(string) (string, bool), beside ...string) *Config {
	t.Helper()
	c, err := load(t, source, lookup, beside...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %#v\nwant %#v", what, got, want)
	}
}

func TestLoadReadsEverything(t *testing.T) {
	source := "\ufeff" + complete
	c := mustLoad(t, source, environment("POOL", "20"), ".env", "SEED_PASSWORD=\"from the file\"\nPOOL=7\n")
	equal(t, "service", c.Service, Service{
		Mode: Managed, Build: "go build -o gastos .", Start: "./gastos serve", URL: "http://127.0.0.1:{port}", Ready: "/readyz",
		Environment: map[string]string{"PRICE": "$5", "NUMBER": "12"}, ReadyWithin: 90 * time.Second, StopWithin: 10 * time.Second,
	})
	equal(t, "database", c.Database, Database{
		Scratch: true, Name: "gastos", User: "app", Owner: "owner", Prepare: []string{"./gastos migrate up", "./gastos seed"}, MaxConnections: 100,
	})
	equal(t, "login", c.Login, Login{
		Request: "POST /api/auth/login", Body: `{"email":"{user}","password":"{password}"}`, Token: "/token", Password: "from the file",
		Users: []string{"usuario09@gastos.example", "usuario10@gastos.example", "usuario11@gastos.example", "admin@gastos.example"},
	})
	equal(t, "limits", c.Limits, map[string]float64{"pool.effective.churn": 0, "pool.effective.size": 20})
	equal(t, "excused", c.Excused, map[string]string{"supply": "the lock file is made by another team"})
	equal(t, "sections", c.Sections, map[string]any{
		"pool": &poolSettings{
			Request: "GET /api/gastos", Size: 20, Ratio: 0.5, Strict: true, Idle: 5 * time.Minute, Mode: "session",
			Names: []string{"gastos", "gastos-jobs"}, Weights: map[string]float64{"a": 1, "b": 2.5},
			Steps:    []poolStep{{"/a", 10 * time.Millisecond}, {Path: "/b"}},
			ByTenant: map[string]poolStep{"andes": {Path: "/c"}}, Deep: struct{ Inner string }{"x"},
		},
		"database": &databaseSettings{Ledger: "goose_db_version"},
	})
	equal(t, "environment", c.Environment, map[string]string{"SEED_PASSWORD": "from the file", "POOL": "7"})
	equal(t, "unset", c.Unset, map[string]string{})
	equal(t, "language and reports", c.Language+" "+c.Reports, "en reports/dev_audit")
	equal(t, "source", string(c.Source), source)
	equal(t, "folder is absolute", filepath.IsAbs(c.Folder), true)
}

func TestLoadSetsDefaults(t *testing.T) {
	c := mustLoad(t, minimal, environment())
	equal(t, "language", c.Language, "es")
	equal(t, "reports", c.Reports, "reports/dev_audit")
	equal(t, "ready_within", c.Service.ReadyWithin, 30*time.Second)
	equal(t, "stop_within", c.Service.StopWithin, 10*time.Second)
	equal(t, "max_connections", c.Database.MaxConnections, 100)
	equal(t, "sections", c.Sections, map[string]any{"pool": &poolSettings{Idle: 5 * time.Minute}, "database": &databaseSettings{}})
}

func TestSectionMayBeEmpty(t *testing.T) {
	c := mustLoad(t, minimal+"login:\n  # all of it commented out\nlimits:\nenv_files:\npool:\n", environment())
	equal(t, "login", c.Login, Login{})
	equal(t, "limits", len(c.Limits), 0)
}
