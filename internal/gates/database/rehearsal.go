package database

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/command"
	"listo/internal/lab/scratch"
	"listo/internal/lab/service"
	"listo/internal/lab/sql"
)

// commandTimeout bounds one command of the user's.
const commandTimeout = 5 * time.Minute

// Ran is a command that was run, for the runbook: the very line.
type Ran struct {
	Line   string  `json:"line"`
	Exit   int     `json:"exit"`
	TookMS float64 `json:"took_ms"`
	Says   string  `json:"says"` // first line of what it printed when it failed
}

func (r Ran) failed() bool { return r.Line != "" && r.Exit != 0 }

// rehearsal is a throw-away server beside the patient's database. The names of
// its databases are those by which replay lines name their addresses, in capitals.
type rehearsal struct {
	bench  *lab.Bench
	live   *sql.Session
	server *scratch.Server
	owner  string // of the patient's database
	roles  []string
	folder string
}

// rehearse opens a session on the patient's database and starts a server with
// the same roles. The caller closes it when err is nil.
func rehearse(ctx context.Context, b *lab.Bench, durable bool) (*rehearsal, error) {
	live, err := sql.Open(ctx, b)
	if err != nil {
		return nil, err
	}
	r := &rehearsal{bench: b, live: live}
	if err := r.prepare(ctx, durable); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

const rolesQuestion = `select rolname::text as name, rolname = (select pg_get_userbyid(datdba) from pg_database where datname = current_database()) as owns
from pg_roles where rolname !~ '^pg_' order by 1`

func (r *rehearsal) prepare(ctx context.Context, durable bool) error {
	rows, err := r.live.Query(ctx, rolesQuestion)
	if err != nil {
		return fmt.Errorf("database: listing the roles: %w", err)
	}
	for _, row := range rows {
		name := text(row, "name")
		if r.roles = append(r.roles, name); row["owns"] == true {
			r.owner = name
		}
	}
	r.owner = cmp.Or(r.bench.Config.Database.Owner, r.owner)
	if r.folder, err = os.MkdirTemp(r.bench.Scratch, "rehearsal-"); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if r.server, err = scratch.Start(ctx, r.bench.Recorder, durable, r.roles); err != nil {
		return err
	}
	return r.comparable(ctx)
}

// comparable refuses a rehearsal on an older server than the patient's: what
// fails there would be this machine's fault.
func (r *rehearsal) comparable(ctx context.Context) error {
	var major int
	if err := r.live.One(ctx, "select current_setting('server_version_num')::int / 10000", &major); err != nil {
		return fmt.Errorf("database: asking for the server's version: %w", err)
	}
	if ours := r.server.Binaries.Major; major > ours {
		return fmt.Errorf("database: the patient's PostgreSQL is version %d and this machine has %d: install version %d, or point LISTO_PG_BIN to its programs", major, ours, major)
	}
	return nil
}

func (r *rehearsal) close() {
	if r.server != nil {
		r.server.Stop()
	}
	if r.folder != "" {
		_ = os.RemoveAll(r.folder) // the audit's scratch folder goes as a whole
	}
	r.live.Close()
}

// run runs one of the user's commands with the programs of the server's own
// version first in PATH. A non-zero exit is no error here: the judge reads it.
func (r *rehearsal) run(ctx context.Context, line string, more map[string]string) (Ran, error) {
	env := service.Environment(r.bench.Config, os.LookupEnv)
	env["PATH"] = r.server.Binaries.Dir + string(os.PathListSeparator) + cmp.Or(env["PATH"], os.Getenv("PATH"))
	maps.Copy(env, more)
	began := time.Now()
	result, err := command.Run(ctx, r.bench.Recorder, command.Command{
		Line: line, Dir: path(r.bench, r.bench.Config.Service.Directory), Env: env, Timeout: commandTimeout})
	ran := Ran{Line: line, Exit: result.Exit, TookMS: lab.Milliseconds(time.Since(began))}
	if err != nil {
		return ran, err
	}
	if ran.Exit != 0 {
		ran.Says = clip(command.FirstLine(append(result.Stderr, result.Stdout...)))
	}
	return ran, nil
}

// migrate runs a migration command in one of the server's databases, as the owner.
func (r *rehearsal) migrate(ctx context.Context, line, database string) (Ran, error) {
	return r.run(ctx, line, map[string]string{"DATABASE_URL": r.server.URL(database, r.owner)})
}

// Source is the backup and what it was taken of.
type Source struct {
	Command Ran    `json:"command"`
	Extent  Extent `json:"extent"` // of the source, in the backup's own snapshot
	Size    int64  `json:"size"`   // of the file, in bytes
	Digest  string `json:"digest"`
	Format  string `json:"format"` // custom, plain, other; "" when there is no file
	// Snapshot tells that the command was told the snapshot in which the source was read.
	Snapshot bool `json:"snapshot"`
	// Moved is in how many things the source had changed after a backup that was
	// not told the snapshot: the two cannot be compared then.
	Moved int `json:"moved"`
}

// back runs the backup command while a transaction holds the snapshot in which
// the source is read, and gives both.
func (r *rehearsal) back(ctx context.Context) (Source, State, error) {
	var o Source
	err := r.live.Exec(ctx, "begin isolation level repeatable read read only")
	if err != nil {
		return o, State{}, fmt.Errorf("database: opening the snapshot: %w", err)
	}
	var snapshot string
	if err = r.live.One(ctx, "select pg_export_snapshot()", &snapshot); err != nil {
		return o, State{}, fmt.Errorf("database: exporting the snapshot: %w", err)
	}
	was, err := readState(ctx, r.live)
	if err != nil {
		return o, was, err
	}
	o.Extent, o.Snapshot = was.Extent(), mentions(settings(r.bench).Backup, "SNAPSHOT")
	o.Command, err = r.run(ctx, settings(r.bench).Backup, map[string]string{
		"SOURCE_URL": r.bench.Target.AdminURL, "SNAPSHOT": snapshot, "BACKUP": r.backupFile()})
	if err == nil {
		err = r.live.Exec(ctx, "rollback")
	}
	if err == nil {
		err = o.look(r.backupFile())
	}
	if err == nil {
		was.Later, err = readSequences(ctx, r.live)
	}
	if err == nil && !o.Snapshot {
		var now State
		now, err = readState(ctx, r.live)
		o.Moved = compareStates(was, now, nil).Count
	}
	return o, was, err
}

func (r *rehearsal) backupFile() string { return filepath.Join(r.folder, "backup") }

// create makes an empty database of the owner, as a person would.
func (r *rehearsal) create(ctx context.Context, database string) (Ran, error) {
	statement := fmt.Sprintf("create database %s owner %s template template0", pgx.Identifier{database}.Sanitize(), pgx.Identifier{r.owner}.Sanitize())
	line := shell.Line(shell.Lit("psql"), shell.Var("SERVER_URL"), shell.Lit("-X"), shell.Lit("-q"), shell.Lit("-c"), shell.Lit(statement))
	ran, err := r.run(ctx, line, map[string]string{"SERVER_URL": r.server.SuperuserURL("postgres")})
	if err == nil && ran.Exit != 0 {
		err = fmt.Errorf("database: making a database to rehearse in: %s", ran.Says)
	}
	return ran, err
}

// restore makes an empty database of the owner and runs the restore command.
func (r *rehearsal) restore(ctx context.Context, database, file string) (Ran, error) {
	if _, err := r.create(ctx, database); err != nil {
		return Ran{}, err
	}
	return r.fill(ctx, database, file)
}

// fill runs the restore command on an empty database.
func (r *rehearsal) fill(ctx context.Context, database, file string) (Ran, error) {
	return r.run(ctx, settings(r.bench).Restore, map[string]string{"TARGET_URL": r.server.SuperuserURL(database), "BACKUP": file})
}

// open opens a session of the superuser on one of the server's databases.
func (r *rehearsal) open(ctx context.Context, database string) (*sql.Session, error) {
	at := r.bench.At(lab.Target{AdminURL: r.server.SuperuserURL(database)})
	return sql.OpenAs(ctx, at, "TARGET_URL")
}

// state reads one of the server's databases.
func (r *rehearsal) state(ctx context.Context, database string) (State, error) {
	s, err := r.open(ctx, database)
	if err != nil {
		return State{}, err
	}
	defer s.Close()
	return readState(ctx, s)
}
