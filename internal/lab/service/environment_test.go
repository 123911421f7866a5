package service

import (
	"maps"
	"testing"

	"listo/internal/config"
)

type requires []string

func (r *requires) RequiredNames() []string { return *r }

func TestEnvironmentTakesOnlyRequiredNamesOfTheProcess(t *testing.T) {
	process := map[string]string{"WANTED": "process", "EMPTY": "", "STRANGER": "x", "DECLARED": "process"}
	cfg := &config.Config{
		Environment: map[string]string{"WANTED": "file", "EMPTY": "file", "ONLY_FILE": "file"},
		Service:     config.Service{Environment: map[string]string{"DECLARED": "listo.yaml"}},
		Sections:    map[string]any{"secrets": &requires{"WANTED", "EMPTY", "DECLARED", "NOWHERE"}, "other": 7},
	}
	got := Environment(cfg, func(name string) (string, bool) { v, ok := process[name]; return v, ok })
	want := map[string]string{"WANTED": "process", "EMPTY": "file", "ONLY_FILE": "file", "DECLARED": "listo.yaml"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if cfg.Environment["WANTED"] != "file" {
		t.Error("the configuration itself was changed")
	}
}
