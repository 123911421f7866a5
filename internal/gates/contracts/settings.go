package contracts

import (
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/openapi"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
)

// Settings is the section "contracts" of listo.yaml. Paths of files are relative
// to the folder of listo.yaml.
type Settings struct {
	Document string            `yaml:"document" doc:"the OpenAPI 3.0 or 3.1 document, JSON or YAML, e.g. openapi.json"`
	ServedAt string            `yaml:"served_at" doc:"path under which the service serves that document, e.g. /openapi.json"`
	Sources  []string          `yaml:"sources" doc:"folders of the service's source, searched for the routes it registers, e.g. [cmd, internal]"`
	Exempt   []string          `yaml:"exempt" doc:"paths that are served on purpose and stand outside of the document, e.g. [/metrics]"`
	Values   map[string]string `yaml:"values" doc:"values for parameters and members that listo cannot find out, by name, e.g. {tenant: acme}"`
	// Origin lets contracts.errors.companions see whether the frontend can read errors.
	Origin string `yaml:"origin" doc:"the origin of the frontend that calls the service from elsewhere, e.g. https://app.example: its errors must be readable there too"`
	// ProtocolErrors is off by default because most runtimes write these answers
	// before any handler runs: no code of the service could give them another form.
	ProtocolErrors bool   `yaml:"protocol_errors" doc:"true where the edge (listo gateway, or a proxy set up for it) gives the errors of the protocol itself the form of all others: a broken request line, two Host fields, a bad chunk. Without it contracts.errors.protocol measures and shows them, and promises no form. Default: false"`
	Direct         string `yaml:"direct" doc:"the service's own address, where service.url is that of a proxy in front of it; {admin_port} is filled in. With it the errors' page tells which of the two wrote an answer"`
}

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	switch {
	case s.ServedAt != "" && !strings.HasPrefix(s.ServedAt, "/"):
		return errors.New("served_at wants a path that begins with /")
	case slices.ContainsFunc(s.Exempt, func(p string) bool { return !strings.HasPrefix(p, "/") }):
		return errors.New("exempt wants paths that begin with /")
	case s.Origin != "" && !isOrigin(s.Origin):
		return errors.New("origin wants scheme, host and port and nothing behind them, as browsers send it: https://app.example")
	case s.Direct != "" && !strings.HasPrefix(s.Direct, "http://") && !strings.HasPrefix(s.Direct, "https://"):
		return errors.New("direct wants the address of the service: http://127.0.0.1:{admin_port}")
	case slices.Contains(s.Sources, ""):
		return errors.New("sources holds an empty path: delete it")
	}
	return nil
}

// isOrigin tells whether a text is an origin as browsers write it (RFC 6454, 6.2).
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.Path == "" && u.RawQuery == "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https")
}

func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }

// path gives where a path of the settings lies.
func path(b *lab.Bench, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.Config.Folder, name)
}

// text reads the document's file. Where the document itself is in question it
// goes on the record as a whole.
func text(b *lab.Bench, whole bool) ([]byte, error) {
	return harvest.Text(b, settings(b).Document, whole)
}

// document reads the document; one that cannot be read at all is an error here,
// and a finding of contracts.document.
func document(b *lab.Bench) (*openapi.Document, error) {
	return harvest.Document(b, settings(b).Document)
}

// managed tells that listo started this service itself, on a clone of the
// database: it may write there.
func managed(b *lab.Bench) bool { return b.Config.Service.Mode == config.Managed }

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
