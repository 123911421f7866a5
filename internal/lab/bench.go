// Package lab is where experiments happen: the bench a check works at, the
// recorder that writes down every touch, and the store of raw bytes.
//
// The instruments themselves stand in packages below this one (http, sql,
// command, service); a room imports only those it touches. The lab knows what
// was done and what came back. It does not know what any of it means.
package lab

import (
	"context"
	"fmt"
	"io"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
)

// ClaimVariable is the environment variable by which every process of an audit
// can be found again, also after listo was killed. Its value is the audit's folder
// for temporary files, Bench.Scratch.
const ClaimVariable = "LISTO_CLAIM"

// Bench is what one experiment is handed. It is a value: a copy with another
// Target points the same check at another service, which is how a negative
// control works.
type Bench struct {
	Config *config.Config
	Gate   string
	Limits evidence.Limits
	Target Target
	// Patient opens the patient for a check that has not declared to need it: one
	// that has something to say also when it does not start. nil: there is none.
	Patient func(context.Context) (Target, error)
	// Start starts another copy of a managed patient on the gate's own clone of the
	// database, and gives what stops it; calling that twice does no harm. The copies
	// still there when the gate ends are stopped then.
	Start func(context.Context, Variant) (Target, func() error, error)
	*Recorder
	// Ledger gives what has happened so far; only checks that run last read it.
	Ledger func() evidence.Ledger
	// Previous gives the last audit in the same folder, whose outcomes the plan
	// names; nil or false when there was none.
	Previous func() (evidence.Ledger, bool)
	// Bundle is the folder of the reports, evidence/ inside; Scratch is a folder
	// for this audit's temporary files, removed at its end.
	Bundle  string
	Scratch string
	Rand    io.Reader
	// Progress tells how far long work has come; never nil.
	Progress func(done, total int)
}

// Target is the patient as this experiment reaches it. Zero fields are things
// that are not there.
type Target struct {
	Base        string            // "http://127.0.0.1:41234", no slash at the end
	AdminPort   int               // what {admin_port} stood for; 0 when attached
	DatabaseURL string            // as the service uses it
	AdminURL    string            // the same database, for listo's own sessions
	Environment map[string]string // the variables handed to the service
	PID         int               // process ID of a managed service
	// Log gives what the service has logged since it started.
	Log func() ([]byte, error)
	// Ended tells whether a managed service has ended by itself, and how
	// ("exit status 1"); nil for an attached one.
	Ended func() (how string, ended bool)
}

// Variant is how another copy of the patient differs from the first. The zero
// value differs in nothing but its port.
type Variant struct {
	// Environment is handed over beside what the configuration says, and wins.
	Environment map[string]string
	// Database makes the DATABASE_URL that is handed over out of the right one, to
	// lead through a fault proxy, say; nil leaves it alone.
	Database func(url string) (string, error)
	// NotReady starts a copy that need not become ready: Start gives it as soon as
	// its process runs.
	NotReady bool
}

// SettingsOf gives the gate's section of listo.yaml in its own type; a section
// that is absent is the zero value.
func SettingsOf[T any](b *Bench) *T {
	if s, ok := b.Config.Sections[b.Gate].(*T); ok && s != nil {
		return s
	}
	return new(T)
}

// Requiring is a section of listo.yaml that names variables which the service
// must be handed, wherever they are set.
type Requiring interface{ RequiredNames() []string }

// Secretive is a section of listo.yaml that names variables whose values must
// never reach the disk.
type Secretive interface{ SecretNames() []string }

// Limit gives a limit of the check at hand. The plan always holds it, since a
// check whose limit is unset is not run.
func (b *Bench) Limit(name string) float64 { return b.Limits[name] }

// LimitDuration gives a limit whose unit is milliseconds.
func (b *Bench) LimitDuration(name string) time.Duration {
	return time.Duration(b.Limits[name] * float64(time.Millisecond))
}

// At gives a bench that points at another target and writes to the same record.
func (b *Bench) At(t Target) *Bench {
	other := *b
	other.Target = t
	return &other
}

// Unreachable is the error of a target that could not be touched at all.
type Unreachable struct {
	What string
	Err  error
}

// Error says what could not be reached and why.
func (u Unreachable) Error() string { return fmt.Sprintf("%s: %v", u.What, u.Err) }

// Unwrap gives the cause.
func (u Unreachable) Unwrap() error { return u.Err }
