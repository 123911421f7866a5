package sql

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/lab"
)

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 60 * time.Second

func newServer(t *testing.T) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() }) // a second stop, or one of a dead server, is no fault here
	return server
}

// place is a bench with its evidence in a folder of its own.
type place struct {
	*lab.Bench
	blobs string
}

func newPlace(t *testing.T, url string) place {
	t.Helper()
	folder := t.TempDir()
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return place{&lab.Bench{Config: &config.Config{}, Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Target: lab.Target{AdminURL: url}}, folder}
}

func (p place) open(t *testing.T) *Session {
	t.Helper()
	s, err := Open(t.Context(), p.Bench)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// lastBlob gives the bytes that the last step kept.
func (p place) lastBlob(t *testing.T) []byte {
	t.Helper()
	steps, err := p.Steps()
	if err != nil {
		t.Fatal(err)
	}
	raw := steps[len(steps)-1].Raw
	if len(raw) != 1 {
		t.Fatalf("the last step kept %+v", raw)
	}
	b, err := os.ReadFile(filepath.Join(p.blobs, raw[0].Digest.Hex()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever a column holds, the evidence says it in JSON, as psql would show it.
func TestOddTypesSurviveIntoTheEvidence(t *testing.T) {
	p := newPlace(t, newServer(t).SuperuserURL("postgres"))
	s := p.open(t)
	cases := []struct{ sql, want string }{
		{`1::int2`, `1`}, {`2::int4`, `2`}, {`9007199254740993::int8`, `9007199254740993`}, {`true`, `true`}, {`null`, `null`},
		{`1.5::float8`, `1.5`}, {`'NaN'::float8`, `"NaN"`}, {`'-Infinity'::float8`, `"-Infinity"`}, {`'Infinity'::float4`, `"Infinity"`},
		{`12345678901234567890.123456789::numeric`, `12345678901234567890.123456789`}, {`'NaN'::numeric`, `"NaN"`}, {`'Infinity'::numeric`, `"Infinity"`},
		{`'a"b\c'::text`, `"a\"b\\c"`}, {`''::text`, `""`}, {`E'\u2028\u202e'::text`, `"\u2028` + "\u202e" + `"`},
		{`'\x00ff10'::bytea`, `"\\x00ff10"`}, {`'\x'::bytea`, `"\\x"`},
		{`'2026-03-04 05:06:07.89+00'::timestamptz`, `"2026-03-04T05:06:07.89Z"`}, {`'infinity'::timestamptz`, `"infinity"`},
		{`'2026-03-04 05:06:07'::timestamp`, `"2026-03-04T05:06:07Z"`}, {`'2026-03-04'::date`, `"2026-03-04T00:00:00Z"`},
		{`'294276-01-01'::timestamp`, `*294276*`}, {`'4713-01-01 BC'::date`, `*-4712*`},
		{`'10.1.2.3/24'::inet`, `"10.1.2.3/24"`}, {`'::1'::inet`, `"::1/128"`}, {`'10.0.0.0/8'::cidr`, `"10.0.0.0/8"`}, {`'08:00:2b:01:02:03'::macaddr`, `*`},
		{`'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid`, `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`},
		{`array[1,null,3]::int4[]`, `[1,null,3]`}, {`array['a','b"c']`, `["a","b\"c"]`}, {`array['NaN','1.5']::float8[]`, `["NaN",1.5]`}, {`'{}'::text[]`, `[]`},
		{`array['\x01','\x02']::bytea[]`, `["\\x01","\\x02"]`}, {`'{{1,2},{3,4}}'::int[]`, `*`},
		{`'{"a":[1,null,"x"]}'::jsonb`, `{"a":[1,null,"x"]}`}, {`'[1]'::json`, `[1]`}, {`'null'::jsonb`, `null`},
		{`interval '1 day 02:03:04'`, `*`}, {`'12:34:56'::time`, `*`}, {`int4range(1,5)`, `*`}, {`'[1,)'::int4range`, `*`}, {`point(1,2)`, `*`}, {`b'101'`, `*`},
		{`row(1,'a')`, `*`}, {`'(1,2)'::tid`, `*`}, {`txid_current_snapshot()`, `*`}, {`'12.34'::money`, `*`}, {`to_tsvector('a b')`, `*`}, {`pg_lsn '16/B374D848'`, `*`},
		{`'"x"'::"char"`, `*`}, {`'postgres'::name`, `"postgres"`}, {`'pg_class'::regclass`, `*`}, {`'<a/>'::xml`, `*`},
	}
	for _, c := range cases {
		rows, err := s.Query(t.Context(), "select "+c.sql+" as v")
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		inMemory, err := json.Marshal(rows[0]["v"])
		if err != nil {
			t.Errorf("%s: the row itself: %v", c.sql, err)
		}
		var kept struct{ V json.RawMessage }
		if err := json.Unmarshal(p.lastBlob(t), &kept); err != nil {
			t.Errorf("%s: kept %q: %v", c.sql, p.lastBlob(t), err)
			continue
		}
		if !like(string(kept.V), c.want) || string(inMemory) != string(kept.V) {
			t.Errorf("%s: kept %s, in memory %s, want %s", c.sql, kept.V, inMemory, c.want)
		}
	}
	var f float64
	if err := s.One(t.Context(), "select 'NaN'::float8", &f); err != nil || string(p.lastBlob(t)) != "[\"NaN\"]\n" {
		t.Errorf("a single row: %v, %q", err, p.lastBlob(t))
	}
}

// like compares with a pattern: * for anything there is, *x* for anything with x.
func like(got, want string) bool {
	if strings.HasPrefix(want, "*") {
		return got != "" && strings.Contains(got, strings.Trim(want, "*"))
	}
	return got == want
}

func TestHugeAnswersAreRefused(t *testing.T) {
	url := newServer(t).SuperuserURL("postgres")
	for name, question := range map[string]string{
		"rows":       fmt.Sprintf("select i from generate_series(1, %d) i", 3_000_000),
		"bytes":      "select repeat('x', 100000) from generate_series(1, 10000)",
		"one value":  "select repeat('x', 150000000)",
		"many small": fmt.Sprintf("select repeat('y', 2000) from generate_series(1, %d)", MaxRows),
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, url)
			s := p.open(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rows, err := s.Query(t.Context(), question)
			runtime.ReadMemStats(&after)
			if err == nil || len(rows) != 0 {
				t.Errorf("%d rows, %v", len(rows), err)
			}
			if all := after.TotalAlloc - before.TotalAlloc; all > 16*MaxBytes {
				t.Errorf("%d MiB were allocated in all", all>>20)
			}
			if steps, _ := p.Steps(); steps[0].Err == "" || len(steps[0].Raw) != 0 {
				t.Errorf("the record: %+v", steps[0])
			}
		})
	}
	s := newPlace(t, url).open(t)
	if rows, err := s.Query(t.Context(), fmt.Sprintf("select i from generate_series(1, %d) i", MaxRows)); err != nil || len(rows) != MaxRows {
		t.Errorf("as much as is allowed: %d rows, %v", len(rows), err)
	}
}

// The server itself ends what takes too long, so that nothing of listo's runs on
// in it when listo is gone.
func TestStatementTimeout(t *testing.T) {
	s := newPlace(t, newServer(t).SuperuserURL("postgres")).open(t)
	var set string
	if err := s.One(t.Context(), "select setting from pg_settings where name = 'statement_timeout'", &set); err != nil || set != fmt.Sprint(Timeout.Milliseconds()) {
		t.Fatalf("statement_timeout is %q, %v", set, err)
	}
	if err := s.Exec(t.Context(), "set statement_timeout = '50ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(t.Context(), "select pg_sleep(600)"); err == nil || !strings.Contains(err.Error(), "57014") {
		t.Errorf("got %v", err)
	}
	if rows, err := s.Query(t.Context(), "select 7::int4 as n"); err != nil || !reflect.DeepEqual(rows, Rows{{"n": int32(7)}}) {
		t.Errorf("the session is lost: %v, %v", rows, err)
	}
}

func TestWatch(t *testing.T) {
	url := newServer(t).SuperuserURL("postgres")
	t.Run("ends when it has enough", func(t *testing.T) {
		p := newPlace(t, url)
		s := p.open(t)
		n := 0
		readings, err := s.Watch(t.Context(), time.Microsecond, "select $1::int4 as n", []any{5}, func(r Reading) bool {
			n++
			return n == 4
		})
		if err != nil || len(readings) != 4 || strings.Count(string(p.lastBlob(t)), "\n") != 4 {
			t.Errorf("%d readings, %v: %s", len(readings), err, p.lastBlob(t))
		}
		if steps, _ := p.Steps(); len(steps) != 1 || !strings.Contains(steps[0].Replay, `# $1 = "5"`) {
			t.Errorf("the record: %+v", steps)
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		for _, during := range []string{"a question", "a pause"} {
			ctx, cancel := context.WithCancel(t.Context())
			p := newPlace(t, url)
			s := p.open(t)
			question, every := "select 1 as n", time.Hour
			if during == "a question" {
				question, every = "select case when $1 then pg_sleep(600)::text end", time.Microsecond
			}
			args := []any{}
			if during == "a question" {
				args = []any{false}
			}
			_, err := s.Watch(ctx, every, question, args, func(Reading) bool {
				if during == "a question" {
					args[0] = true
				}
				time.AfterFunc(20*time.Millisecond, cancel)
				return false
			})
			if err != nil {
				t.Errorf("%s: the end of the watch is an error: %v", during, err)
			}
			cancel()
		}
	})
	t.Run("is bounded", func(t *testing.T) {
		p := newPlace(t, url)
		readings, err := p.open(t).Watch(t.Context(), 0, fmt.Sprintf("select i from generate_series(1, %d) i", MaxRows), nil, func(Reading) bool { return false })
		if err == nil || len(readings) > maxWatched/MaxRows+1 {
			t.Errorf("%d readings, %v", len(readings), err)
		}
	})
}

// What a question was asked with may be the patient's own text: it stays in the
// comment.
func TestReplayLineIsOneLine(t *testing.T) {
	line := Replay("select $1", "x\ntouch /tmp/listo-was-here #", 7)
	if strings.Contains(line, "\n") || !strings.Contains(line, `# $1 = "x\ntouch`) || !strings.Contains(line, `# $2 = "7"`) {
		t.Errorf("got %q", line)
	}
}
