package frontend

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
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
	Browser      Browser  `yaml:"browser" doc:"what a person does in a browser to see the list"`
}

// Browser tells how a person gets to see something in the frontend.
type Browser struct {
	Page    string   `yaml:"page" doc:"path to open; the first of pages when empty"`
	Login   []Act    `yaml:"login" doc:"what is done there to log in, in order; one of fill, click and await each"`
	Rows    string   `yaml:"rows" doc:"CSS selector of what must show once logged in, e.g. '#results tbody tr'"`
	Origins []string `yaml:"origins" doc:"further origins on this machine that the page may call, e.g. http://127.0.0.1:8080; none when empty"`
}

// Act is one thing that a person does.
type Act struct {
	Fill  string `yaml:"fill" doc:"CSS selector of a field to type into"`
	With  string `yaml:"with" doc:"what to type there; {user} and {password} are those of the section login"`
	Click string `yaml:"click" doc:"CSS selector of what to click on"`
	Await string `yaml:"await" doc:"CSS selector of what to wait for before going on"`
	Text  string `yaml:"text" doc:"text that the awaited element must have"`
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
	return s.Browser.validate()
}

func (b Browser) validate() error {
	if b.Page != "" && !strings.HasPrefix(b.Page, "/") {
		return errors.New("browser.page wants a path that begins with /")
	}
	for i, a := range b.Login {
		if !a.single() || a.Fill == "" && a.With != "" || a.Await == "" && a.Text != "" {
			return fmt.Errorf("browser.login[%d] wants one of fill (with `with`), click and await (perhaps with `text`)", i)
		}
	}
	for _, o := range b.Origins {
		if u, err := url.Parse(o); err != nil || !loopback(u.Hostname()) || strings.TrimRight(o, "/") != u.Scheme+"://"+u.Host {
			return fmt.Errorf("browser.origins: %q is no origin on this machine: write it as http://127.0.0.1:8080", o)
		}
	}
	return nil
}

// single tells that exactly one thing is to be done.
func (a Act) single() bool {
	n := 0
	for _, selector := range []string{a.Fill, a.Click, a.Await} {
		if selector != "" {
			n++
		}
	}
	return n == 1
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
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

// page gives the path that is opened in a browser.
func (s *Settings) page() string {
	if s.Browser.Page != "" {
		return s.Browser.Page
	}
	return s.pages()[0]
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
