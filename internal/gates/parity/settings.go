package parity

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"listo/internal/lab"
)

// Settings is the section "parity" of listo.yaml. Paths are relative to the
// folder of listo.yaml.
type Settings struct {
	Environments  []Environment     `yaml:"environments" doc:"the environments that must be alike, development first, with the files that set their variables"`
	MustDiffer    []string          `yaml:"must_differ" doc:"names whose values must differ between environments: secrets, URLs, databases"`
	MustEqual     []string          `yaml:"must_equal" doc:"names whose values must be the same in all environments: limits, timeouts"`
	Secret        []string          `yaml:"secret" doc:"names whose values are secret; an empty one is taken from a secret store"`
	Only          map[string]string `yaml:"only" doc:"names that exist in one environment only, and in which, e.g. SEED_PASSWORD: dev"`
	MayBeEmpty    []string          `yaml:"may_be_empty" doc:"names that may have an empty value"`
	Local         []string          `yaml:"local" doc:"names whose URL may point at this machine in every environment, such as a sidecar's"`
	Sources       []string          `yaml:"sources" doc:"files and folders of the service's source that read the environment, e.g. src"`
	ReadElsewhere map[string]string `yaml:"read_elsewhere" doc:"names that the source does not read, and who does, e.g. LOG_FORMAT: the log library"`
	Expect        Expect            `yaml:"expect" doc:"what production demands of the service, measured here"`
}

// Environment is one place where the service runs.
type Environment struct {
	Name  string   `yaml:"name" doc:"what people call it, e.g. dev"`
	Files []string `yaml:"files" doc:"dotenv, docker compose or Kubernetes files, later ones win; file.yaml#name takes one service, container or ConfigMap of it"`
}

// Expect is what production demands of the service.
type Expect struct {
	Compression     Compression   `yaml:"compression" doc:"which answers are compressed"`
	TrustProxy      TrustProxy    `yaml:"trust_proxy" doc:"whose X-Forwarded-For is believed"`
	HeaderTimeout   time.Duration `yaml:"header_timeout" doc:"how long a client may take for the head of a request, e.g. 5s"`
	BodyTimeout     time.Duration `yaml:"body_timeout" doc:"how long a client may take for a whole request, e.g. 15s"`
	IdleTimeout     time.Duration `yaml:"idle_timeout" doc:"how long an idle connection is kept for the next request, e.g. 65s"`
	BalancerIdle    time.Duration `yaml:"balancer_idle" doc:"how long the load balancer before the service keeps an idle connection, e.g. 60s; the service must keep it longer"`
	KeepAlive       string        `yaml:"keep_alive" doc:"a request that is sent several times on one connection, e.g. GET /healthz"`
	BodyLimit       int           `yaml:"body_limit" doc:"the most bytes of a request's body"`
	BodyRequest     string        `yaml:"body_request" doc:"a request with a JSON body that needs no token, e.g. POST /api/auth/login"`
	LongestPatience time.Duration `yaml:"longest_patience" default:"75s" doc:"the longest timeout that is waited for"`
}

// Compression says which answers are compressed.
type Compression struct {
	Coding string   `yaml:"coding" enum:"gzip,br,zstd" doc:"the coding that must be offered: gzip, br or zstd"`
	Large  []string `yaml:"large" doc:"requests whose answers must be compressed, e.g. GET /openapi.json; they must answer alike each time"`
	Plain  []string `yaml:"plain" doc:"requests whose answers must not be compressed: tiny ones, images, archives"`
}

// TrustProxy says whose word about the client is believed. The addresses are
// ones of this machine, all of 127.0.0.0/8 on Linux.
type TrustProxy struct {
	Request   string `yaml:"request" doc:"a request that is logged and needs no token, e.g. GET /healthz"`
	Trusted   string `yaml:"trusted" doc:"an address of this machine that the service under audit takes for a trusted proxy, e.g. 127.0.0.1"`
	Untrusted string `yaml:"untrusted" doc:"an address of this machine that it must not trust, e.g. 127.0.0.2"`
	LogField  string `yaml:"log_field" doc:"the member of a JSON log line that holds the client's address; any address in the line when empty"`
	Proto     bool   `yaml:"proto" doc:"X-Forwarded-Proto: https of the trusted proxy makes the service send HSTS"`
}

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	for _, check := range []func() error{s.validateEnvironments, s.validateNames, s.validateRequests, s.validateAddresses} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) validateEnvironments() error {
	var seen []string
	for i, e := range s.Environments {
		switch {
		case e.Name == "" || len(e.Files) == 0 || slices.Contains(e.Files, ""):
			return fmt.Errorf("environments[%d] wants a name and at least one file", i)
		case slices.Contains(seen, e.Name):
			return fmt.Errorf("environments: %q stands there twice", e.Name)
		}
		seen = append(seen, e.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Only)) {
		if !slices.Contains(seen, s.Only[name]) {
			return fmt.Errorf("only.%s: %q is no name of environments", name, s.Only[name])
		}
	}
	return nil
}

func (s *Settings) validateNames() error {
	form := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`)
	for _, name := range s.named() {
		if !form.MatchString(name) {
			return fmt.Errorf("%q is not the name of a variable: use letters, digits and _", name)
		}
		if slices.Contains(s.MustDiffer, name) && slices.Contains(s.MustEqual, name) {
			return fmt.Errorf("%s stands in must_differ and in must_equal: delete one", name)
		}
		if slices.Contains(s.MustEqual, name) && slices.Contains(s.Secret, name) {
			return fmt.Errorf("%s is secret and must be equal everywhere: a secret differs", name)
		}
	}
	return nil
}

// named lists every name that the settings mention.
func (s *Settings) named() []string {
	all := slices.Concat(s.MustDiffer, s.MustEqual, s.Secret, s.MayBeEmpty, s.Local,
		slices.Collect(maps.Keys(s.Only)), slices.Collect(maps.Keys(s.ReadElsewhere)))
	slices.Sort(all)
	return slices.Compact(all)
}

func (s *Settings) validateRequests() error {
	e := s.Expect
	for _, line := range slices.Concat(e.Compression.Large, e.Compression.Plain, []string{e.TrustProxy.Request, e.KeepAlive}) {
		if method, _, err := methodAndPath(line); line != "" && (err != nil || method != "GET") {
			return fmt.Errorf("request %q cannot be used: write it as GET /path", line)
		}
	}
	if method, _, err := methodAndPath(e.BodyRequest); e.BodyRequest != "" && (err != nil || !slices.Contains([]string{"POST", "PUT", "PATCH"}, method)) {
		return fmt.Errorf("body_request %q cannot be used: write it as POST /path", e.BodyRequest)
	}
	if e.BodyLimit < 0 || e.BodyLimit > mostLimit {
		return fmt.Errorf("body_limit: want up to %d bytes", mostLimit)
	}
	return nil
}

func (s *Settings) validateAddresses() error {
	t := s.Expect.TrustProxy
	for _, a := range []string{t.Trusted, t.Untrusted} {
		if ip, err := netip.ParseAddr(a); a != "" && (err != nil || !ip.IsLoopback()) {
			return fmt.Errorf("trust_proxy: %q is no address of this machine's own, such as 127.0.0.2", a)
		}
	}
	if t.Trusted != "" && t.Trusted == t.Untrusted {
		return errors.New("trust_proxy: the trusted and the untrusted address are the same")
	}
	return nil
}

// methodAndPath reads a request as it stands in listo.yaml.
func methodAndPath(line string) (method, path string, err error) {
	method, path, ok := strings.Cut(line, " ")
	if !ok || !regexp.MustCompile(`^[A-Z]{1,16}$`).MatchString(method) || !regexp.MustCompile(`^/[\x21-\x7e]*$`).MatchString(path) {
		return "", "", fmt.Errorf("request %q cannot be read: write it as GET /path", line)
	}
	return method, path, nil
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

// with gives a bench in another folder ("" is the same) with other settings, for a twin.
func with(b *lab.Bench, folder string, s Settings) *lab.Bench {
	other, cfg := *b, *b.Config
	if folder != "" {
		cfg.Folder = folder
	}
	cfg.Sections = maps.Clone(b.Config.Sections)
	if cfg.Sections == nil {
		cfg.Sections = map[string]any{}
	}
	cfg.Sections[b.Gate] = &s
	other.Config = &cfg
	return &other
}
