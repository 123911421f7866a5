package runtimes

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func node(t *testing.T) Node {
	t.Helper()
	n, err := NewNode()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNodeByDate(t *testing.T) {
	n := node(t)
	for _, c := range []struct {
		version, day string
		state        State
	}{
		{"v20.20.2", "2026-11-23", EndOfLife}, {"v20.20.2", "2026-04-29", MaintenanceLTS}, {"v20.20.2", "2026-04-30", EndOfLife},
		{"v22.1.0", "2026-11-23", MaintenanceLTS}, {"v22.1.0", "2025-10-20", ActiveLTS}, {"v22.1.0", "2024-10-28", Current},
		{"v24.11.1", "2026-11-23", MaintenanceLTS}, {"24.11.1", "2026-10-19", ActiveLTS}, {"v24.0.0", "2025-05-05", Unreleased},
		{"v26.2.0", "2026-11-23", ActiveLTS}, {"v26.2.0", "2026-10-27", Current}, {"v26.0.0-rc.1", "2026-11-23", Unreleased},
		{"v25.1.0", "2026-05-31", Maintenance}, {"v25.1.0", "2026-06-01", EndOfLife}, {"v25.0.0-rc.1", "2026-11-23", EndOfLife},
		{"v27.0.0-alpha.1", "2026-11-23", Unreleased}, {"v27.0.0", "2026-11-23", Unreleased}, {"v27.0.0", "2027-05-01", Current},
		{"v28.0.0", "2026-11-23", Unknown}, {"v0.12.7", "2026-11-23", EndOfLife}, {"v3.0.0", "2026-11-23", EndOfLife}, {"v4.0.0", "2016-01-01", ActiveLTS},
	} {
		line, err := n.At(c.version, date(t, c.day))
		if err != nil || line.State != c.state {
			t.Errorf("%s on %s: %s %v, want %s", c.version, c.day, line.State, err, c.state)
		}
	}
	for _, bad := range []string{"", "node", "20", "v20", "v20.x.1", ">=20", "v20.1.1; rm", "99999999999.0.0"} {
		if line, err := n.At(bad, date(t, "2026-11-23")); err == nil {
			t.Errorf("%q is read as %+v", bad, line)
		}
	}
}

func TestNodeLineTellsItsDates(t *testing.T) {
	line, err := node(t).At("v22.21.0", date(t, "2026-11-23"))
	if err != nil || line.Name != "22" || line.Codename != "Jod" || !line.Since.Equal(date(t, "2025-10-21")) || !line.End.Equal(date(t, "2027-04-30")) {
		t.Errorf("%+v %v", line, err)
	}
	var fit []string
	for _, l := range node(t).Fit(date(t, "2026-11-23")) {
		fit = append(fit, l.Name)
	}
	if !slices.Equal(fit, []string{"26", "24", "22"}) {
		t.Errorf("fit for production: %v", fit)
	}
}

// Between two days of the schedule no line may go back, and none but a long-term
// one is ever fit for production.
func TestEveryLineOnlyAgesInTenYears(t *testing.T) {
	n := node(t)
	order := []State{Unreleased, Current, ActiveLTS, MaintenanceLTS, Maintenance, EndOfLife}
	for major, dates := range n.lines {
		last := 0
		for day := date(t, "2020-01-01"); day.Before(date(t, "2031-01-01")); day = day.AddDate(0, 0, 1) {
			state := n.line(major, day).State
			at := slices.Index(order, state)
			if at < last {
				t.Fatalf("%d on %s: %s after %s", major, day.Format(time.DateOnly), state, order[last])
			}
			last = at
			if state.FitForProduction() && (dates.LTS.IsZero() || day.Before(dates.LTS.Time) || !day.Before(dates.End.Time)) {
				t.Fatalf("%d on %s: %s", major, day.Format(time.DateOnly), state)
			}
		}
	}
}

func TestEngines(t *testing.T) {
	n, now := node(t), date(t, "2026-11-23")
	for _, c := range []struct {
		ranged, version string
		admits          bool
		lines           string
	}{
		{">=24", "v24.11.1", true, "27 26 24 25"},
		{">=24 <25", "v20.20.2", false, "24"},
		{"^22.12.0 || ^24.0.0", "v22.11.0", false, "24 22"},
		{"20 || 22", "v22.0.0", true, "22 20"},
		{"24.x", "v24.0.0", true, "24"},
		{">=28", "v24.0.0", false, ""},
		{"<25 >=24.5", "v24.4.0", false, "24"},
	} {
		e, err := n.Engines(c.ranged, c.version, now)
		var names []string
		for _, l := range e.Lines {
			names = append(names, l.Name)
		}
		if err != nil || e.Admits != c.admits || strings.Join(names, " ") != c.lines {
			t.Errorf("%s with %s: %v %v %v, want %v %s", c.ranged, c.version, e.Admits, names, err, c.admits, c.lines)
		}
	}
	for _, bad := range []string{"", "lts/*", "not a range", ">=", "1.2.3.4"} {
		if _, err := n.Engines(bad, "v24.0.0", now); err == nil {
			t.Errorf("%q is read as a range", bad)
		}
	}
}

func TestGoByDate(t *testing.T) {
	g, err := NewGo()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		version, day string
		state        State
	}{
		{"go1.26.8", "2026-11-23", Supported}, {"go1.27.1", "2026-11-23", Supported}, {"go1.25.9", "2026-11-23", EndOfLife},
		{"go1.25.9", "2026-08-18", Supported}, {"go1.25.9", "2026-08-19", EndOfLife}, {"go1.26.8 X:nodwarf5", "2026-11-23", Supported},
		{"go1.26rc2", "2026-11-23", Unreleased}, {"go1.17", "2026-11-23", EndOfLife}, {"go1.4.2", "2026-11-23", EndOfLife},
		// Go 1.28 may come in February: then 1.26 is over, and the table cannot know.
		{"go1.26.8", "2027-01-31", Supported}, {"go1.26.8", "2027-02-01", Unknown}, {"go1.27.3", "2027-07-31", Supported}, {"go1.27.3", "2027-08-01", Unknown},
		{"go1.28.0", "2026-11-23", Unknown}, {"go1.28rc1", "2026-11-23", Unreleased},
	} {
		line, err := g.At(c.version, date(t, c.day))
		if err != nil || line.State != c.state {
			t.Errorf("%s on %s: %s %v, want %s", c.version, c.day, line.State, err, c.state)
		}
	}
	if line, err := g.At("go1.25.9", date(t, "2026-11-23")); err != nil || line.Name != "1.25" || !line.End.Equal(date(t, "2026-08-19")) {
		t.Errorf("%+v %v", line, err)
	}
	for _, bad := range []string{"", "1.26", "devel go1.28-abc", "go1", "go2.0", "go1.26.8-custom", "go1.26\n", "go1.99999999"} {
		if _, err := g.At(bad, date(t, "2026-11-23")); err == nil {
			t.Errorf("%q is read as a release", bad)
		}
	}
}

func TestTablesNameTheirSource(t *testing.T) {
	g, err := NewGo()
	if err != nil {
		t.Fatal(err)
	}
	now := date(t, "2026-11-23")
	for _, table := range []Table{node(t).Table, g.Table} {
		if table.Source == "" || table.Age(now) < 24*time.Hour || table.Age(now) > 400*24*time.Hour {
			t.Errorf("%+v is %v old", table, table.Age(now))
		}
	}
	for _, bad := range []string{``, `{}`, `{"source":"x","taken":"2026-01-01","releases":{}}`, `{"source":"x","taken":"soon","releases":{"v4":{}}}`,
		`{"source":"x","taken":"2026-01-01","releases":{"v4":{"start":"2020-01-01","end":"2019-01-01"}}}`,
		`{"source":"x","taken":"2026-01-01","releases":{"four":{"start":"2020-01-01","end":"2021-01-01"}}}`} {
		if _, err := ParseNode([]byte(bad)); err == nil {
			t.Errorf("%s is a schedule", bad)
		}
	}
	for _, bad := range []string{``, `{"source":"x","taken":"2026-01-01","releases":{"1.24":"2025-02-01","1.26":"2026-02-01"}}`,
		`{"source":"x","taken":"2026-01-01","releases":{"1.24":"2025-02-01","1.25":"2025-01-01"}}`, `{"source":"x","taken":"2026-01-01","releases":{"2.0":"2025-02-01"}}`} {
		if _, err := ParseGo([]byte(bad)); err == nil {
			t.Errorf("%s is a history", bad)
		}
	}
}
