package cli

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
)

// key is one key of listo.yaml: what config and the gates' sections declare, in
// their order.
type key struct {
	path, name  string
	doc, preset string
	below       []key // of a section
}

// outline lists all keys that listo.yaml may have. It follows the same tags as
// config.Load and config.Schema, so that a new gate's section stands in it too.
func outline(gates []evidence.Gate) []key {
	all := keysOf("", reflect.TypeFor[config.Config]())
	for _, g := range gates {
		if g.Settings == nil {
			continue
		}
		own := keysOf(g.ID, reflect.TypeOf(g.Settings()).Elem())
		if core, shared := find(all, g.ID); shared {
			core.below = append(core.below, own...)
			continue
		}
		all = append(all, key{path: g.ID, name: g.ID, below: own})
	}
	if limits, ok := find(all, "limits"); ok {
		limits.below = unsetLimits(gates)
	}
	return all
}

func keysOf(prefix string, t reflect.Type) []key {
	var all []key
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "-" || name == "" {
			continue
		}
		k := key{path: name, name: name, doc: f.Tag.Get("doc"), preset: f.Tag.Get("default")}
		if prefix != "" {
			k.path = prefix + "." + name
		}
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() {
			k.below = keysOf(k.path, f.Type)
		}
		all = append(all, k)
	}
	return all
}

// unsetLimits lists the limits that have no default: somebody must choose them.
func unsetLimits(gates []evidence.Gate) []key {
	var all []key
	for _, g := range gates {
		for _, check := range g.Checks {
			for _, l := range check.Limits {
				if id := check.ID + "." + l.Name; l.Unset {
					all = append(all, key{path: "limits." + id, name: id, doc: strings.TrimSpace(fmt.Sprintf("must be set %s", inUnit(l)))})
				}
			}
		}
	}
	return all
}

func inUnit(l evidence.Limit) string {
	if l.Unit == "" {
		return ""
	}
	return "(" + l.Unit + ")"
}

// find gives the key of a path; sections are looked into.
func find(all []key, path string) (*key, bool) {
	for i := range all {
		if all[i].path == path {
			return &all[i], true
		}
		if k, ok := find(all[i].below, path); ok {
			return k, true
		}
	}
	return nil, false
}
