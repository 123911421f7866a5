package secrets

import (
	"context"
	"testing"
	"time"

	"listo/internal/engine/pgserver"
	"listo/internal/evidence"
	"listo/internal/lab"
)

func TestShapeAsksARealServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := pgserver.Start(ctx, pgserver.Options{MaxConnections: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	for value, reason := range map[string]string{"17": "fits", "18": "too_many", "0": "too_few", "-1": "too_few", "1.5": "not_integer",
		"99999999999999999999": "not_integer", "": "missing", " 5 ": "fits"} {
		b := newBench(t, &Settings{}, map[string]string{"CONNECTION_POOL_SIZE": value})
		b.Target.AdminURL = server.SuperuserURL("postgres")
		if _, f := tried(t, "secrets.shape", b); f.Reason != reason {
			t.Errorf("%q: got %s, want %s", value, f.Reason, reason)
		}
	}
	// A server that is not there decides nothing, and a word is wrong all the same.
	b := newBench(t, &Settings{}, usual())
	wants(t, "secrets.shape", b, evidence.Unproven, "server_unknown")
	b.Patient = func(context.Context) (lab.Target, error) {
		return lab.Target{Environment: usual(), AdminURL: server.SuperuserURL("postgres")}, nil
	}
	wants(t, "secrets.shape", b, evidence.Pass, "fits")
	b.Target.Environment = map[string]string{"CONNECTION_POOL_SIZE": "ten"}
	b.Patient = nil
	wants(t, "secrets.shape", b, evidence.Fail, "not_integer")
}
