package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/engine/loopback"
	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// Ground is what all gates of one audit stand on: the built service and the
// prepared database from which every gate's clone is taken.
type Ground struct {
	cfg    *config.Config
	claim  *Claim
	server *pgserver.Server // the scratch server; nil for an existing database
	// template is the prepared database, as admin and as the service reach it.
	adminURL, serviceURL string
}

// Lay builds the service and prepares the database. What it did is on the
// record of r whether it succeeds or not.
func Lay(ctx context.Context, cfg *config.Config, claim *Claim, r *lab.Recorder) (*Ground, error) {
	g := &Ground{cfg: cfg, claim: claim, adminURL: cfg.Database.AdminURL, serviceURL: cfg.Database.URL}
	if g.adminURL == "" {
		g.adminURL = g.serviceURL
	}
	if cfg.Service.Build != "" {
		if err := g.command(ctx, r, cfg.Service.Build, nil); err != nil {
			return g, err
		}
	}
	if cfg.Database.Scratch {
		return g, g.scratch(ctx, r)
	}
	return g, Guard(ctx, cfg, g.adminURL, r)
}

// Clear takes the ground away: the scratch server and all it holds.
func (g *Ground) Clear() error {
	if g.server == nil {
		return nil
	}
	return g.server.Stop()
}

func (g *Ground) scratch(ctx context.Context, r *lab.Recorder) error {
	db := g.cfg.Database
	touch := r.Touch("service", "# a throw-away PostgreSQL of listo's own")
	err := g.startServer(ctx)
	touch.End(0, err)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	for _, line := range db.Prepare {
		if err := g.command(ctx, r, line, map[string]string{"DATABASE_URL": g.server.URL(db.Name, db.Owner)}); err != nil {
			return err
		}
	}
	return nil
}

func (g *Ground) startServer(ctx context.Context) (err error) {
	db := g.cfg.Database
	if g.server, err = pgserver.Start(ctx, pgserver.Options{MaxConnections: db.MaxConnections}); err != nil {
		return err
	}
	owner := db.Owner
	if owner == "" {
		owner = db.User
	}
	for _, role := range slices.Compact([]string{owner, db.User}) {
		if err := g.server.CreateRole(ctx, role); err != nil {
			return err
		}
	}
	if err := g.server.CreateDatabase(ctx, db.Name, owner); err != nil {
		return err
	}
	g.adminURL, g.serviceURL = g.server.SuperuserURL(db.Name), g.server.URL(db.Name, db.User)
	return nil
}

// command runs one of the declared commands; a non-zero exit is an error.
func (g *Ground) command(ctx context.Context, r *lab.Recorder, line string, env map[string]string) error {
	all := g.environment(env)
	result, err := command.Run(ctx, r, command.Command{Line: line, Dir: g.dir(), Env: all, Timeout: 5 * time.Minute})
	if err != nil {
		return err
	}
	if result.Exit != 0 {
		return fmt.Errorf("command: %s: it ended with %d: %s", line, result.Exit, command.FirstLine(append(result.Stderr, result.Stdout...)))
	}
	return nil
}

func (g *Ground) dir() string { return filepath.Join(g.cfg.Folder, g.cfg.Service.Directory) }

// environment is what a child is handed: what the configuration says, then what
// listo adds.
func (g *Ground) environment(more map[string]string) map[string]string {
	env := Environment(g.cfg, os.LookupEnv)
	maps.Copy(env, more)
	name, value := g.claim.Mark()
	env[name] = value
	return env
}

// Stay is one gate's time with the patient.
type Stay struct {
	Target lab.Target
	ground *Ground
	proc   *process
	clone  string
	copies copies
}

// Open gives the gate a running patient. A managed one gets a clone of the
// database first, then a fresh start; an attached one is guarded and looked at.
func (g *Ground) Open(ctx context.Context, gate string, r *lab.Recorder) (*Stay, error) {
	s := &Stay{ground: g, Target: lab.Target{AdminURL: g.adminURL, DatabaseURL: g.serviceURL}}
	if g.cfg.Service.Mode == config.Attached {
		s.Target.Base = strings.TrimSuffix(g.cfg.Service.URL, "/")
		s.Target.Environment = Environment(g.cfg, os.LookupEnv)
		s.Target.Log = g.attachedLog()
		return s, s.lookAt(ctx, r)
	}
	if g.adminURL != "" {
		if err := s.cloneDatabase(ctx, gate, r); err != nil {
			return s, err
		}
	}
	return s, s.startService(ctx, r)
}

func (g *Ground) attachedLog() func() ([]byte, error) {
	if g.cfg.Service.Log == "" {
		return nil
	}
	p := &process{log: filepath.Join(g.cfg.Folder, g.cfg.Service.Log)}
	return p.tail
}

func (s *Stay) startService(ctx context.Context, r *lab.Recorder) (err error) {
	s.proc, s.Target, err = s.launch(ctx, r, lab.Variant{})
	return err
}

// launch starts the service on this stay's database and waits until it is ready.
// The process is given, where there is one, even with an error.
func (s *Stay) launch(ctx context.Context, r *lab.Recorder, v lab.Variant) (*process, lab.Target, error) {
	cfg, target := s.ground.cfg.Service, s.Target
	port, err := loopback.FreePort()
	if err == nil {
		target.AdminPort, err = loopback.FreePort(port)
	}
	if err != nil {
		return nil, target, err
	}
	if v.Database != nil {
		if target.DatabaseURL, err = v.Database(target.DatabaseURL); err != nil {
			return nil, target, err
		}
	}
	fill := strings.NewReplacer("{port}", fmt.Sprint(port), "{admin_port}", fmt.Sprint(target.AdminPort), "{database_url}", target.DatabaseURL)
	env := s.ground.environment(map[string]string{"PORT": fmt.Sprint(port)})
	if target.DatabaseURL != "" {
		env["DATABASE_URL"] = target.DatabaseURL
	}
	for name, value := range cfg.Environment {
		env[name] = fill.Replace(value)
	}
	maps.Copy(env, v.Environment)
	touch := r.Touch("service", fill.Replace(cfg.Start))
	log := filepath.Join(s.ground.claim.Folder, fmt.Sprintf("service-%d.log", port))
	proc, err := start(fill.Replace(cfg.Start), s.ground.dir(), log, env, r.Redact)
	if err == nil {
		proc.stop = fill.Replace(cfg.Stop)
		target.Base = strings.TrimSuffix(fill.Replace(cfg.URL), "/")
		if !v.NotReady {
			err = proc.awaitReady(ctx, target.Base+cfg.Ready, cfg.ReadyWithin)
		}
		target.PID, target.Log, target.Ended = proc.cmd.Process.Pid, proc.tail, proc.ended
		target.Environment = realEnvironment(target.PID)
		captureLog(touch, proc)
	}
	touch.End(0, err)
	return proc, target, err
}

func captureLog(t *lab.Touch, p *process) {
	if b, err := p.tail(); err == nil && len(b) > 0 {
		t.Capture("log", "text/plain", b, true)
	}
}

// Close stops a managed patient, whatever it has become, and drops its clone; it
// says what it did.
func (s *Stay) Close(r *lab.Recorder) evidence.Handling {
	done := evidence.Handling{Act: "the patient was only looked at"}
	s.copies.stop(r)
	var failed error
	if s.proc != nil {
		touch := r.Touch("service", cmp.Or(s.proc.stop, "# SIGTERM to the service's process group"))
		done.Act = [...]string{stopped: "stopped by itself", killed: "killed: it did not stop in time",
			gone: "it had ended before it was stopped"}[s.proc.end(s.ground.cfg.Service.StopWithin)]
		strays := killMarked(s.ground.claim.Folder) // what left the process group
		captureLog(touch, s.proc)
		touch.End(0, strays)
		failed = errors.Join(failed, strays)
	}
	if s.clone != "" {
		failed = errors.Join(failed, s.dropClone(r))
	} else if s.proc == nil && s.Target.AdminURL != "" {
		failed = s.nothingLeft(r)
	}
	if failed != nil {
		done.Err = r.Redact(failed.Error())
	}
	return done
}

// withDatabase gives the URL with another database name.
func withDatabase(raw, name string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("database: its URL cannot be read: write it as postgres://user:password@host:port/name")
	}
	u.Path = "/" + name
	return u.String(), nil
}
