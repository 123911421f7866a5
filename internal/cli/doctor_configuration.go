package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/gates/secrets"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// configuration looks at listo.yaml and the variables behind it.
func (x *examination) configuration() {
	x.ok("configuration.loads", facts{"file": x.app.flags.config, "name": x.cfg.Name})
	for _, name := range x.cfg.MissingEnvFiles {
		x.cannot("configuration.env_file", facts{"file": x.beside(name)}, x.mendEnvFile(name), nil)
	}
	x.reportsFolder()
	x.required()
	x.lacking()
	x.login()
	x.unsetElsewhere()
}

// mendEnvFile copies the template that lies beside the missing file, else makes
// an empty one that only its owner may read.
func (x *examination) mendEnvFile(name string) string {
	file := x.beside(name)
	for _, template := range []string{name + ".example", filepath.Join(filepath.Dir(name), ".env.example")} {
		if _, err := os.Stat(x.inFolder(template)); err == nil {
			return "install -m 600 " + quoted(x.beside(template)) + " " + quoted(file)
		}
	}
	return "install -m 600 /dev/null " + quoted(file)
}

func (x *examination) inFolder(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(x.cfg.Folder, name)
}

func (x *examination) reportsFolder() {
	above := existing(x.bundle)
	if writable(above) != nil {
		x.broken("configuration.reports.closed", facts{"folder": above}, "chmod u+w "+quoted(above), x.checks(everyCheck))
		return
	}
	x.ok("configuration.reports.open", facts{"folder": x.bundle})
}

// required names the variables that a pre-gate waits for. While one is missing
// no load is sent.
func (x *examination) required() {
	given := service.Environment(x.cfg, x.app.Lookup)
	for _, id := range slices.Sorted(maps.Keys(x.cfg.Sections)) {
		section, ok := x.cfg.Sections[id].(lab.Requiring)
		if !ok {
			continue
		}
		blocks := x.checks(func(c evidence.Check) bool { return c.Loading || (c.Pregate && strings.HasPrefix(c.ID, id+".")) })
		for _, name := range section.RequiredNames() {
			if given[name] == "" {
				x.cannot("configuration.required", facts{"name": name}, x.mendVariable(name), blocks)
			} else {
				x.ok("configuration.provided", facts{"name": name})
			}
		}
	}
}

// mendVariable gives the line that sets a variable where the service's are kept.
// A signing key is made on the spot; the value of others only a person knows.
func (x *examination) mendVariable(name string) string {
	value := "VALUE"
	switch x.kindOf(name) {
	case secrets.HS256:
		value = "$(head -c 48 /dev/urandom | base64 -w0)"
	case secrets.Integer:
		value = "10"
	}
	if len(x.cfg.EnvFiles) == 0 {
		return fmt.Sprintf(`export %s="%s"`, name, value)
	}
	return fmt.Sprintf(`echo "%s=%s" >> %s`, name, value, quoted(x.beside(x.cfg.EnvFiles[len(x.cfg.EnvFiles)-1])))
}

// kindOf tells what is known of a variable; "" for nothing.
func (x *examination) kindOf(name string) string {
	s, ok := x.cfg.Sections["secrets"].(*secrets.Settings)
	if !ok || !slices.Contains(s.RequiredNames(), name) {
		return ""
	}
	if r, listed := s.Required[name]; listed {
		return r.Kind
	}
	if slices.Contains(s.SecretNames(), name) {
		return secrets.HS256
	}
	return secrets.Integer
}

// lacking says for each thing that is missing which checks need it.
func (x *examination) lacking() {
	blocks := map[string][]string{}
	var order []string
	for _, g := range x.app.Gates {
		for _, c := range g.Checks {
			if !x.planned(g, c) {
				continue
			}
			for _, lack := range x.cfg.Lacks(g, c) {
				if blocks[lack] == nil {
					order = append(order, lack)
				}
				blocks[lack] = append(blocks[lack], c.ID)
			}
		}
	}
	for _, lack := range order {
		x.lack(lack, blocks[lack])
	}
}

// lack says one phrase of config.Lacks: a key, or the variables that were to fill
// it with the key behind them in brackets.
func (x *examination) lack(phrase string, blocks []string) {
	x.lacks[phrase] = true
	if variables, path, isVariable := strings.Cut(strings.TrimSuffix(phrase, ")"), " ("); isVariable {
		first, _, _ := strings.Cut(variables, ", ")
		x.lacks[path] = true
		x.cannot("configuration.variable", facts{"name": variables, "key": path}, x.mendVariable(first), blocks)
		return
	}
	if phrase == "service.mode: "+config.Managed {
		x.cannot("configuration.attached", nil, x.edit("service.mode"), blocks)
		return
	}
	x.cannot("configuration.key", facts{"key": phrase}, x.edit(phrase), blocks)
}

// login says what a half-written login lacks: every request that wants a token
// fails without it, whichever check sends it.
func (x *examination) login() {
	if x.cfg.Login.Request == "" {
		return
	}
	wanting := evidence.Check{Declaration: evidence.Declaration{Needs: []evidence.Need{evidence.NeedLogin}}}
	for _, lack := range x.cfg.Lacks(evidence.Gate{}, wanting) {
		if !x.lacks[lack] {
			x.lack(lack, nil)
		}
	}
}

// unsetElsewhere names the unset variables of keys that no check declares to need.
func (x *examination) unsetElsewhere() {
	for _, path := range slices.Sorted(maps.Keys(x.cfg.Unset)) {
		first, _, _ := strings.Cut(x.cfg.Unset[path], ", ")
		if !x.lacks[path] {
			x.cannot("configuration.undeclared", facts{"name": x.cfg.Unset[path], "key": path}, x.mendVariable(first), nil)
		}
	}
}
