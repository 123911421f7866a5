package supply

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/advisory"
	"listo/internal/lab"
)

// Settings is the section "supply" of listo.yaml. Paths are relative to the
// folder of listo.yaml.
type Settings struct {
	Parts          []Part   `yaml:"parts" doc:"the programs that the service is made of, its frontend too"`
	Supplier       string   `yaml:"supplier" doc:"who answers for the service, as the bill of materials names them"`
	Version        string   `yaml:"version" doc:"the service's version in the bill of materials; the commit when empty"`
	AdvisoryStore  string   `yaml:"advisory_store" doc:"folder of the advisory store that listo db fills; the user's cache when empty"`
	Registries     []string `yaml:"registries" doc:"hosts that a lock file may name; none when empty"`
	InstallScripts []string `yaml:"install_scripts" doc:"npm packages that may run a program when they are installed; none when empty"`
}

// Part is one program of the service.
type Part struct {
	Name        string            `yaml:"name" required:"true" doc:"what the pages call it, e.g. backend"`
	Directory   string            `yaml:"directory" required:"true" doc:"folder of its go.mod or package.json"`
	Serves      bool              `yaml:"serves" doc:"the process that answers requests is this part's program"`
	Package     string            `yaml:"package" doc:"Go: the main package that is built, e.g. ./cmd/service"`
	Build       string            `yaml:"build" doc:"command that builds it, run in its folder; it writes into $OUTPUT or into output"`
	Output      string            `yaml:"output" doc:"folder that the build fills, relative to directory; $OUTPUT when empty, or node_modules of an npm part without build"`
	Environment map[string]string `yaml:"environment" doc:"further variables for npm, go and the build"`
}

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	names := map[string]bool{}
	for _, p := range s.Parts {
		switch {
		case names[p.Name]:
			return fmt.Errorf("two parts are called %q: give each a name of its own", p.Name)
		case p.Output != "" && !filepath.IsLocal(p.Output):
			return fmt.Errorf("output of %q leads out of its directory", p.Name)
		case p.Build != "" && p.Output == "" && !strings.Contains(p.Build, "$OUTPUT"):
			return fmt.Errorf("build of %q writes neither into $OUTPUT nor into output: say where it writes", p.Name)
		}
		names[p.Name] = true
	}
	if slices.ContainsFunc(s.Registries, func(h string) bool { return strings.ContainsAny(h, "/:") }) {
		return errors.New("registries wants host names, without https://")
	}
	return nil
}

// settings gives the section of listo.yaml.
func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }

// The kinds of parts.
const (
	kindNPM = "npm"
	kindGo  = "go"
)

// part is a part with the folder it lies in.
type part struct {
	Part
	folder string
	kind   string // kindNPM, kindGo, or "" when the folder holds neither manifest
}

// parts gives the service's parts.
func parts(b *lab.Bench) []part {
	var all []part
	for _, p := range settings(b).Parts {
		folder := path(b, p.Directory)
		all = append(all, part{Part: p, folder: folder, kind: kindOf(p, folder)})
	}
	return all
}

// kindOf tells npm from Go. A folder with both manifests is Go's when the part
// names a main package.
func kindOf(p Part, folder string) string {
	isGo, isNPM := exists(folder, "go.mod"), exists(folder, "package.json")
	switch {
	case isGo && (p.Package != "" || !isNPM):
		return kindGo
	case isNPM:
		return kindNPM
	}
	return ""
}

func exists(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode().IsRegular()
}

// of gives the parts of a kind; those of none stand everywhere, so that no check
// forgets them.
func of(all []part, kind string) []part {
	return slices.DeleteFunc(slices.Clone(all), func(p part) bool { return p.kind != kind && p.kind != "" })
}

// path gives where a path of the settings lies.
func path(b *lab.Bench, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(b.Config.Folder, name)
}

// store gives the folder of the advisory store.
func store(b *lab.Bench) (string, error) {
	if named := settings(b).AdvisoryStore; named != "" {
		return path(b, named), nil
	}
	return advisory.DefaultFolder()
}

// with gives a bench in another folder with other settings, for a twin.
func with(b *lab.Bench, folder string, s Settings) *lab.Bench {
	other, cfg := *b, *b.Config
	cfg.Folder, cfg.Sections = folder, maps.Clone(b.Config.Sections)
	if cfg.Sections == nil {
		cfg.Sections = map[string]any{}
	}
	cfg.Sections[b.Gate] = &s
	other.Config = &cfg
	return &other
}
