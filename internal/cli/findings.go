package cli

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/discover"
	"listo/internal/engine/shell"
)

// findings is all that listo init knows when it writes listo.yaml.
type findings struct {
	*discover.Repository
	folder   string            // base name of the repository's folder
	commit   string            // HEAD; "" outside of git
	database *identity         // the database that was asked who it is; nil for none
	manifest string            // file with the frontend's recorded digests; "" for none
	broken   map[string]string // env files that config cannot read, with the reason
}

// draft turns what was found into a listo.yaml.
func (f findings) draft() *draft {
	d := newDraft()
	d.setRaw("version", "1", "format of this file")
	name := f.name()
	d.set("name", name.Value, name.From)
	d.setRaw("language", "es", "of the reports: es or en")
	f.envFiles(d)
	f.service(d)
	f.databaseKeys(d)
	f.login(d)
	f.secrets(d)
	f.frontend(d)
	f.pool(d)
	f.performance(d)
	return d
}

// name is what the service calls itself.
func (f findings) name() discover.Text {
	if p, ok := f.program(); ok && p.Name.Found() {
		return from(p.Name)
	}
	return discover.Text{Value: cmp.Or(comment(f.folder), "service"), From: "the folder's name"}
}

func (f findings) program() (discover.Program, bool) {
	if len(f.Programs) == 0 {
		return discover.Program{}, false
	}
	return f.Programs[0], true
}

// from begins the remark that stands behind a value.
func from(t discover.Text) discover.Text {
	return discover.Text{Value: t.Value, From: "from " + t.From}
}

func (d *draft) found(path string, t discover.Text) {
	if t.Found() {
		d.set(path, t.Value, "from "+t.From)
	}
}

// envFiles names the dotenv files that hold values. Where only a template is
// there, the file that a person makes of it.
func (f findings) envFiles(d *draft) {
	template := ""
	for _, e := range f.EnvFiles {
		switch reason, bad := f.broken[e.File]; {
		case e.Template:
			template = cmp.Or(template, e.File)
		case bad:
			d.add("env_files", item{text: "- " + scalar(literal(e.File)), from: "cannot be read: " + reason, off: true})
		default:
			d.add("env_files", item{text: "- " + scalar(literal(e.File)), from: "found"})
		}
	}
	if _, has := d.values["env_files"]; !has && template != "" {
		file := path.Join(path.Dir(template), ".env")
		d.add("env_files", item{text: "- " + scalar(literal(file)), from: "does not exist yet: copy " + template + " and fill it in"})
	}
}

func (f findings) service(d *draft) {
	p, ok := f.program()
	if !ok {
		f.attached(d)
		return
	}
	d.setRaw("service.mode", config.Managed, "listo builds, starts and stops it: "+p.File)
	if p.Directory != "." {
		d.set("service.directory", p.Directory, "from "+p.File)
	}
	d.found("service.build", f.buildLine(p))
	d.found("service.start", p.Start)
	d.setRaw("service.url", "http://127.0.0.1:{port}", f.portRemark(d))
	d.found("service.ready", f.ready())
	if len(f.Programs) > 1 {
		var others []string
		for _, other := range f.Programs[1:] {
			others = append(others, other.Start.Value+" ("+other.File+")")
		}
		d.remark("service", "other programs were found: %s", strings.Join(others[:min(len(others), 5)], ", "))
	}
}

// buildLine warns of a folder that git would see.
func (f findings) buildLine(p discover.Program) discover.Text {
	t := p.Build
	if p.Output != "" && !contains(f.Ignored, p.Output) {
		t.From += "; put " + path.Join(p.Directory, p.Output) + "/ into .gitignore"
	}
	return t
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if path.Base(s) == one {
			return true
		}
	}
	return false
}

// otherPort is the one variable that services use in place of PORT.
var (
	otherPort = regexp.MustCompile(`^(HTTP|APP|SERVER|API|LISTEN|SERVICE)_PORT$`)
	otherURL  = regexp.MustCompile(`^(DB_URL|DB_DSN|POSTGRES_URL|POSTGRESQL_URL|POSTGRES_DSN|PG_URL|PGURL|DATABASE_DSN|DATABASE_URI|(DATABASE|DB|PG)_CONNECTION_STRING)$`)
)

// portRemark says how the service learns its port, and hands port and database
// over under the service's own names when those are others.
func (f findings) portRemark(d *draft) string {
	remark := "listo hands the port over as PORT: the service must listen there"
	if v, ok := f.variable(regexp.MustCompile(`^PORT$`)); ok {
		remark = "listo hands the port over as PORT, named in " + v.From
	} else if v, ok := f.variable(otherPort); ok {
		d.add("service.environment", item{text: v.Value + `: "{port}"`, from: "from " + v.From})
	}
	if _, ok := f.variable(regexp.MustCompile(`^DATABASE_URL$`)); !ok {
		if v, ok := f.variable(otherURL); ok {
			d.add("service.environment", item{text: v.Value + `: "{database_url}"`, from: "from " + v.From})
		}
	}
	return remark
}

func (f findings) variable(pattern *regexp.Regexp) (discover.Text, bool) {
	for _, v := range f.Variables() {
		if pattern.MatchString(v.Value) {
			return v, true
		}
	}
	return discover.Text{}, false
}

func (f findings) ready() discover.Text {
	if f.Document != nil {
		if t, ok := f.Document.Ready(); ok {
			return t
		}
	}
	if f.Compose != nil {
		for _, s := range f.Compose.Applications() {
			if s.Ready.Found() {
				return s.Ready
			}
		}
	}
	if f.Image != nil {
		return f.Image.Ready
	}
	return discover.Text{}
}

// attached is all that can be said of a service nobody knows how to start.
func (f findings) attached(d *draft) {
	d.setRaw("service.mode", config.Attached, "no way to start it was found; managed, with service.start, proves more")
	d.setRaw("service.url", "${SERVICE_URL}", "set SERVICE_URL, or write where it answers, e.g. http://127.0.0.1:8080")
	if f.Compose != nil {
		for _, s := range f.Compose.Applications() {
			if s.Port != "" {
				d.setRaw("service.url", "http://127.0.0.1:"+s.Port, "from "+f.Compose.File+": services."+s.Name+".ports")
				break
			}
		}
	}
	d.found("service.ready", f.ready())
	for _, name := range []string{"build", "stop", "environment"} {
		d.hidden["service."+name] = true
	}
}

func (f findings) frontend(d *draft) {
	if len(f.Frontends) == 0 {
		return
	}
	built := f.Frontends[0]
	d.found("frontend.directory", built)
	d.set("secrets.bundle_directory", built.Value, "from "+built.From)
	if f.manifest != "" {
		d.set("frontend.manifest", f.manifest, "recorded by listo init")
	}
	if f.commit != "" {
		d.set("frontend.base_revision", f.commit, "HEAD when listo init ran")
	}
}

// inFolder gives the line that runs a command of another folder in the service's.
func inFolder(line, where, service string) string {
	rel, err := filepath.Rel(service, where)
	if err != nil || rel == "." {
		return line
	}
	return fmt.Sprintf("cd %s && %s", shell.Quote(rel), line)
}
