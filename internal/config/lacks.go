package config

import (
	"reflect"
	"slices"
	"strings"

	"listo/internal/evidence"
)

// Lacks lists what the check needs and the configuration does not give, as short
// phrases that need no translation: the key ("pool.request", "database"), or the
// unset variable with the key it was to fill ("POOL_SIZE (pool.size)"). It looks
// at the configuration alone: whether the service answers or git is there is
// seen elsewhere. A setting of zero value counts as not given.
func (c *Config) Lacks(gate evidence.Gate, check evidence.Check) []string {
	var lacks []string
	for _, need := range check.Needs {
		lacks = append(lacks, c.lacksNeed(gate, need)...)
	}
	for _, l := range check.Limits {
		if _, set := c.limit(check, l); !set {
			path := "limits." + limitID(check, l)
			lacks = append(lacks, phrase(path, c.Unset[path]))
		}
	}
	var once []string
	for _, lack := range lacks {
		if !slices.Contains(once, lack) {
			once = append(once, lack)
		}
	}
	return once
}

func (c *Config) lacksNeed(gate evidence.Gate, need evidence.Need) []string {
	if names, ok := need.SettingNames(); ok {
		return c.lacksEach(gate.ID, names)
	}
	switch need {
	case evidence.NeedService:
		return c.lacksService()
	case evidence.NeedManaged:
		if c.Service.Mode == Attached {
			return []string{"service.mode: " + Managed}
		}
		return c.lacksService()
	case evidence.NeedDatabase:
		return c.lacksDatabase()
	case evidence.NeedLogin:
		l := c.Login
		return c.lacksAll("login", map[string]bool{
			"request": l.Request != "", "body": l.Body != "", "token": l.Token != "",
			"users": len(l.Users) > 0, "password": l.Password != "",
		})
	case evidence.NeedGit, evidence.NeedBrowser:
		return nil
	}
	return []string{string(need)} // a need nobody knows is not met
}

func (c *Config) lacksService() []string {
	s := c.Service
	given := map[string]bool{"mode": s.Mode != "", "url": s.URL != ""}
	if s.Mode == Managed {
		given["start"] = s.Start != ""
	}
	return c.lacksAll("service", given)
}

// lacksDatabase wants what listo's own session needs. Without admin_url it goes
// in as the service does.
func (c *Config) lacksDatabase() []string {
	db := c.Database
	if db.Scratch {
		return c.lacksAll("database", map[string]bool{"name": db.Name != "", "user": db.User != "", "owner": db.Owner != ""})
	}
	given := map[string]bool{"url": db.URL != ""}
	for _, key := range []string{"scratch", "admin_url"} {
		if c.unsetBelow("database."+key) != "" {
			given[key] = false
		}
	}
	return c.lacksAll("database", given)
}

// lacksAll names the keys of a section that are not given, sorted; when none is
// given and none waits for a variable, the section itself.
func (c *Config) lacksAll(section string, given map[string]bool) []string {
	var lacks []string
	whole := true
	for key, has := range given {
		path := section + "." + key
		variable := c.unsetBelow(path)
		whole = whole && !has && variable == ""
		if !has || variable != "" {
			lacks = append(lacks, phrase(path, variable))
		}
	}
	if whole {
		return []string{section}
	}
	slices.Sort(lacks)
	return lacks
}

// lacksEach wants the first of the settings that is there. One before it that waits for
// a variable is lacking: nothing stands in for it in silence.
func (c *Config) lacksEach(gateID string, names []string) []string {
	var lacks []string
	for _, name := range names {
		lack := c.lacksSetting(gateID, name)
		if len(lack) == 0 || c.unsetBelow(gateID+"."+name) != "" {
			return lack
		}
		lacks = append(lacks, lack...)
	}
	return []string{strings.Join(lacks, " or ")}
}

func (c *Config) lacksSetting(gateID, name string) []string {
	path := gateID + "." + name
	variable := c.unsetBelow(path)
	// A gate that shares its section with the core (database) may need a core key.
	given := isGiven(reflect.ValueOf(c.Sections[gateID]), name) || isGiven(reflect.ValueOf(c), path)
	if given && variable == "" {
		return nil
	}
	return []string{phrase(path, variable)}
}

// isGiven tells whether the key, which may be dotted, has a value other than
// zero in the section.
func isGiven(v reflect.Value, key string) bool {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	key, below, nested := strings.Cut(key, ".")
	for _, f := range fields(v) {
		switch {
		case f.key != key:
		case nested:
			return isGiven(f.value, below)
		case f.value.Kind() == reflect.Slice || f.value.Kind() == reflect.Map:
			return f.value.Len() > 0
		default:
			return !f.value.IsZero()
		}
	}
	return false
}

// phrase names a path that has no value, and the variable that was to fill it.
func phrase(path, variable string) string {
	if variable == "" {
		return path
	}
	return variable + " (" + path + ")"
}

// unsetBelow gives the unset variables at the path and below it, joined.
func (c *Config) unsetBelow(path string) string {
	var names []string
	for at, variable := range c.Unset {
		if at == path || strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[") {
			names = append(names, variable)
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
