package provoke

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func whole() Base {
	return Base{Host: "listo.example", Auth: "Bearer x", Fields: []string{"Origin: https://app.example"}, Wrong: "PATCH",
		Read: Good{Method: "GET", Target: "/things"}, Body: Good{"POST", "/things", `{"name":"third"}`}, Item: [2]string{"/things/", "/parts"}}
}

// The catalogue is whole: 46 entries, each tried by a check or not tried for a reason.
func TestTheCatalogueIsWhole(t *testing.T) {
	all := Catalogue()
	if len(all) != 46 {
		t.Errorf("%d rows, want 46", len(all))
	}
	names := map[string]bool{}
	for i, r := range all {
		if r.ID != i+1 {
			t.Errorf("row %d has the ID %d", i+1, r.ID)
		}
		if names[r.Name] || r.Name == "" {
			t.Errorf("row %d: the name %q is taken or empty", r.ID, r.Name)
		}
		names[r.Name] = true
		if (r.By == "") == (r.Why == "") {
			t.Errorf("row %d: it is tried by %q, and not tried because %q", r.ID, r.By, r.Why)
		}
		if r.Tier != Application && r.Tier != Protocol {
			t.Errorf("row %d: tier %q", r.ID, r.Tier)
		}
	}
}

// Everything is sent as one whole head, says who asks and is the same each time.
func TestRequestsAreDeterministic(t *testing.T) {
	seen := map[string]bool{}
	for _, tier := range []Tier{Application, Protocol} {
		all, unreached := Requests(tier, whole())
		again, _ := Requests(tier, whole())
		if len(unreached) > 0 || len(all) == 0 {
			t.Errorf("%s: %d requests, not made: %+v", tier, len(all), unreached)
		}
		for i, r := range all {
			if !bytes.Equal(r.Bytes, again[i].Bytes) {
				t.Errorf("%s differs from one time to the other", r.Name)
			}
			if len(r.Lawful) == 0 || r.Method == "" || r.Row == 0 {
				t.Errorf("%s: %+v", r.Name, r)
			}
			if slices.ContainsFunc(r.Lawful, func(s int) bool { return s < 400 || s > 599 }) {
				t.Errorf("%s: lawful %v", r.Name, r.Lawful)
			}
			if r.Tier == tier {
				if seen[r.Name] {
					t.Errorf("the name %s is there twice", r.Name)
				}
				seen[r.Name] = true
			}
			if r.Row != 36 && (!bytes.Contains(r.Bytes, []byte("\r\n\r\n")) || !bytes.Contains(r.Bytes, []byte("Bearer x"))) {
				t.Errorf("%s: %.200q", r.Name, r.Bytes)
			}
		}
	}
}

func TestWhatABaseLacksIsNamed(t *testing.T) {
	b := whole()
	b.Body, b.Item = Good{}, [2]string{}
	all, unreached := Requests(Application, b)
	for _, r := range all {
		if r.Method == "POST" && r.Row != 1 {
			t.Errorf("%s needs a body that is not there", r.Name)
		}
	}
	if len(unreached) != 11 { // 9 to 17, 20 and 21
		t.Errorf("not reached: %d %+v", len(unreached), unreached)
	}
	if all, unreached := Requests(Protocol, Base{}); len(unreached) != 19 || slices.ContainsFunc(all, func(r Request) bool { return r.Tier == Protocol }) {
		t.Errorf("%d, not reached %d", len(all), len(unreached))
	}
}

// Each row breaks what its name says, and nothing else that a reader might trip over first.
func TestRequestsAreWhatTheySay(t *testing.T) {
	for name, part := range map[string]string{
		"wrong_method": "PATCH /things HTTP/1.1\r\n", "trailing_garbage": `{"name":"third"} x`, "byte_order_mark": "\ufeff{\"name\"", "raw_nul": "a\x00b",
		"bad_utf8": "/things/%FF%FE/parts", "content_length_negative": "Content-Length: -1", "version_3": " HTTP/3.0\r\n", "folded_field": "X-Listo: a\r\n folded\r\n",
		"media_type_text": "Content-Type: text/plain\r\n", "no_host": "GET /things HTTP/1.1\r\nAuthorization", "connect": "CONNECT listo.example HTTP/1.1",
	} {
		all, _ := Requests(Application, whole())
		more, _ := Requests(Protocol, whole())
		i := slices.IndexFunc(all, func(r Request) bool { return r.Name == name })
		j := slices.IndexFunc(more, func(r Request) bool { return r.Name == name })
		switch {
		case i < 0 && j < 0:
			t.Errorf("there is no %s", name)
		case i >= 0 && !strings.Contains(string(all[i].Bytes), part):
			t.Errorf("%s: %q", name, all[i].Bytes)
		case i < 0 && !strings.Contains(string(more[j].Bytes), part):
			t.Errorf("%s: %q", name, more[j].Bytes)
		}
	}
	if strings.Contains(string(mustFind(t, "no_host").Bytes), "Host:") || strings.Contains(string(mustFind(t, "media_type_none").Bytes), "Content-Type") {
		t.Error("what should be missing is there")
	}
}

func mustFind(t *testing.T, name string) Request {
	t.Helper()
	for _, tier := range []Tier{Application, Protocol} {
		all, _ := Requests(tier, whole())
		if i := slices.IndexFunc(all, func(r Request) bool { return r.Name == name }); i >= 0 {
			return all[i]
		}
	}
	t.Fatalf("there is no %s", name)
	return Request{}
}

// A good request is a good request.
func TestPlain(t *testing.T) {
	if got := string(whole().Plain()); got != "GET /things HTTP/1.1\r\nHost: listo.example\r\nAuthorization: Bearer x\r\nOrigin: https://app.example\r\n\r\n" {
		t.Errorf("%q", got)
	}
}
