package security

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/jwt"
	"listo/internal/lab/http"
)

// audienceOther is a token meant for somebody else.
const audienceOther = "audience_other"

// stampedKinds are tokens that only the holder of the key can make and that no
// service may believe: each is past its time, however that is written. Some libraries
// take a 0 for no time at all, or skip what is no whole number.
func stampedKinds() []string {
	return []string{"exp_zero", "exp_negative", "exp_text_past", "exp_fraction_past"}
}

// harmless tells kinds whose being believed gives nobody what he has not: they are
// shown, and never red. RFC 7519 leaves exp, iss and iat to the service; RFC 9110 has
// the scheme without regard to case; the rest is the real token in a looser writing.
func harmless(kind string) bool {
	return slices.Contains([]string{"exp_missing", "exp_far", "exp_text_future", "issued_future", "issuer_other", "type_other", "alg_lower", "crit",
		"four_segments", "padded", "scheme_lower", "second_before", "second_behind"}, kind)
}

// misshapen are the real token in other shapes; without its key nothing better can
// be made of it.
func (f forger) misshapen(real string, parsed jwt.Token) []forgery {
	const other = "Bearer listo.is.no-token"
	return []forgery{
		{kind: "two_segments", token: strings.TrimSuffix(jwt.Joined(string(parsed.Header), parsed.Claims, ""), "."), recipe: `FORGED="${TOKEN%.*}"`},
		{kind: "four_segments", token: real + ".listo", recipe: `FORGED="$TOKEN.listo"`},
		{kind: "padded", token: real + "=", recipe: `FORGED="$TOKEN="`},
		{kind: "scheme_lower", token: real, second: "bearer"},
		{kind: "second_before", token: real, second: other},
		{kind: "second_behind", token: real, second: other, behind: true},
	}
}

// both are the values of Authorization where there is more than one, or one in
// another writing.
func (f forgery) both() []string {
	switch {
	case f.second == "bearer":
		return []string{"bearer " + f.token}
	case f.behind:
		return []string{"Bearer " + f.token, f.second}
	}
	return []string{f.second, "Bearer " + f.token}
}

// twice is the line to paste; the token stands by its name.
func (f forgery) twice(c *http.Client, r http.Request) string {
	r.Header = r.Header.Clone()
	r.Header.Del("Authorization")
	r.Token = http.Token{Value: f.token}
	line := c.Replay(r)
	const named = `-H "Authorization: Bearer $TOKEN"`
	extra := "-H 'Authorization: " + f.second + "'"
	switch {
	case f.second == "bearer":
		return strings.Replace(line, "Bearer $TOKEN", "bearer $TOKEN", 1)
	case f.behind:
		return strings.Replace(line, named, named+" "+extra, 1)
	}
	return strings.Replace(line, named, extra+" "+named, 1)
}

// stamped are tokens signed with the service's own key whose times, names and header
// are not what the service writes. Without the key nobody can make them.
func (f forger) stamped(real string, parsed jwt.Token) []forgery {
	if !f.holds(real) {
		return nil
	}
	var all []forgery
	claims := func(kind, filter string, changes map[string]any) {
		if changed, err := jwt.With(parsed.Claims, changes); err == nil {
			all = append(all, forgery{kind: kind, token: jwt.Sign(jwt.HS256, changed, f.key),
				recipe: editing(filter) + "; " + signing(encoding(jwt.HS256)+".$CLAIMS", `"$`+f.name+`"`)})
		}
	}
	past, future := f.now.Add(-time.Hour).Unix(), f.now.Add(time.Hour).Unix()
	claims("exp_zero", ".exp=0", map[string]any{"exp": 0})
	claims("exp_negative", ".exp=-1", map[string]any{"exp": -1})
	claims("exp_text_past", `.exp=((now|floor)-3600|tostring)`, map[string]any{"exp": fmt.Sprint(past)})
	claims("exp_fraction_past", ".exp=(now|floor)-3599.5", map[string]any{"exp": float64(past) + 0.5})
	claims("exp_missing", "del(.exp)", map[string]any{"exp": nil})
	claims("exp_far", ".exp=253402300799", map[string]any{"exp": 253402300799}) // the last second of the year 9999
	claims("exp_text_future", `.exp=((now|floor)+3600|tostring)`, map[string]any{"exp": fmt.Sprint(future)})
	claims("issued_future", ".iat=(now|floor)+3600|.exp=.iat+3600", map[string]any{"iat": future, "exp": future + 3600})
	claims("issuer_other", `.iss="listo"`, map[string]any{"iss": "listo"})
	if has(parsed.Claims, "aud") { // RFC 7519, section 4.1.3: whoever is not meant must refuse
		claims(audienceOther, `.aud="listo"`, map[string]any{"aud": "listo"})
	}
	for kind, header := range map[string]string{
		"type_other": `{"alg":"HS256","typ":"listo"}`, "alg_lower": `{"alg":"hs256","typ":"JWT"}`, "crit": `{"alg":"HS256","typ":"JWT","crit":["listo"],"listo":1}`,
	} {
		all = append(all, forgery{kind: kind, token: jwt.Sign(header, parsed.Claims, f.key),
			recipe: signing(encoding(header)+`.$(echo "$TOKEN" | cut -d. -f2)`, `"$`+f.name+`"`)})
	}
	slices.SortStableFunc(all, func(a, b forgery) int { return strings.Compare(a.kind, b.kind) }) // a map has no order
	return all
}

// has tells whether a JSON object has a member.
func has(object json.RawMessage, name string) bool {
	var all map[string]json.RawMessage
	return json.Unmarshal(object, &all) == nil && all[name] != nil
}
