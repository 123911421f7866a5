package config

import (
	"fmt"
	"reflect"
	"slices"

	"listo/internal/evidence"
)

// rootFields lists the top-level keys: those of Config, then one per gate that
// has settings, whose new zero value goes into c.Sections. A gate whose ID is a
// key of Config already (database) shares that section: its keys stand beside
// the others. The error is a defect in listo.
func rootFields(c *Config, gates []evidence.Gate) ([]field, error) {
	all := fields(reflect.ValueOf(c).Elem())
	for _, g := range gates {
		if g.Settings == nil {
			continue
		}
		section := g.Settings()
		v := reflect.ValueOf(section)
		if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
			return nil, fmt.Errorf("the settings of gate %s are a %T, not a pointer to a struct: this is a defect in listo", g.ID, section)
		}
		c.Sections[g.ID] = section
		i := slices.IndexFunc(all, func(f field) bool { return f.key == g.ID })
		if i < 0 {
			all = append(all, field{key: g.ID, value: v.Elem()})
			continue
		}
		if all[i].value.Kind() != reflect.Struct {
			return nil, fmt.Errorf("the settings of gate %s cannot share the key %s: this is a defect in listo", g.ID, g.ID)
		}
		if key := sharedKey(all[i].value, v.Elem()); key != "" {
			return nil, fmt.Errorf("the settings of gate %s have the key %s, which is taken: this is a defect in listo", g.ID, key)
		}
		all[i].also = v.Elem()
	}
	return all, nil
}

// sharedKey gives a key that stands in both, "" when none does.
func sharedKey(core, section reflect.Value) string {
	taken := keysOf(fields(core))
	for _, f := range fields(section) {
		if slices.Contains(taken, f.key) {
			return f.key
		}
	}
	return ""
}
