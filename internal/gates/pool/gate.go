// Package pool is the gate that measures how many database connections a
// service really uses.
//
// It knows one trick and its limits. While listo holds a table that the service
// reads, every request in flight sits in a connection of the pool or in the
// queue before it; the sessions that wait for our lock are then exactly the
// connections that the pool was willing to open. Counting state = 'active'
// instead shows a saturated pool of ten as two, because a fast query is over
// before anybody looks. Both numbers are published side by side.
//
// It does not know the service's source, its driver or its pool library, and it
// never reads its configuration beyond one variable. It measures one endpoint
// of one replica: a pool that this endpoint does not use is only seen when its
// sessions carry the same name.
package pool

import (
	_ "embed"

	"listo/internal/evidence"
)

// Report is the file this gate writes.
const Report = "pool_config_evidence.md"

// Settings is the section "pool" of listo.yaml.
type Settings struct {
	Request         string   `yaml:"request" doc:"the request whose pool is measured: GET and a path that reads the database, e.g. GET /api/gastos?empresaId=1"`
	SizeVariable    string   `yaml:"size_variable" default:"CONNECTION_POOL_SIZE" doc:"variable of the service that declares the size of its pool"`
	ApplicationName string   `yaml:"application_name" doc:"what the service must call itself in pg_stat_activity; any name will do when empty"`
	Replicas        int      `yaml:"replicas" default:"1" doc:"how many copies of the service run in production"`
	Rolling         bool     `yaml:"rolling" doc:"deployments are rolling: for a while old and new replicas run together"`
	FailingRequests []string `yaml:"failing_requests" doc:"requests (GET and a path) that make the service take its error paths"`
}

// The classes of detectors: each is shown a sick twin of its own.
const (
	classHold     = "pool.hold"
	classQueue    = "pool.queue"
	classSampling = "pool.sampling"
	classChurn    = "pool.churn"
	classLeaks    = "pool.leaks"
	classUnused   = "pool.unused"
	classHeadroom = "pool.headroom"
	classIdentity = "pool.identity"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed pool_config_evidence.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "pool",
		Reports:  []string{Report},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			// leaks comes last: a service that leaks is of no use to the others afterwards.
			effective(), answered(), sampling(), churn(), unused(), headroom(), identity(), leaks(),
		},
		Controls: []evidence.Control{
			evidence.Against(classHold, effectiveID, []string{"differs"}, oversized),
			evidence.Against(classQueue, answeredID, []string{"dropped"}, impatient),
			evidence.Against(classSampling, samplingID, []string{"exceeds"}, hoarding),
			evidence.Against(classChurn, churnID, []string{"churns"}, reconnecting),
			evidence.Against(classLeaks, leaksID, []string{"leaked"}, leaking),
			evidence.Against(classUnused, unusedID, []string{"unused"}, idling),
			evidence.Against(classHeadroom, headroomID, []string{"exhausted"}, greedy),
			evidence.Against(classIdentity, identityID, []string{"anonymous"}, nameless),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}

// needs are what every check of this room cannot do without.
func needs() []evidence.Need {
	return []evidence.Need{evidence.NeedService, evidence.NeedDatabase, evidence.Setting("request")}
}

// reasonsWith gives the reasons that any check of this room may answer because
// it could not look, and its own.
func reasonsWith(own ...string) []string {
	return append([]string{"blind", "standby", "occupied", "forbidden", "not_reached", "throttled"}, own...)
}
