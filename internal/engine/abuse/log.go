package abuse

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// What an application's log tells of an attack.

// ReadLog tells what the log says of the requests with a mark. peer is the address
// that the connection came from, and own a line of the log about an honest request
// from there: the member in which it stands is where the client stands in the
// others. Without such a member nobody can tell whom the application believes.
func ReadLog(log []byte, mark, peer, own string) Reached {
	var r Reached
	names := AddressNames(own, peer)
	for raw := range bytes.Lines(log) {
		line := strings.TrimSpace(string(raw))
		if strings.HasPrefix(line, Forgery(mark)) {
			r.Forged = true
		}
		if !strings.Contains(line, mark) {
			continue
		}
		r.Hits++
		object := members(line)
		if _, forged := object["forged"]; forged {
			r.Forged = true
		}
		if asksForMark(line, object, mark) {
			r.Within++
		}
		for name, text := range places(line) {
			if slices.Contains(names, name) && host(text) != "" && r.Client != Spoofed {
				r.Client = host(text)
			}
		}
	}
	return r
}

// asksForMark tells that a line is about the path of the mark and no other.
func asksForMark(line string, object map[string]any, mark string) bool {
	if object == nil {
		return strings.Contains(line, " /"+mark)
	}
	return slices.ContainsFunc(values(object), func(v string) bool { return strings.HasPrefix(v, "/"+mark) || strings.HasSuffix(v, " /"+mark) })
}

// values lists the texts of an object, of objects in it too.
func values(object map[string]any) []string {
	var all []string
	for _, v := range object {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case map[string]any:
			all = append(all, values(v)...)
		}
	}
	return all
}

// AddressNames gives the places of a line whose value is this address, with or
// without a port: the members of an object (JSON), and the words of other text by
// their number.
func AddressNames(line, address string) []string {
	var names []string
	for name, text := range places(line) {
		if address != "" && host(text) == host(address) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// places gives the texts of a line by where they stand in it.
func places(line string) map[string]string {
	all := map[string]string{}
	if object := members(line); object != nil {
		for name, v := range object {
			if text, ok := v.(string); ok {
				all[name] = text
			}
		}
		return all
	}
	for i, word := range strings.Fields(line) {
		all[strconv.Itoa(i+1)] = strings.Trim(word, `"[]()=,`)
	}
	return all
}

func members(line string) map[string]any {
	var object map[string]any
	if json.Unmarshal([]byte(line), &object) != nil {
		return nil
	}
	return object
}

// host gives the address of a text such as 127.0.0.1, [::1]:80 or ::ffff:127.0.0.1;
// "" when it is none.
func host(text string) string {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().String()
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().String()
	}
	return ""
}
