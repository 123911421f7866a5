package frontend

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/lab"
)

// Settings is the section "frontend" of listo.yaml. Paths are relative to the
// folder of listo.yaml.
type Settings struct {
	Directory    string   `yaml:"directory" doc:"folder of the built frontend, e.g. frontend/dist"`
	Manifest     string   `yaml:"manifest" doc:"file with the recorded SHA-256 of every file in it, in the format of sha256sum, e.g. frontend.sha256"`
	BaseRevision string   `yaml:"base_revision" doc:"git tag or commit hash since which the frontend must not have changed"`
	Sources      []string `yaml:"sources" doc:"paths that must not have changed since base_revision; the directory when empty"`
	ServedAt     string   `yaml:"served_at" default:"/" doc:"path under which the service serves the folder"`
	Pages        []string `yaml:"pages" doc:"paths that must serve index.html; served_at when empty"`
}

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	switch {
	case strings.HasPrefix(s.BaseRevision, "-") || strings.ContainsAny(s.BaseRevision, " \t\r\n\x00~^:?*[\\"):
		return errors.New("base_revision is not the name of a revision: write a tag or a commit's hash")
	case s.ServedAt != "" && !strings.HasPrefix(s.ServedAt, "/"):
		return errors.New("served_at wants a path that begins with /")
	case slices.ContainsFunc(s.Pages, func(p string) bool { return !strings.HasPrefix(p, "/") }):
		return errors.New("pages wants paths that begin with /")
	case slices.Contains(s.Sources, ""):
		return errors.New("sources holds an empty path: delete it")
	case s.Directory != "" && s.Manifest != "" && inside(s.Directory, s.Manifest):
		return errors.New("manifest lies inside directory and would have to list itself: put it beside the folder")
	}
	return nil
}

func inside(folder, file string) bool {
	rel, err := filepath.Rel(folder, file)
	return err == nil && filepath.IsLocal(rel)
}

// servedAt gives the path under which the folder is served, with a slash at its end.
func (s *Settings) servedAt() string { return strings.TrimRight(s.ServedAt, "/") + "/" }

// pages gives the paths that must serve index.html.
func (s *Settings) pages() []string {
	if len(s.Pages) > 0 {
		return s.Pages
	}
	return []string{s.servedAt()}
}

// sources gives the paths whose history counts.
func (s *Settings) sources() []string {
	if len(s.Sources) > 0 {
		return s.Sources
	}
	return []string{s.Directory}
}

// settings gives the section of listo.yaml.
func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }

// path gives where a path of the settings lies.
func path(b *lab.Bench, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.Config.Folder, name)
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

// says gives an error of this gate about a path of the settings.
func says(key, name string, err error, remedy string) error {
	return fmt.Errorf("frontend: %s %s: %w: %s", key, name, err, remedy)
}
