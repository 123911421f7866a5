package contracts

import (
	"encoding/base64"
	nethttp "net/http"
	"strings"

	"listo/internal/lab/http"
)

// credentials are the ways in which a credential is wrong: libraries answer each in
// words of their own. An expired one wants the signing key, which is
// security.tokens' to use.
func credentials(c call) []provocation {
	wants := []int{401, 403}
	all := []provocation{
		{"bad_token", "401", wants, badToken(c)},
		{"basic_token", "401", wants, authorised(c, "Basic bGlzdG86bGlzdG8=")},
		{"empty_token", "401", []int{401, 403, 400}, authorised(c, "Bearer")},
	}
	parts := strings.Split(c.token.Value, ".")
	if len(parts) != 3 { // no JWT
		return all
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	return append(all,
		// The signature is left out as a whole: nothing of it may stand on a record.
		provocation{"forged_token", "401", wants, authorised(c, "Bearer "+parts[0]+"."+parts[1]+"."+strings.Repeat("A", len(parts[2])))},
		provocation{"unsigned_token", "401", wants, authorised(c, "Bearer "+none+"."+parts[1]+".")})
}

// authorised is a request with another value of Authorization.
func authorised(c call, value string) call {
	c = c.clone()
	c.token = http.Token{}
	if c.header == nil {
		c.header = nethttp.Header{}
	}
	c.header.Set("Authorization", value)
	return c
}

// rules break what a document says of the state of things: the same thing made twice
// (409), a version that is not the newest (412), none named where one must be (428).
func (s *scout) rules() []provocation {
	var all []provocation
	for _, c := range []struct {
		name, status string
		wants        []int
		make         func(*twin) (call, bool)
	}{
		{"conflict", "409", []int{409, 422}, twice},
		{"precondition", "412", []int{412, 409, 428}, outdated},
		{"no_precondition", "428", []int{428, 412, 400}, versionless},
	} {
		var made *call
		s.any(func(t *twin) bool {
			if _, documented := t.op.Answers[c.status]; !documented || isLogin(s.b, t.op) {
				return false
			}
			other, ok := c.make(t)
			if ok {
				made = &other
			}
			return ok
		})
		if made != nil {
			all = append(all, provocation{c.name, c.status, c.wants, *made})
		}
	}
	return all
}

// twice is a good request that makes something, once more.
func twice(t *twin) (call, bool) {
	return t.clone(), (t.op.Method == nethttp.MethodPost || t.op.Method == nethttp.MethodPut) && (t.body != nil || t.raw != nil)
}

// outdated names a version that nobody has (RFC 9110, 13.1.1). It is tried where a
// server that does not heed it writes what is there already.
func outdated(t *twin) (call, bool) {
	c := t.clone()
	c.header.Set("If-Match", `"listo-nobody"`)
	return c, t.op.Method == nethttp.MethodPut || t.op.Method == nethttp.MethodPatch
}

// versionless names no version (RFC 6585, 3).
func versionless(t *twin) (call, bool) {
	c := t.clone()
	had := c.header.Get("If-Match") != ""
	c.header.Del("If-Match")
	return c, had && (t.op.Method == nethttp.MethodPut || t.op.Method == nethttp.MethodPatch)
}
