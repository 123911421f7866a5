package gateway

import (
	"cmp"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// scalar says whether values of t are written as one word.
func scalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		return true
	default:
		return t == reflect.TypeFor[netip.Prefix]()
	}
}

// scalar fills v from one word. Variables may stand in texts only: a number that changes from place to place is not a limit.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.fault(n, path, "write one value, not %s", kind(n))
		return
	}
	if v.Kind() == reflect.String {
		if text, ok := d.expand(n, path); ok {
			v.SetString(text)
		}
		return
	}
	if v.Type() == reflect.TypeFor[netip.Prefix]() {
		d.network(n, v, path)
		return
	}
	if strings.Contains(n.Value, "${") {
		d.fault(n, path, "a variable stands in texts only: write the value itself")
		return
	}
	switch {
	case v.Kind() == reflect.Bool:
		d.truth(n, v, path)
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.duration(n, v, path)
	default:
		d.number(n, v, path)
	}
}

func (d *decoder) truth(n *yaml.Node, v reflect.Value, path string) {
	if n.Value != "true" && n.Value != "false" {
		d.fault(n, path, "write true or false")
		return
	}
	v.SetBool(n.Value == "true")
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, path string) {
	took, err := time.ParseDuration(n.Value)
	if err != nil {
		d.fault(n, path, "%q is no duration: write a number with its unit, as 250ms, 10s or 5m", printable(n.Value))
		return
	}
	v.SetInt(int64(took))
}

func (d *decoder) network(n *yaml.Node, v reflect.Value, path string) {
	text, ok := d.expand(n, path)
	if !ok {
		return
	}
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		v.Set(reflect.ValueOf(netip.PrefixFrom(addr, addr.BitLen())))
		return
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		d.fault(n, path, "this is no network: write an address or a network, as 10.0.0.0/8")
		return
	}
	v.Set(reflect.ValueOf(prefix))
}

// units are those of sizes; 1 KiB is 1,024 bytes.
var units = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// number takes a whole number, and a size where bytes are counted.
func (d *decoder) number(n *yaml.Node, v reflect.Value, path string) {
	text, factor := n.Value, int64(1)
	size := v.Kind() == reflect.Int64 || strings.HasSuffix(path, "Bytes") || strings.HasSuffix(path, ".Least")
	if unit := units[text[max(0, len(text)-3):]]; size && unit > 0 {
		text, factor = strings.TrimSpace(text[:len(text)-3]), unit
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number > math.MaxInt64/factor || number < -math.MaxInt32 || v.OverflowInt(number*factor) {
		wanted := "a whole number"
		if size {
			wanted = "a size, as 65536, 64KiB or 1MiB"
		}
		d.fault(n, path, "%q is no number that fits here: write %s", printable(n.Value), wanted)
		return
	}
	v.SetInt(number * factor)
}

// expand puts the values of variables, ${NAME} or ${NAME:-default}, into a text. A variable that is not set, or empty, and has no default is
// an error: an empty list of origins or an empty address would mean something else than was meant.
func (d *decoder) expand(n *yaml.Node, path string) (string, bool) {
	var out strings.Builder
	rest := n.Value
	for {
		before, after, found := strings.Cut(rest, "${")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		inside, tail, closes := strings.Cut(after, "}")
		name, standard, optional := strings.Cut(inside, ":-")
		if !closes || !variable(name) {
			d.fault(n, path, "a variable is written ${NAME} or ${NAME:-default}, with letters, digits and _")
			return "", false
		}
		value, _ := d.lookup(name)
		if value = cmp.Or(value, standard); value == "" && !optional {
			d.fault(n, path, "the variable %s is not set or empty: set it", name)
			return "", false
		}
		out.WriteString(value)
		rest = tail
	}
}

func variable(name string) bool {
	for i, r := range name {
		if letter := 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_'; !letter && (i == 0 || r < '0' || '9' < r) {
			return false
		}
	}
	return name != ""
}
