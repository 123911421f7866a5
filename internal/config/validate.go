package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/words"
)

// validate asks whether the whole makes sense. A value that an unset variable
// was to fill counts as written: what needs it is unproven, not wrong.
func (d *decoder) validate(c *Config, gates []evidence.Gate) {
	if lang, err := words.ParseLang(c.Language); err != nil {
		d.lacking("language", "wants es or en")
	} else {
		c.Language = string(lang)
	}
	d.validateService(c)
	d.validateDatabase(c)
	d.validateLogin(c)
	d.validateLimits(c, gates)
	d.validateExcused(c, gates)
	for _, id := range slices.Sorted(maps.Keys(c.Sections)) {
		section, ok := c.Sections[id].(interface{ Validate() error })
		if _, written := d.places[id]; !ok || !written {
			continue
		}
		if err := section.Validate(); err != nil {
			d.lacking(id, "%v", err)
		}
	}
}

// wantsAll tells which of the texts, by path, are neither written nor waiting
// for a variable.
func (d *decoder) wantsAll(because string, texts ...[2]string) {
	for _, t := range texts {
		if path, text := t[0], t[1]; strings.TrimSpace(text) == "" && d.unset[path] == "" {
			d.lacking(path, "missing: %s wants it", because)
		}
	}
}

// refuses tells which of the paths are written though they would do nothing.
func (d *decoder) refuses(because string, paths ...string) {
	for _, path := range paths {
		if n, written := d.places[path]; written {
			d.report(n, path, "has no effect: %s: delete it", because)
		}
	}
}

func (d *decoder) validateService(c *Config) {
	s := c.Service
	switch s.Mode {
	case Managed:
		d.wantsAll("service.mode managed", [2]string{"service.start", s.Start}, [2]string{"service.url", s.URL})
	case Attached:
		d.wantsAll("service.mode attached", [2]string{"service.url", s.URL})
		d.refuses("in service.mode attached the service runs already", "service.build", "service.start", "service.stop", "service.environment")
	}
	d.validateServiceURL(c)
	if s.Ready != "" && !strings.HasPrefix(s.Ready, "/") {
		d.lacking("service.ready", "wants a path that begins with /")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if !isVariable(name) {
			d.lacking("service.environment."+name, "not the name of a variable: use letters, digits and _")
		}
	}
}

func (d *decoder) validateDatabase(c *Config) {
	db := c.Database
	if _, written := d.places["database"]; !written {
		return // the checks that need a database say so
	}
	if !db.Scratch {
		if d.unset["database.scratch"] == "" {
			d.wantsAll("a database that is not scratch", [2]string{"database.url", db.URL})
		}
		d.validateDatabaseURL(c, "database.url", db.URL)
		d.validateDatabaseURL(c, "database.admin_url", db.AdminURL)
		return
	}
	if c.Service.Mode == Attached {
		d.lacking("database.scratch", "a service that runs already has its own database: give its database.url, or set service.mode to managed")
	}
	d.wantsAll("database.scratch", [2]string{"database.name", db.Name}, [2]string{"database.user", db.User}, [2]string{"database.owner", db.Owner})
	d.refuses("listo makes the scratch database itself", "database.url", "database.admin_url", "database.system_identifier")
	if db.MaxConnections < 1 {
		d.lacking("database.max_connections", "wants 1 or more")
	}
}

func (d *decoder) validateLogin(c *Config) {
	l := &c.Login
	if method, path, _ := strings.Cut(l.Request, " "); l.Request != "" && (method != strings.ToUpper(method) || method == "" || !strings.HasPrefix(path, "/")) {
		d.lacking("login.request", "wants a method and a path, such as POST /api/auth/login")
	}
	if l.Body != "" && !json.Valid([]byte(l.Body)) {
		d.lacking("login.body", "not JSON: put the keys and values in double quotes and the whole in single quotes")
	}
	if l.Token != "" && !strings.HasPrefix(l.Token, "/") {
		d.lacking("login.token", "wants a JSON pointer (RFC 6901), such as /token")
	}
	users, err := expandAll(l.Users)
	if err != nil {
		d.lacking("login.users", "%v", err)
	}
	l.Users = users
}

func (d *decoder) validateLimits(c *Config, gates []evidence.Gate) {
	known := limitIDs(gates)
	for _, id := range slices.Sorted(maps.Keys(c.Limits)) {
		if c.Limits[id] < 0 {
			d.lacking("limits."+id, "wants 0 or more")
		}
	}
	// Walking the places and not the values finds the unset ones too.
	for _, id := range d.written("limits") {
		if !slices.Contains(known, id) {
			d.lacking("limits."+id, "no check has this limit: %s", d.hint(id, known))
		}
	}
}

func (d *decoder) validateExcused(c *Config, gates []evidence.Gate) {
	known := gateAndCheckIDs(gates)
	for _, id := range d.written("excused") {
		reason, has := c.Excused[id]
		switch {
		case !slices.Contains(known, id):
			d.lacking("excused."+id, "neither a gate nor a check: %s", d.hint(id, known))
		case has && strings.TrimSpace(reason) == "":
			d.lacking("excused."+id, "has no reason: write why it is left out")
		}
	}
}

// written lists the keys that stand in the map at path, sorted.
func (d *decoder) written(path string) []string {
	var keys []string
	for place := range d.places {
		if key, below := strings.CutPrefix(place, path+"."); below {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// limitIDs lists the IDs of all limits, by gate and check.
func limitIDs(gates []evidence.Gate) []string {
	var ids []string
	for _, g := range gates {
		for _, check := range g.Checks {
			for _, l := range check.Limits {
				ids = append(ids, limitID(check, l))
			}
		}
	}
	return ids
}

func limitID(check evidence.Check, l evidence.Limit) string { return check.ID + "." + l.Name }

func gateAndCheckIDs(gates []evidence.Gate) []string {
	var ids []string
	for _, g := range gates {
		ids = append(ids, g.ID)
		for _, check := range g.Checks {
			ids = append(ids, check.ID)
		}
	}
	return ids
}
