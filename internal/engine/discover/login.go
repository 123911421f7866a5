package discover

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Login is how the document says that a person gets a token.
type Login struct {
	Request Text // "POST /api/auth/login"
	// Body is a JSON object in which {user} and {password} stand for themselves;
	// not found when the document does not tell the fields.
	Body  Text
	Token Text // JSON pointer into the answer
	User  Text // the document's example of a user
}

var (
	loginPath     = regexp.MustCompile(`(?i)/(login|log-in|signin|sign-in|sesion|session|sessions|token|authenticate)/?$`)
	userField     = regexp.MustCompile(`(?i)^(e-?mail|correo|user_?name|user|usuario|login|nombre_?usuario)$`)
	passwordField = regexp.MustCompile(`(?i)^(password|passwd|pass|contrasena|contraseña|clave)$`)
	tokenField    = regexp.MustCompile(`(?i)^(token|access_?token|jwt|id_?token|bearer)$`)
)

// Login finds the operation that logs in; false when there is none.
func (d *Document) Login() (Login, bool) {
	for _, pattern := range []*regexp.Regexp{regexp.MustCompile(`(?i)/login/?$`), loginPath} {
		for _, o := range d.Operations {
			if o.Method == "POST" && pattern.MatchString(o.Path) && !strings.Contains(o.Path, "{") {
				return d.login(o), true
			}
		}
	}
	return Login{}, false
}

func (d *Document) login(o Operation) Login {
	from := d.File + ": " + o.Path
	l := Login{Request: Text{o.Method + " " + o.Path, from}}
	schema, example := d.requestBody(o)
	fields := d.properties(schema)
	if len(fields) == 0 {
		fields, _ = example.(object)
	}
	user, password := firstKey(fields, userField), firstKey(fields, passwordField)
	if user != "" && password != "" {
		if body, err := json.Marshal(d.body(schema, fields, user, password)); err == nil {
			l.Body = Text{string(body), from}
		}
		l.User = d.user(at(example, user), fields[user], from)
	}
	l.Token = d.token(o, from)
	return l
}

// body gives the fields that must be sent: user, password, and what else the
// document demands, with the value that it proposes.
func (d *Document) body(schema any, fields object, user, password string) object {
	body := object{user: "{user}", password: "{password}"}
	for _, name := range words(at(schema, "required")) {
		if _, has := body[name]; !has {
			if value := d.example(d.resolve(fields[name])); value != "" {
				body[name] = value
			}
		}
	}
	return body
}

func (d *Document) user(inBody, schema any, from string) Text {
	value := text(inBody)
	if value == "" {
		value = d.example(d.resolve(schema))
	}
	if value == "" {
		return Text{}
	}
	return Text{value, from}
}

// requestBody gives the schema of a JSON body and the document's example of it.
func (d *Document) requestBody(o Operation) (schema, example any) {
	if media := jsonMedia(d, at(d.resolve(at(o.raw, "requestBody")), "content")); media != nil {
		schema, example = d.resolve(at(media, "schema")), at(media, "example")
		if named, _ := at(media, "examples").(object); example == nil && len(named) > 0 {
			example = at(d.resolve(named[slices.Sorted(maps.Keys(named))[0]]), "value")
		}
		if example == nil {
			example = at(schema, "example")
		}
		return schema, example
	}
	list, _ := at(o.raw, "parameters").([]any)
	for _, one := range list { // Swagger 2.0
		if one = d.resolve(one); textAt(one, "in") == "body" {
			schema = d.resolve(at(one, "schema"))
			return schema, at(schema, "example")
		}
	}
	return nil, nil
}

// token gives the pointer to the token in the first good answer: at its top, or
// in one object below.
func (d *Document) token(o Operation, from string) Text {
	for _, status := range []string{"200", "201", "default"} {
		answer := d.resolve(at(o.raw, "responses", status))
		schema := d.resolve(at(answer, "schema")) // Swagger 2.0
		if media := jsonMedia(d, at(answer, "content")); media != nil {
			schema = d.resolve(at(media, "schema"))
		}
		fields := d.properties(schema)
		if name := firstKey(fields, tokenField); name != "" {
			return Text{"/" + name, from}
		}
		for _, outer := range slices.Sorted(maps.Keys(fields)) {
			if name := firstKey(d.properties(d.resolve(fields[outer])), tokenField); name != "" {
				return Text{"/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(outer) + "/" + name, from}
			}
		}
	}
	return Text{}
}

// jsonMedia gives the JSON variant of a content; nil when there is none.
func jsonMedia(d *Document, content any) any {
	kinds, _ := content.(object)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if strings.Contains(kind, "json") {
			return d.resolve(kinds[kind])
		}
	}
	return nil
}

// properties gives the fields of an object, those of allOf included.
func (d *Document) properties(schema any) object {
	all := object{}
	own, _ := at(schema, "properties").(object)
	maps.Copy(all, own)
	parts, _ := at(schema, "allOf").([]any)
	for _, part := range parts {
		own, _ := at(d.resolve(part), "properties").(object)
		maps.Copy(all, own)
	}
	return all
}

func firstKey(fields object, pattern *regexp.Regexp) string {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if pattern.MatchString(name) && printable(name) {
			return name
		}
	}
	return ""
}
