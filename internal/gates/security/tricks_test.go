package security

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
)

// Each way to bend a read is caught by a twin that checks one company and lists another.
func TestEveryTrickIsCaught(t *testing.T) {
	owners := func(r *nethttp.Request) []string { return append(r.URL.Query()["owner"], "", "") }
	for kind, whose := range map[string]func(*nethttp.Request) (string, string){
		"twice":          func(r *nethttp.Request) (string, string) { o := owners(r); return o[0], max(o[1], o[0]) },
		"twice_reversed": func(r *nethttp.Request) (string, string) { o := owners(r); return last(r), o[0] },
		"list": func(r *nethttp.Request) (string, string) {
			o := append(r.URL.Query()["owner[]"], owners(r)...)
			return o[0], last(r, "owner[]")
		},
		"comma": func(r *nethttp.Request) (string, string) {
			first, rest, both := strings.Cut(owners(r)[0], ",")
			if !both {
				rest = first
			}
			return first, rest
		},
		"case": func(r *nethttp.Request) (string, string) { return owners(r)[0], last(r, "OWNER") },
		"body": func(r *nethttp.Request) (string, string) {
			var body struct{ Owner string }
			text, _ := io.ReadAll(r.Body)
			if json.Unmarshal(text, &body) != nil {
				return owners(r)[0], owners(r)[0]
			}
			return owners(r)[0], body.Owner
		},
		"header": func(r *nethttp.Request) (string, string) {
			if h := r.Header.Get("X-Tenant-Id"); h != "" {
				return owners(r)[0], h
			}
			return owners(r)[0], owners(r)[0]
		},
	} {
		t.Run(kind, func(t *testing.T) {
			b, _ := beside(t, func(t *twin) { t.whose, t.meter.most = whose, 1000 })
			check, _ := evidence.Find([]evidence.Gate{Gate()}, tenantsID)
			raw, err := check.Run(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			o, err := check.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(o.(Tenants).Tricks, func(d Deed) bool { return d.Trick == kind && d.Shown > 0 }) {
				t.Errorf("not shown: %s", raw)
			}
			if f, err := check.Judge(raw, b.Limits); err != nil || f.Reason != "shown" {
				t.Errorf("%v %q %v", f.Outcome, f.Reason, err)
			}
		})
	}
}

// last is the last value of a parameter, or the one of owner.
func last(r *nethttp.Request, names ...string) string {
	for _, name := range append(names, "owner") {
		if values := r.URL.Query()[name]; len(values) > 0 {
			return values[len(values)-1]
		}
	}
	return ""
}

// What a stranger deletes is seen in the database although the service says no, and
// what changes by itself is not laid at his door.
func TestTheDatabaseIsRead(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	b := newBench(t)
	b.Config.Service.Mode = config.Managed
	b.Target.AdminURL = server.SuperuserURL("postgres")
	run := func(statement string) {
		t.Helper()
		r, err := register(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		defer r.session.Close()
		if err := r.session.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	run(`create table things (id int, name text)`)
	run(`create table seen (n int)`)
	run(`insert into things select i, 'a thing' from generate_series(1, 30000) i`)
	run(`insert into seen values (0)`)
	for name, c := range map[string]struct {
		strangers string
		gone      map[string]int
	}{
		"nothing":        {`select 1`, map[string]int{}},
		"an insert":      {`insert into things values (0, 'new')`, map[string]int{}},
		"a delete":       {`delete from things where id = 7`, map[string]int{"public.things": 1}},
		"an update":      {`update things set name = 'mine' where id in (8, 9)`, map[string]int{"public.things": 2}},
		"a restless one": {`update seen set n = n + 1`, map[string]int{}},
	} {
		r, err := register(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.between(t.Context(), func() { run(`update seen set n = n + 1`) }, func() { run(c.strangers) }); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(r.o.Gone, c.gone) || r.o.Tables != 2 || r.o.Rows < 29_000 || !slices.Equal(r.o.Restless, []string{"public.seen"}) {
			t.Errorf("%s: %+v", name, r.o)
		}
	}
	b.Config.Service.Mode = config.Attached
	if r, err := register(context.Background(), b); r != nil || err != nil {
		t.Error("a database that is not listo's was opened")
	}
}
