package cors

import (
	"net/http"
	"slices"
	"testing"
)

func TestVariants(t *testing.T) {
	for allowed, kinds := range map[string][]string{
		"http://localhost:5173":    {"longer port", "no port"},
		"https://app.example.com":  {"dot"},
		"https://app.example:8443": {"longer port", "no port", "dot"},
	} {
		all, err := Variants(allowed)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, v := range all {
			if v.Origin == allowed || seen[v.Origin] {
				t.Errorf("%s: %+v is the allowed one, or comes twice", allowed, v)
			}
			seen[v.Origin] = true
		}
		for _, kind := range kinds {
			if !slices.ContainsFunc(all, func(v Variant) bool { return v.Kind == kind }) {
				t.Errorf("%s: no variant %q", allowed, kind)
			}
		}
	}
	for _, bad := range []string{"", "*", "null", "localhost:5173", "http://localhost:5173/", "ftp://x.example", "https://a.example?x"} {
		if _, err := Variants(bad); err == nil {
			t.Errorf("%q was taken for an origin", bad)
		}
	}
}

func TestAdmits(t *testing.T) {
	const origin = "https://app.example"
	for _, c := range []struct {
		values []string
		want   bool
	}{
		{nil, false}, {[]string{origin}, true}, {[]string{"*"}, true}, {[]string{"https://other.example"}, false},
		{[]string{origin, origin}, false}, {[]string{origin + ", https://other.example"}, false}, {[]string{"HTTPS://APP.EXAMPLE"}, false},
	} {
		if got := Admits(http.Header{AllowOrigin: c.values}, origin); got != c.want {
			t.Errorf("%q: %v", c.values, got)
		}
	}
}

func TestInvites(t *testing.T) {
	const origin = "https://app.example"
	for _, c := range []struct {
		methods, headers string
		want             bool
	}{
		{"GET, PUT", "authorization, Content-Type", true}, {"PUT", "Authorization", false}, {"GET", "Authorization, Content-Type", false},
		{"*", "*, Authorization", true}, {"*", "*", false},
	} {
		h := http.Header{AllowOrigin: {origin}, AllowMethods: {c.methods}, AllowHeaders: {c.headers}}
		if got := Invites(h, origin, "PUT", "Authorization", "Content-Type"); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if !Invites(http.Header{AllowOrigin: {origin}, AllowHeaders: {"Authorization"}}, origin, "POST", "Authorization") {
		t.Error("POST is on Fetch's safe list")
	}
	if !VariesByOrigin(http.Header{"Vary": {"Accept-Encoding, origin"}}) || VariesByOrigin(http.Header{"Vary": {"Original"}}) {
		t.Error("Vary")
	}
}
