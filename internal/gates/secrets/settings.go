package secrets

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The kinds of required variables.
const (
	HS256   = "hs256"   // the key that signs the tokens of protected_request (HMAC-SHA256)
	Integer = "integer" // a number of database connections
	Opaque  = "opaque"  // anything else
)

// Required says what is known of one required variable.
type Required struct {
	Secret bool   `yaml:"secret" doc:"its value must never be seen"`
	Kind   string `yaml:"kind" doc:"hs256: the key that signs the tokens of protected_request; integer: a number of database connections; opaque: anything else" enum:"hs256,integer,opaque"`
}

// Settings is the section secrets of listo.yaml.
type Settings struct {
	Required               map[string]Required `yaml:"required" doc:"variables the service must have; without this key JWT_SECRET (secret, hs256) and CONNECTION_POOL_SIZE (integer)"`
	ProductionFingerprints map[string]string   `yaml:"production_fingerprints" doc:"fingerprint of production's value per secret name, as listo fingerprint NAME prints it there from standard input"`
	ProtectedRequest       string              `yaml:"protected_request" doc:"a request that needs a token and changes nothing, e.g. GET /api/me"`
	Claims                 map[string]string   `yaml:"claims" doc:"claims of a token that the service accepts; {now} and {exp} are filled in; iss, sub, aud and jti are text, any other value that reads as JSON is that"`
	PublicRequests         []string            `yaml:"public_requests" doc:"further requests looked at for leaks, each METHOD /path"`
	BundleDirectory        string              `yaml:"bundle_directory" doc:"folder of the built frontend, relative to listo.yaml"`
	HistoryCommits         int                 `yaml:"history_commits" doc:"how many commits are searched, newest first" default:"500"`
}

// defaultCommits bounds the search of the history when the setting is absent.
const defaultCommits = 500

// required gives what the service must have; the zero Settings want what every
// service of this kind needs.
func (s *Settings) required() map[string]Required {
	if len(s.Required) > 0 {
		return s.Required
	}
	return map[string]Required{
		"JWT_SECRET":           {Secret: true, Kind: HS256},
		"CONNECTION_POOL_SIZE": {Kind: Integer},
	}
}

// RequiredNames lists the variables the service must have, sorted.
func (s *Settings) RequiredNames() []string { return slices.Sorted(maps.Keys(s.required())) }

// SecretNames lists those whose values must never reach the disk, sorted.
func (s *Settings) SecretNames() []string {
	return s.namesWhere(func(r Required) bool { return r.Secret })
}

func (s *Settings) namesWhere(want func(Required) bool) []string {
	var names []string
	for _, name := range s.RequiredNames() {
		if want(s.required()[name]) {
			names = append(names, name)
		}
	}
	return names
}

func (s *Settings) commits() int {
	if s.HistoryCommits > 0 {
		return s.HistoryCommits
	}
	return defaultCommits
}

// Validate tells what in the section makes no sense. It quotes no value.
func (s *Settings) Validate() error {
	for _, name := range slices.Sorted(maps.Keys(s.Required)) {
		r := s.Required[name]
		switch {
		case !isVariable(name):
			return fmt.Errorf("required: %q is not the name of a variable: use letters, digits and _", name)
		case !slices.Contains([]string{HS256, Integer, Opaque}, r.Kind):
			return fmt.Errorf("required.%s.kind: missing: write hs256, integer or opaque", name)
		case r.Kind == HS256 && !r.Secret:
			return fmt.Errorf("required.%s: a key that signs tokens is a secret: write secret: true", name)
		case r.Kind == Integer && r.Secret:
			return fmt.Errorf("required.%s: a number of connections is no secret: delete secret", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.ProductionFingerprints)) {
		if !s.required()[name].Secret {
			return fmt.Errorf("production_fingerprints.%s: it is not a secret of required: correct the name", name)
		}
	}
	for _, line := range append([]string{s.ProtectedRequest}, s.PublicRequests...) {
		if _, _, err := methodAndPath(line); line != "" && err != nil {
			return err
		}
	}
	if s.HistoryCommits < 0 {
		return fmt.Errorf("history_commits: less than nothing: write how many commits are searched")
	}
	return nil
}

func isVariable(name string) bool {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`).MatchString(name)
}

// methodAndPath reads a request as it stands in listo.yaml.
func methodAndPath(line string) (method, path string, err error) {
	method, path, ok := strings.Cut(line, " ")
	if !ok || !regexp.MustCompile(`^[A-Z]{1,16}$`).MatchString(method) || !regexp.MustCompile(`^/[\x21-\x7e]*$`).MatchString(path) {
		return "", "", fmt.Errorf("request %q cannot be read: write it as GET /path", line)
	}
	return method, path, nil
}
