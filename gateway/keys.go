package gateway

import (
	"reflect"
	"strings"
	"unicode"
)

// odd holds the keys that are not their field's name in snake case.
var odd = map[string]string{
	"Conns": "connections", "WebSockets": "websockets", "IncludeSubDomains": "include_subdomains", "API": "api", "HSTS": "hsts", "TLS": "tls",
	"URL": "url", "CA": "ca",
}

// closed holds fields that no file can fill: a shared limiter is not there yet, and what /readyz asks stands in Ready.
var closed = map[string]bool{"Rate.OnFailure": true, "Health.Ready": true}

// keyOf gives the key of a field: MaxAge is max_age.
func keyOf(name string) string {
	if key, ok := odd[name]; ok {
		return key
	}
	var key strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			key.WriteByte('_')
		}
		key.WriteRune(unicode.ToLower(r))
	}
	return key.String()
}

// keysOf writes a field's path as its keys: "Origins.MaxAge" is origins.max_age, "Routes["/x"]" stays what it is in the brackets.
func keysOf(path string) string {
	var all []string
	for part := range strings.SplitSeq(path, ".") {
		if strings.ContainsRune(part, '"') && !strings.ContainsRune(part, '[') {
			all = append(all, part) // a dot in the quotes of a key
			continue
		}
		name, index, found := strings.Cut(part, "[")
		if found {
			index = "[" + index
		}
		all = append(all, keyOf(name)+index)
	}
	return strings.Join(all, ".")
}

// field is one key that a struct knows.
type field struct {
	key, name string
	value     reflect.Value
}

// fieldsOf lists the keys of a struct whose path, without indices, is given. The fields of Harden stand among those of Config.
func fieldsOf(v reflect.Value, path string) []field {
	var all []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case !f.IsExported() || closed[join(path, f.Name)]:
		case path == "" && f.Name == "Harden":
			all = append(all, fieldsOf(v.Field(i), "")...)
		case readable(f.Type):
			all = append(all, field{keyOf(f.Name), f.Name, v.Field(i)})
		}
	}
	return all
}

// readable says whether a file can hold a value of this type: a function, a logger or a clock it cannot.
func readable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Func, reflect.Interface, reflect.Pointer:
		return false
	case reflect.Map:
		return readable(t.Elem())
	default:
		return true
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
