package contracts

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// Every control is caught for the reason it was built for.
func TestControlsAreCaught(t *testing.T) {
	gate := Gate()
	for _, control := range gate.Controls {
		t.Run(control.Class, func(t *testing.T) {
			twin, away, err := control.Twin(t.Context(), bench(t))
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			f := try(t, twin.(*lab.Bench), control.Check)
			if !control.Caught(f) {
				t.Errorf("%v %q %v, want a failure for %v", f.Outcome, f.Reason, f.Facts, control.Reasons)
			}
		})
	}
}

// healthy is a shop with nothing wrong: it reads a table, and limits requests.
func healthy(t *testing.T) *shop {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), bench(t).Target.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"drop schema if exists shop cascade", "create schema shop", "create table shop.thing (name text)"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close(t.Context())
	t.Cleanup(func() {
		if conn, err := pgx.Connect(context.Background(), os.Getenv(adminURL)); err == nil {
			_, _ = conn.Exec(context.Background(), "drop schema shop cascade")
			_ = conn.Close(context.Background())
		}
	})
	s := newShop()
	s.broken = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
		defer cancel()
		own, err := pgx.Connect(ctx, os.Getenv(adminURL))
		if err != nil {
			return err
		}
		defer own.Close(ctx)
		_, err = own.Exec(ctx, "select name from shop.thing")
		return err
	}
	return s
}

func TestTheHealthyShopPasses(t *testing.T) {
	for _, c := range Gate().Checks {
		t.Run(c.ID, func(t *testing.T) {
			s := healthy(t)
			s.dump = false
			if c.ID == limitedID {
				s.limit = 60
			}
			source := without(shopSource, "\tmux.HandleFunc(\"GET /debug/dump\", h)\n", "")
			b, away, err := open(bench(t), s, shopDocument, source)
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			if f := try(t, b, c.ID); f.Outcome != evidence.Pass {
				t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

// What is left out of the settings is no pass and costs no time.
func TestSettingsAreNeeded(t *testing.T) {
	for _, c := range Gate().Checks {
		if !slices.Contains(c.Needs, evidence.Setting("document")) {
			t.Errorf("%s does not say that it needs the document", c.ID)
		}
	}
	for _, s := range []Settings{{ServedAt: "openapi.json"}, {Exempt: []string{"metrics"}}, {Sources: []string{""}}} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

// A service that listo did not start is not written to.
func TestAttachedIsNotWrittenTo(t *testing.T) {
	s := newShop()
	b := at(t, s, shopDocument)
	b.Config.Service.Mode = "attached"
	f := try(t, b, positiveID)
	wants(t, f, evidence.Unproven, "unreached")
	if len(s.things) != 2 || !strings.Contains(strings.Join(f.Facts["names"].([]string), " "), "attached") {
		t.Errorf("%d things, %v", len(s.things), f.Facts)
	}
}

// Nobody answers: nothing is proved, nothing is blamed.
func TestNobodyAnswers(t *testing.T) {
	b := at(t, newShop(), shopDocument)
	b.Target.Base = "http://127.0.0.1:1"
	for _, c := range Gate().Checks {
		if c.ID == documentID || c.ID == serverID {
			continue
		}
		own := *b
		own.Limits = limitsOf(c)
		raw, err := c.Run(t.Context(), &own)
		if err != nil {
			continue
		}
		f, err := c.Judge(raw, own.Limits)
		if err != nil {
			t.Fatal(err)
		}
		if f.Outcome != evidence.Unproven {
			t.Errorf("%s: %v %q %v", c.ID, f.Outcome, f.Reason, f.Facts)
		}
	}
}
