package service

import (
	"net/http"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/lab"
)

// A copy stands beside the first patient on the same clone, with what the variant
// says, and is gone when the stay ends though nobody stopped it.
func TestCopiesStandBesideThePatient(t *testing.T) {
	g := lay(t, managed())
	r := record(t)
	stay, err := g.Open(t.Context(), "pool", r)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := func(url string) (string, error) { return url + "&connect_timeout=7", nil }
	copied, stop, err := stay.Start(t.Context(), r, lab.Variant{Environment: map[string]string{"MORE": "yes"}, Database: elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	forgotten, _, err := stay.Start(t.Context(), r, lab.Variant{NotReady: true})
	if err != nil {
		t.Fatal(err)
	}
	if copied.Base == stay.Target.Base || copied.AdminURL != stay.Target.AdminURL {
		t.Errorf("the copy is at %s on %s", copied.Base, copied.AdminURL)
	}
	env := environmentOf(t, copied.Base)
	if env["MORE"] != "yes" || !strings.HasSuffix(env["DATABASE_URL"], "&connect_timeout=7") {
		t.Errorf("the copy was handed %v", env)
	}
	if _, ended := copied.Ended(); ended {
		t.Error("the copy is said to have ended")
	}
	for range 2 {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
	if how, ended := copied.Ended(); !ended || how == "" {
		t.Errorf("the copy was stopped and is said to have ended: %v %q", ended, how)
	}
	if _, err := http.Get(stay.Target.Base + "/ready"); err != nil {
		t.Errorf("stopping the copy hurt the patient: %v", err)
	}
	if done := stay.Close(r); done.Err != "" {
		t.Error(done.Err)
	}
	if alive(forgotten.PID) {
		t.Error("a forgotten copy outlives the stay")
	}
}

func TestAnAttachedServiceHasNoCopies(t *testing.T) {
	stay := &Stay{ground: &Ground{cfg: &config.Config{Service: config.Service{Mode: config.Attached}}}}
	if _, _, err := stay.Start(t.Context(), record(t), lab.Variant{}); err == nil {
		t.Error("a copy of an attached service was started")
	}
}
