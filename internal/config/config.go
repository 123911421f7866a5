// Package config turns listo.yaml into a Config and a Config into the Plan of
// an audit.
//
// It knows how a service is reached, started and logged into, and how ${VAR}s
// are filled. It does not know what any gate wants: each gate brings the type
// of its own section, and the keys of `limits` come from the checks. Every
// error has the line and the column that a person must look at.
package config

import "time"

// Config is listo.yaml as read: variables filled, defaults set. Field tags are
// the keys; doc tags become the JSON Schema that editors use.
type Config struct {
	Version  int      `yaml:"version" required:"true" enum:"1" doc:"format of this file; 1"`
	Name     string   `yaml:"name" required:"true" doc:"the service's name, as people call it"`
	Language string   `yaml:"language" default:"es" doc:"language of the reports: es or en"`
	EnvFiles []string `yaml:"env_files" doc:"dotenv files of the service under audit, relative to this file; later ones win, the process environment wins over all"`
	Reports  string   `yaml:"reports" default:"reports/dev_audit" doc:"folder of the reports, relative to this file"`

	Service  Service           `yaml:"service" required:"true" doc:"how the service is started and reached"`
	Database Database          `yaml:"database" doc:"the service's PostgreSQL"`
	Login    Login             `yaml:"login" doc:"how a test user gets a token"`
	Limits   map[string]number `yaml:"limits" doc:"limits that differ from the checks' own, by check and name"`
	Excused  map[string]string `yaml:"excused" doc:"gates or checks left out, with the reason; the verdict is then at best GO, reduced scope"`

	// Sections holds one pointer per gate that has settings, by gate ID, of the
	// type that the gate's Settings function gives.
	Sections map[string]any `yaml:"-"`
	// Unset maps the path of a value ("pool.request", "limits.x.y") to the
	// variable that was to fill it and is not set ("A, B" when several are not).
	// Such a value is left zero or at its default, such an element of a list or
	// map is left out.
	Unset map[string]string `yaml:"-"`
	// Environment is what the env files hold, overridden by nothing.
	Environment map[string]string `yaml:"-"`
	// MissingEnvFiles are the env files that do not exist, as written. The
	// variables they were to hold stay unset.
	MissingEnvFiles []string `yaml:"-"`
	// Remote are the keys of URLs whose host is not this machine.
	Remote []string `yaml:"-"`
	// Folder is the absolute folder of listo.yaml; all paths are relative to it.
	Folder string `yaml:"-"`
	// Source is the file's own bytes, for its digest.
	Source []byte `yaml:"-"`
}

type number = float64

// The two modes of a service.
const (
	Managed  = "managed"  // listo starts and stops it
	Attached = "attached" // it runs already
)

// Service tells how the patient is started and reached. In its commands, URL
// and environment {port} stands for the free port that listo picks and
// {database_url} for the database that it hands over.
type Service struct {
	Mode      string `yaml:"mode" required:"true" enum:"managed,attached" doc:"managed: listo runs the start command; attached: it runs already"`
	Directory string `yaml:"directory" doc:"working folder of the commands, relative to this file"`
	Build     string `yaml:"build" doc:"command run once before the audit, e.g. go build"`
	Start     string `yaml:"start" doc:"command that runs the service in the foreground"`
	Stop      string `yaml:"stop" doc:"command that stops it; without one SIGTERM goes to its process group"`
	URL       string `yaml:"url" doc:"where it answers, e.g. http://127.0.0.1:{port}"`
	Ready     string `yaml:"ready" doc:"path that answers 200 when it is ready"`
	// Log is only needed when the service does not log to its output.
	Log         string            `yaml:"log" doc:"log file, if it does not log to stdout or stderr"`
	Environment map[string]string `yaml:"environment" doc:"further variables handed to the service; {port}, {admin_port} (a second free port) and {database_url} are filled in"`
	ReadyWithin time.Duration     `yaml:"ready_within" default:"30s" doc:"how long it may take to become ready"`
	StopWithin  time.Duration     `yaml:"stop_within" default:"10s" doc:"how long it may take to stop before it is killed"`
}

// Database tells which PostgreSQL the patient uses. Scratch: listo starts a
// throw-away server, creates the roles and the database and runs Prepare.
// Otherwise URL is an existing development database.
type Database struct {
	Scratch bool   `yaml:"scratch" doc:"listo starts a throw-away PostgreSQL of its own"`
	Name    string `yaml:"name" doc:"name of the database"`
	User    string `yaml:"user" doc:"role the service connects as"`
	Owner   string `yaml:"owner" doc:"role that owns the schema and runs the prepare commands"`
	// Prepare runs with DATABASE_URL set to the owner's URL.
	Prepare []string `yaml:"prepare" doc:"commands that migrate and seed a fresh database"`
	// MaxConnections of the scratch server; the real one's value.
	MaxConnections int `yaml:"max_connections" default:"100" doc:"max_connections of the scratch server; set it to production's"`

	URL      string `yaml:"url" doc:"existing database as the service uses it"`
	AdminURL string `yaml:"admin_url" doc:"the same database for listo's own sessions: owner of the tables, member of pg_monitor"`
	// SystemIdentifier is recorded by listo init; a change is refused.
	SystemIdentifier string `yaml:"system_identifier" doc:"pg_control_system().system_identifier as recorded by listo init"`
}

// Login tells how a test user gets a bearer token.
type Login struct {
	Request  string   `yaml:"request" doc:"method and path, e.g. POST /api/auth/login"`
	Body     string   `yaml:"body" doc:"JSON body; {user} and {password} are filled in"`
	Token    string   `yaml:"token" doc:"JSON pointer (RFC 6901) to the token in the answer"`
	Users    []string `yaml:"users" doc:"test users; {01..20} expands"`
	Password string   `yaml:"password" doc:"their password, as a ${VARIABLE}"`
}
