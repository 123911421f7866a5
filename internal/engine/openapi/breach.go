package openapi

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// mostText is the longest text made to break a maxLength, in characters.
const mostText = 20_000

// mutation is a value that breaks one keyword of a schema.
type mutation struct {
	keyword string
	value   any
}

// mutations gives, for each keyword of a flat schema, a value that breaks it and
// as little else as can be. now is the valid value that stands there.
func mutations(flat map[string]any, now any) []mutation {
	all := []mutation{}
	all = append(all, ofType(flat)...)
	all = append(all, ofChoice(flat)...)
	all = append(all, ofBounds(flat)...)
	if s, ok := now.(string); ok {
		all = append(all, ofText(flat, s)...)
	}
	if array, ok := now.([]any); ok {
		all = append(all, ofArray(flat, array)...)
	}
	if object, ok := now.(map[string]any); ok {
		all = append(all, ofObject(flat, object)...)
	}
	return all
}

func ofType(flat map[string]any) []mutation {
	all := kinds(flat)
	if len(all) == 0 {
		return nil
	}
	wrong := any("listo")
	if slices.Contains(all, "string") {
		wrong = map[string]any{"listo": json.Number("1")}
	}
	made := []mutation{{"type", wrong}}
	if !slices.Contains(all, "null") {
		made = append(made, mutation{"null", nil})
	}
	return made
}

func ofChoice(flat map[string]any) (all []mutation) {
	for _, keyword := range []string{"enum", "const"} {
		if _, there := flat[keyword]; !there {
			continue
		}
		if k := kinds(flat); len(k) == 0 || slices.Contains(k, "string") {
			all = append(all, mutation{keyword, "listo-none"})
		} else {
			all = append(all, mutation{keyword, json.Number("987654321")})
		}
	}
	return all
}

func ofBounds(flat map[string]any) (all []mutation) {
	for keyword, by := range map[string]int64{"minimum": -1, "maximum": 1, "exclusiveMinimum": 0, "exclusiveMaximum": 0} {
		if n, ok := flat[keyword].(json.Number); ok {
			all = append(all, mutation{keyword, shifted(n, by)})
		}
	}
	if n, ok := flat["multipleOf"].(json.Number); ok {
		if r, ok := new(big.Rat).SetString(n.String()); ok {
			all = append(all, mutation{"multipleOf", numberOf(r.Mul(r, big.NewRat(3, 2)))})
		}
	}
	if slices.Contains(kinds(flat), "integer") {
		all = append(all, mutation{"integer", json.Number("1.5")})
	}
	slices.SortFunc(all, func(a, b mutation) int { return strings.Compare(a.keyword, b.keyword) })
	return all
}

// shifted adds to a number without losing a digit.
func shifted(n json.Number, by int64) json.Number {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return n
	}
	return numberOf(r.Add(r, big.NewRat(by, 1)))
}

func numberOf(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	return json.Number(strings.TrimRight(r.FloatString(12), "0"))
}

// badFormats are texts that no reading of a format takes.
var badFormats = map[string]any{
	"date": "2024-02-30", "date-time": "2024-02-30T25:61:00Z", "time": "25:61:00Z", "duration": "listo", "email": "listo",
	"hostname": "-listo-.-", "ipv4": "999.1.1.1", "ipv6": "listo", "uri": "listo", "url": "listo", "uuid": "listo-no-uuid",
	"int32": json.Number("2147483648"), "int64": json.Number("9223372036854775808"),
}

func ofText(flat map[string]any, now string) (all []mutation) {
	runes := []rune(now)
	if least := whole(flat, "minLength"); least > 0 {
		all = append(all, mutation{"minLength", string(runes[:min(len(runes), least-1)])})
	}
	if most := whole(flat, "maxLength"); most >= 0 && most < mostText {
		fill := "a"
		if len(runes) > 0 {
			fill = string(runes[len(runes)-1])
		}
		all = append(all, mutation{"maxLength", now + strings.Repeat(fill, max(most+1-len(runes), 1))})
	}
	if expression, ok := flat["pattern"].(string); ok {
		if s, ok := notMatching(expression, now); ok {
			all = append(all, mutation{"pattern", s})
		}
	}
	if format, ok := flat["format"].(string); ok && badFormats[format] != nil {
		all = append(all, mutation{"format", badFormats[format]})
	}
	return all
}

// notMatching gives a text of about the same length that a pattern refuses.
func notMatching(expression, now string) (string, bool) {
	re, err := ecmaScript(expression)
	if err != nil {
		return "", false
	}
	runes := []rune(now)
	swapped := func(c string) string {
		if len(runes) == 0 {
			return c
		}
		return c + string(runes[1:])
	}
	for _, s := range []string{swapped("x"), swapped("!"), swapped("0"), swapped("-"), swapped(" "), swapped("\u0007"), now + "!", now + "\u0007"} {
		if s != now && !re.MatchString(s) {
			return s, true
		}
	}
	return "", false
}

func ofArray(flat map[string]any, now []any) (all []mutation) {
	if least := whole(flat, "minItems"); least > 0 && least <= len(now) {
		all = append(all, mutation{"minItems", slices.Clone(now[:least-1])})
	}
	if most := whole(flat, "maxItems"); most >= 0 && most <= 1000 && len(now) > 0 {
		longer := slices.Clone(now)
		for len(longer) <= most {
			longer = append(longer, copied(now[0]))
		}
		all = append(all, mutation{"maxItems", longer})
	}
	if unique, _ := flat["uniqueItems"].(bool); unique && len(now) > 0 {
		all = append(all, mutation{"uniqueItems", append(slices.Clone(now), copied(now[0]))})
	}
	return all
}

func ofObject(flat map[string]any, now map[string]any) (all []mutation) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if requires(flat, name) {
			less := maps.Clone(now)
			delete(less, name)
			all = append(all, mutation{"required " + name, less})
		}
	}
	if closed, ok := flat["additionalProperties"].(bool); ok && !closed {
		more := maps.Clone(now)
		more["listoUnknown"] = json.Number("1")
		all = append(all, mutation{"additionalProperties", more})
	}
	return all
}
