package observability

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"listo/internal/engine/alerts"
	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// RulesFile is the name under which the service's rules are published.
const RulesFile = "alerts.rules.yml"

// Source is the service's file of alert rules.
type Source struct {
	File   string `json:"file"` // as listo.yaml names it
	There  bool   `json:"there"`
	Bytes  int    `json:"bytes"`
	Err    string `json:"err"` // why Prometheus would not load it; "" when it would
	Alerts int    `json:"alerts"`
	Rules  int    `json:"rules"` // recording rules included
}

// readRules reads the file and keeps it as evidence.
func readRules(b *lab.Bench) (Source, *alerts.Rules, []alerts.Rule, error) {
	s := Source{File: settings(b).Alerts}
	path := filepath.Join(b.Config.Folder, s.File)
	touch := b.Touch("file", shell.Join("promtool", "check", "rules", s.File))
	text, err := readFile(path)
	if err == nil {
		touch.Publish(RulesFile, "application/yaml", text, false)
	}
	touch.End(0, err)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil, nil, nil
	}
	if err != nil {
		return s, nil, nil, fmt.Errorf("observability: the alert rules: %w", err)
	}
	s.There, s.Bytes = true, len(text)
	rules, err := alerts.Parse(text)
	var all []alerts.Rule
	if err == nil {
		all, err = rules.All()
	}
	if err != nil {
		s.Err = short(b.Redact(err.Error()))
		return s, nil, nil, nil
	}
	s.Rules = len(all)
	for _, r := range all {
		if r.Alert != "" {
			s.Alerts++
		}
	}
	return s, rules, all, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, alerts.MaxSize+1))
}

// showAll starts a copy, lets it answer all kinds of traffic and scrapes what it
// exposes then; beside it how often each status was answered.
func showAll(ctx context.Context, b *lab.Bench) (exposed, map[string]int, error) {
	none := map[string]int{}
	c, err := open(ctx, b)
	if err != nil {
		return exposed{}, none, err
	}
	defer func() { _ = c.close() }()
	before, err := c.scrape(ctx)
	if err != nil || !before.served() {
		return before, none, err
	}
	all, err := c.sendAll(ctx, 2, 1)
	if err != nil {
		return exposed{}, none, err
	}
	seen, err := c.settledScrape(ctx, before, len(all)-lost(all))
	return seen, statuses(all), err
}
