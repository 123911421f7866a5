package config

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/evidence"
)

func TestPlan(t *testing.T) {
	source := minimal + `language: en
database: {url: "postgres://app:${PW:-s3cret}@127.0.0.1/gastos_dev"}
limits:
  pool.effective.churn: 0.5
  pool.effective.size: 20
excused: {supply: not ours, database.ledger: no ledger}
pool: {request: "${REQUEST}"}
`
	c := mustLoad(t, source, environment())
	about := About{
		Run: "run-1", Made: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Operator: "ci", Commit: "abc", Dirty: true,
		Tool: evidence.Tool{Version: "1"}, Machine: evidence.Machine{Cores: 2}, Source: "sha256:aa", Previous: &evidence.Previous{Run: "run-0"},
	}
	got := c.Plan(testGates(), about)
	equal(t, "plan", got, evidence.Plan{
		Format: evidence.FormatVersion, Run: "run-1", Made: about.Made, Language: "en", Tool: about.Tool, Operator: "ci", Machine: about.Machine,
		Subject: evidence.Subject{
			Name: "gastos", Mode: "managed", Commit: "abc", Dirty: true, Config: evidence.DigestOf([]byte(source)), Database: "gastos_dev", Source: "sha256:aa",
		},
		Gates: []evidence.Planned{
			{Gate: "pool", Checks: []evidence.PlannedCheck{{Check: "pool.effective", Limits: []evidence.PlannedLimit{
				{Name: "churn", Value: 0.5, Unit: "per request", Loosened: true, Default: 0.05},
				{Name: "headroom", Value: 10, Unit: "connections", Default: 10},
				{Name: "size", Value: 20, Unit: "connections"},
			}}}},
			{Gate: "database", Checks: []evidence.PlannedCheck{{Check: "database.ledger", Excused: "no ledger"}}},
			{Gate: "supply", Checks: []evidence.PlannedCheck{}, Excused: "not ours"},
		},
		Unset:    map[string]string{"pool.request": "REQUEST"},
		Previous: about.Previous,
	})
	raw, err := json.Marshal(got)
	if err != nil || strings.Contains(string(raw), "s3cret") {
		t.Errorf("the plan holds a secret, or %v: %s", err, raw)
	}
}

func TestPlanNamesTheDatabase(t *testing.T) {
	for section, want := range map[string]string{
		"": "", "database: {scratch: true, name: a, user: b, owner: c}\n": "a",
		"database: {url: \"postgres://u:p@127.0.0.1:5/dev?sslmode=disable\"}\n": "dev", "database: {url: \"${NONE}\"}\n": "",
	} {
		equal(t, section, mustLoad(t, minimal+section, environment()).Plan(testGates(), About{}).Subject.Database, want)
	}
}

func TestPlanLoosened(t *testing.T) {
	for _, c := range []struct {
		limit string
		want  bool
	}{
		{"churn: 0.04", false}, {"churn: 0.05", false}, {"churn: 0.06", true},
		{"headroom: 11", false}, {"headroom: 10", false}, {"headroom: 9", true},
		{"size: 9999", false}, // without a default nothing is loosened
	} {
		plan := mustLoad(t, minimal+"limits: {pool.effective."+c.limit+"}\n", environment()).Plan(testGates(), About{})
		name, _, _ := strings.Cut(c.limit, ":")
		limits := plan.Gates[0].Checks[0].Limits
		i := slices.IndexFunc(limits, func(l evidence.PlannedLimit) bool { return l.Name == name })
		if i < 0 || limits[i].Loosened != c.want {
			t.Errorf("%s: got %+v", c.limit, limits)
		}
	}
}

// No default stands in for a limit that a variable was to set.
func TestPlanLeavesOutUnsetLimits(t *testing.T) {
	c := mustLoad(t, minimal+"limits: {pool.effective.churn: \"${CHURN}\"}\n", environment())
	plan := c.Plan(testGates(), About{})
	equal(t, "limits", plan.LimitsOf("pool.effective"), evidence.Limits{"headroom": 10})
	equal(t, "unset", plan.Unset, map[string]string{"limits.pool.effective.churn": "CHURN"})
}

func TestLacks(t *testing.T) {
	attached := "version: 1\nname: x\nservice: {mode: attached, url: \"http://127.0.0.1:1\"}\n"
	login := "login: {request: POST /, body: '{}', token: /t, users: [a], password: p}\n"
	pool := "pool: {request: GET /, names: [a]}\n"
	limit := "limits: {pool.effective.size: 1}\n"
	scratch := "database: {scratch: true, name: a, user: b, owner: c}\n"
	for _, c := range []struct {
		name, source, check string
		want                []string
	}{
		{"everything", minimal + scratch + login + pool + limit, "pool.effective", nil},
		{"bare", minimal, "pool.effective", []string{"database", "login", "pool.request", "pool.names", "limits.pool.effective.size"}},
		{"half a login", minimal + scratch + pool + limit + "login: {request: POST /, token: /t, password: \"${PW}\"}\n", "pool.effective",
			[]string{"PW (login.password)", "login.body", "login.users"}},
		{"variables", "version: 1\nname: x\nservice: {mode: managed, start: \"${S}\", url: \"${U}\"}\n" + login +
			"database: {url: \"${D}\", admin_url: \"${E}\"}\npool: {request: \"${R}\", names: [\"${N}\", b]}\nlimits: {pool.effective.size: \"${L}\", pool.effective.churn: \"${C}\"}\n",
			"pool.effective", []string{"S (service.start)", "U (service.url)", "D (database.url)", "E (database.admin_url)", "R (pool.request)", "N (pool.names)",
				"C (limits.pool.effective.churn)", "L (limits.pool.effective.size)"}},
		{"existing database without admin_url", minimal + "database: {url: \"postgres://a@127.0.0.1/x\"}\n" + login + pool + limit, "pool.effective", nil},
		{"scratch by variable", minimal + "database: {scratch: true, name: \"${DB}\", user: b, owner: c}\n" + login + pool + limit, "pool.effective", []string{"DB (database.name)"}},
		{"mode by variable", "version: 1\nname: x\nservice: {mode: \"${MODE}\", url: \"http://127.0.0.1:1\"}\n" + scratch + login + pool + limit, "pool.effective", []string{"MODE (service.mode)"}},
		{"managed only", attached, "database.ledger", []string{"service.mode: managed", "database.ledger", "database.prepare"}},
		{"shared section", minimal + "database: {scratch: true, name: a, user: b, owner: c, ledger: t, prepare: [make]}\n", "database.ledger", nil},
	} {
		cfg := mustLoad(t, c.source, environment())
		for _, g := range testGates() {
			for _, check := range g.Checks {
				if check.ID == c.check {
					equal(t, c.name, cfg.Lacks(g, check), c.want)
				}
			}
		}
	}
}

// Of two settings of which one is enough the first that is there counts, and one that
// waits for a variable is not replaced by another.
func TestLacksEither(t *testing.T) {
	check := evidence.Check{Declaration: evidence.Declaration{Needs: []evidence.Need{evidence.EitherSetting("request", "names")}}}
	for source, want := range map[string][]string{
		"": {"pool.request or pool.names"}, "pool: {request: GET /}\n": nil, "pool: {names: [a]}\n": nil, "pool: {request: GET /, names: [\"${N}\"]}\n": nil,
		"pool: {request: \"${R}\", names: [a]}\n": {"R (pool.request)"}, "pool: {names: [\"${N}\"]}\n": {"N (pool.names)"},
	} {
		c := mustLoad(t, minimal+source, environment())
		equal(t, source, c.Lacks(testGates()[0], check), want)
	}
}

func TestLacksUnknownNeed(t *testing.T) {
	check := evidence.Check{Declaration: evidence.Declaration{Needs: []evidence.Need{"a moon", evidence.Setting("nosuch"), evidence.Setting("deep.inner"), "a moon"}}}
	c := mustLoad(t, minimal, environment())
	equal(t, "lacks", c.Lacks(testGates()[0], check), []string{"a moon", "pool.nosuch", "pool.deep.inner"})
	c = mustLoad(t, minimal+"pool: {deep: {inner: x}}\n", environment())
	equal(t, "lacks", c.Lacks(testGates()[0], check), []string{"a moon", "pool.nosuch"})
}

func TestRemote(t *testing.T) {
	c := mustLoad(t, `version: 1
name: x
service: {mode: attached, url: "https://dev.example.com/api"}
database: {url: "postgres://a@10.0.0.5/x", admin_url: "postgres:///x?host=/var/run/postgresql"}
`, environment())
	equal(t, "remote", c.Remote, []string{"service.url", "database.url"})
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST.": true, "a.localhost": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"0.0.0.0": false, "::": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "": false, "2130706433": false,
	} {
		if IsLoopback(host) != want {
			t.Errorf("IsLoopback(%q) is %v", host, !want)
		}
	}
}
