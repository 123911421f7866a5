// Package sql is the instrument that asks the patient's PostgreSQL, in sessions
// of listo's own, and keeps question and answer.
//
// Every question has a deadline and every answer a bound. The package does not
// know what an answer should be.
package sql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// ApplicationName is how listo's own sessions call themselves.
const ApplicationName = "listo"

// Bounds of one question and its answer. A longer answer is an error, and costs
// the session: half an answer proves nothing.
const (
	Timeout    = 10 * time.Second // connecting, too
	MaxRows    = 10_000
	MaxBytes   = 8 << 20 // of all values as they came
	maxWatched = 200_000 // readings of a watch and rows in them
)

// Session is one connection to the target's database.
type Session struct {
	bench    *lab.Bench
	conn     *pgx.Conn
	variable string // by which replay lines name the database
}

// Open connects as the audit's own role (database.admin_url, or the superuser
// of the scratch server).
func Open(ctx context.Context, b *lab.Bench) (*Session, error) {
	if b.Target.AdminURL == "" {
		return nil, errors.New("database: listo has no session of its own: set database.admin_url")
	}
	cfg, err := pgx.ParseConfig(b.Target.AdminURL)
	if err != nil {
		return nil, fmt.Errorf("database: admin_url cannot be read: write it as postgres://user:password@host:port/name")
	}
	cfg.RuntimeParams["application_name"] = ApplicationName
	cfg.RuntimeParams["statement_timeout"] = fmt.Sprint(Timeout.Milliseconds())
	cfg.ConnectTimeout = 5 * time.Second
	cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f := pgproto3.NewFrontend(r, w)
		f.SetMaxBodyLen(MaxBytes) // of one message, before it is in memory
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("database: connecting for listo's own session: %w", err)
	}
	return &Session{b, conn, adminVariable}, nil
}

// adminVariable stands for the audit's own address of the patient's database.
const adminVariable = "DATABASE_ADMIN_URL"

// OpenAs is Open for a database that is not the patient's: replay lines name its
// address by this variable.
func OpenAs(ctx context.Context, b *lab.Bench, variable string) (*Session, error) {
	s, err := Open(ctx, b)
	if err == nil {
		s.variable = variable
	}
	return s, err
}

// Close ends the session.
func (s *Session) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = s.conn.Close(ctx) // the server ends it when we cannot
}

// PID is the session's backend process, as pg_stat_activity shows it.
func (s *Session) PID() int { return int(s.conn.PgConn().PID()) }

// Rows is an answer: one map per row, by column name.
type Rows []map[string]any

// Query asks once and records question and answer as a step.
func (s *Session) Query(ctx context.Context, question string, args ...any) (Rows, error) {
	touch := s.bench.Touch("sql", s.replay(question, args...))
	rows, err := s.ask(ctx, question, args...)
	if err == nil {
		touch.Capture("rows", "application/jsonl", lines(rows), true)
	}
	touch.End(0, err)
	return rows, err
}

// QueryFile is Query for a long question without arguments that is asked again and
// again: it is kept as a file of this name, which the replay line names as the
// gate publishes it.
func (s *Session) QueryFile(ctx context.Context, name, question string) (Rows, error) {
	touch := s.bench.Touch("sql", shell.Line(shell.Lit("psql"), shell.Var(s.variable), shell.Lit("-X"), shell.Lit("-f"), shell.Lit("evidence/files/"+name)))
	touch.Publish(name, "application/sql", []byte(question), false)
	rows, err := s.ask(ctx, question)
	if err == nil {
		touch.Capture("rows", "application/jsonl", lines(rows), true)
	}
	touch.End(0, err)
	return rows, err
}

// Exec runs a statement and records it as a step.
func (s *Session) Exec(ctx context.Context, statement string, args ...any) error {
	touch := s.bench.Touch("sql", s.replay(statement, args...))
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	_, err := s.conn.Exec(ctx, statement, args...)
	touch.End(0, err)
	return err
}

// One asks for a single row and reads it into values.
func (s *Session) One(ctx context.Context, question string, into ...any) error {
	touch := s.bench.Touch("sql", s.replay(question))
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	err := s.conn.QueryRow(ctx, question).Scan(into...)
	if err == nil {
		touch.Capture("row", "application/json", jsonLines([][]any{pointed(into)}), true)
	}
	touch.End(0, err)
	return err
}

func (s *Session) ask(ctx context.Context, question string, args ...any) (Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	found, err := s.conn.Query(ctx, question, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	rows, size := Rows{}, 0
	for found.Next() {
		for _, value := range found.RawValues() {
			size += len(value)
		}
		if len(rows) == MaxRows || size > MaxBytes {
			cancel() // nobody reads on
			return nil, fmt.Errorf("the answer is longer than %d rows or %d bytes: this is too much to keep", MaxRows, MaxBytes)
		}
		row, err := pgx.RowToMap(found)
		if err != nil {
			return nil, err
		}
		for name := range row {
			row[name] = plain(row[name])
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

// Reading is one answer of a question asked again and again.
type Reading struct {
	AtMS float64 `json:"at_ms"` // since the watch began
	Rows Rows    `json:"rows"`
}

// Watch asks the same question every so often until enough says so or ctx ends,
// and records all readings as one step. It gives back the readings it took.
func (s *Session) Watch(ctx context.Context, every time.Duration, question string, args []any, enough func(Reading) bool) ([]Reading, error) {
	touch := s.bench.Touch("sql", s.replay(question, args...)+fmt.Sprintf(" # every %v", every))
	var readings []Reading
	began, watched := time.Now(), 0
	var err error
	for ctx.Err() == nil {
		var rows Rows
		if rows, err = s.ask(ctx, question, args...); err != nil {
			break
		}
		reading := Reading{lab.Milliseconds(time.Since(began)), rows}
		readings = append(readings, reading)
		if enough(reading) {
			break
		}
		if watched += 1 + len(rows); watched > maxWatched {
			err = fmt.Errorf("the watch is longer than %d readings and rows: this is too much to keep", maxWatched)
			break
		}
		pause(ctx, every)
	}
	if ctx.Err() != nil {
		err = nil // the end of the watch, not a fault of the database
	}
	touch.Capture("readings", "application/jsonl", jsonLines(readings), true)
	touch.End(0, err)
	return readings, err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Replay is the psql line of a question to the patient's database.
func Replay(question string, args ...any) string { return replay(adminVariable, question, args...) }

func (s *Session) replay(question string, args ...any) string {
	return replay(s.variable, question, args...)
}

func replay(variable, question string, args ...any) string {
	words := []shell.Word{shell.Lit("psql"), shell.Var(variable), shell.Lit("-X"), shell.Lit("-c"), shell.Lit(question)}
	line := shell.Line(words...)
	for i, a := range args {
		line += fmt.Sprintf(" # $%d = %q", i+1, fmt.Sprint(a)) // quoted: a line feed would end the comment
	}
	return line
}

func lines(rows Rows) []byte { return jsonLines([]map[string]any(rows)) }

func jsonLines[T any](all []T) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, v := range all {
		_ = enc.Encode(v) // a bytes.Buffer takes everything, and all values are plain
	}
	return out.Bytes()
}
