package service

import (
	"maps"
	"slices"

	"listo/internal/config"
	"listo/internal/lab"
)

// Environment gives the variables that the configuration hands to the service,
// before listo adds its own (PORT, DATABASE_URL): its env files, over them the
// process environment, over both what service.environment says. Of the process
// environment only the names that a gate's section requires are taken: the
// service must not live on what happens to be set where listo runs. lookup is
// the process environment; a variable set to nothing counts as not set there.
func Environment(cfg *config.Config, lookup func(string) (string, bool)) map[string]string {
	env := map[string]string{}
	maps.Copy(env, cfg.Environment)
	for _, id := range slices.Sorted(maps.Keys(cfg.Sections)) {
		section, ok := cfg.Sections[id].(lab.Requiring)
		if !ok {
			continue
		}
		for _, name := range section.RequiredNames() {
			if value, _ := lookup(name); value != "" {
				env[name] = value
			}
		}
	}
	maps.Copy(env, cfg.Service.Environment)
	return env
}
