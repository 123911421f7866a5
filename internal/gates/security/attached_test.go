package security

import (
	"context"
	"errors"
	"testing"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

// On a service that listo did not start nothing is renamed, no copy is started and
// nothing is written; what cannot be proved that way is unproven.
func TestAttached(t *testing.T) {
	attached := func(t *testing.T) *lab.Bench {
		b, s := beside(t, unchanged)
		b.Config.Service.Mode = config.Attached
		b.Start = func(context.Context, lab.Variant) (lab.Target, func() error, error) {
			return lab.Target{}, nil, errors.New("service: it runs already")
		}
		s.Failure.Table = "things"
		return b
	}
	wants(t, headersID, attached(t), evidence.Unproven, "unprovoked")
	wants(t, tenantsID, attached(t), evidence.Unproven, "left_out")
	if _, err := transport().Run(t.Context(), attached(t)); err == nil {
		t.Error("HSTS was proved over TLS without TLS")
	}
	b := attached(t)
	b.Limits = evidence.Limits{"max_age": yearInSeconds}
	settings(b).TLS = TLS{ForwardedHeader: "X-Forwarded-Proto: https"}
	wants(t, transportID, b, evidence.Fail, "missing") // the twin believes no proxy
}

// The table is away for one request, and back whatever becomes of that.
func TestHide(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	b := newBench(t).At(lab.Target{AdminURL: server.SuperuserURL("postgres")})
	session, err := sql.Open(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, statement := range []string{`create schema shop`, `create table things (id int)`, `create table shop."Things" (id int)`} {
		if err := session.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for table, question := range map[string]string{"things": `select * from things`, "shop.Things": `select * from shop."Things"`} {
		ctx, cancel := context.WithCancel(t.Context())
		back, err := hide(ctx, session, table)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Exec(t.Context(), question); err == nil {
			t.Errorf("%s is still there", table)
		}
		cancel() // an interrupt comes
		if err := back(); err != nil {
			t.Error(err)
		}
		if err := session.Exec(t.Context(), question); err != nil {
			t.Errorf("%s did not come back: %v", table, err)
		}
	}
	if _, err := hide(t.Context(), session, "none"); err == nil {
		t.Error("a table that is not there was hidden")
	}
}
