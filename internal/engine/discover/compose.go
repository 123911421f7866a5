package discover

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Compose is a docker compose file.
type Compose struct {
	File     string
	Services []ComposeService // by name
}

// ComposeService is one service of it. Of the environment only names are kept,
// and of PostgreSQL's own variables the names of the database and its user.
type ComposeService struct {
	Name        string
	Image       string
	Built       bool // from source here
	Port        string
	Environment []string
	Ready       Text
	Database    *ComposeDatabase // nil unless it is PostgreSQL
}

// ComposeDatabase is how a PostgreSQL is set up.
type ComposeDatabase struct {
	Version        string // the image's tag
	Name, User     Text
	MaxConnections Text
}

func (t *tree) composes() []*Compose {
	var all []*Compose
	for _, file := range t.named("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml") {
		src, ok := t.read(file, maxFile)
		if !ok {
			continue
		}
		v, err := decode(file, src)
		if err != nil {
			t.warn(file, "it is not YAML: it was left out")
			continue
		}
		all = append(all, parseCompose(file, v))
	}
	return all
}

func parseCompose(file string, v any) *Compose {
	c := &Compose{File: file}
	services, _ := at(v, "services").(object)
	for _, name := range slices.Sorted(maps.Keys(services)) {
		if !printable(name) {
			continue
		}
		from := file + ": services." + name
		raw := services[name]
		s := ComposeService{Name: name, Image: textAt(raw, "image"), Built: at(raw, "build") != nil, Port: hostPort(at(raw, "ports"))}
		environment := variables(at(raw, "environment"))
		s.Environment = slices.Sorted(maps.Keys(environment))
		s.Ready = pathIn(strings.Join(words(at(raw, "healthcheck", "test")), " "), from+".healthcheck")
		if found := postgresImage.FindStringSubmatch(s.Image); found != nil {
			s.Database = &ComposeDatabase{
				Version: found[1],
				Name:    literal(environment["POSTGRES_DB"], from+".environment"),
				User:    literal(environment["POSTGRES_USER"], from+".environment"),
			}
			if n := maxConnections.FindStringSubmatch(strings.Join(words(at(raw, "command")), " ")); n != nil {
				s.Database.MaxConnections = Text{n[1], from + ".command"}
			}
		}
		c.Services = append(c.Services, s)
	}
	return c
}

// postgresImage recognizes the images that are a PostgreSQL, and its tag.
var postgresImage = regexp.MustCompile(`(?:^|/)(?:postgres|postgis|postgresql|timescaledb|pgvector)(?:-[a-z]+)?(?::([A-Za-z0-9._-]+))?(?:@.*)?$`)

var maxConnections = regexp.MustCompile(`\bmax_connections[= ](\d{1,5})\b`)

// variables reads either form of environment: a mapping, or a list of NAME=value.
func variables(v any) map[string]string {
	all := map[string]string{}
	if o, ok := v.(object); ok {
		for name := range o {
			all[name] = textAt(o, name)
		}
	}
	if list, ok := v.([]any); ok {
		for _, one := range list {
			name, value, _ := strings.Cut(text(one), "=")
			all[name] = value
		}
	}
	maps.DeleteFunc(all, func(name, _ string) bool { return !variable.MatchString(name) })
	return all
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

// preset is ${NAME:-default} and nothing else.
var preset = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^}$]*)\}$`)

// literal gives a value as it stands in the file, or the default of its variable.
func literal(value, from string) Text {
	if found := preset.FindStringSubmatch(value); found != nil {
		value = found[1]
	}
	if value == "" || strings.Contains(value, "$") {
		return Text{}
	}
	return Text{value, from}
}

// hostPort gives the first port that is published on this machine.
func hostPort(v any) string {
	list, _ := v.([]any)
	for _, one := range list {
		port := textAt(one, "published")
		if short := text(one); short != "" {
			parts := strings.Split(strings.TrimSuffix(short, "/tcp"), ":")
			port = literal(strings.Join(parts[max(0, len(parts)-2):max(1, len(parts)-1)], ""), "").Value
		}
		if n, err := strconv.Atoi(port); err == nil && n > 0 && n < 65536 {
			return port
		}
	}
	return ""
}

// Database gives the PostgreSQL among the services; nil when there is none.
func (c *Compose) Database() *ComposeDatabase {
	for _, s := range c.Services {
		if s.Database != nil {
			return s.Database
		}
	}
	return nil
}

// Applications gives the services that are built from source here.
func (c *Compose) Applications() []ComposeService {
	return slices.DeleteFunc(slices.Clone(c.Services), func(s ComposeService) bool { return !s.Built || s.Database != nil })
}
