package runtimes

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"deps.dev/util/semver"
)

//go:embed node.json
var nodeTable []byte

// Node is Node's release schedule.
type Node struct {
	Table
	lines map[int]nodeDates
}

type nodeDates struct {
	Alpha, Start, LTS, Maintenance, End day
	Codename                            string
}

// NewNode reads the embedded schedule.
func NewNode() (Node, error) { return ParseNode(nodeTable) }

// ParseNode reads a schedule: nodejs/Release's schedule.json as "releases",
// beside "source" and "taken", the day it was fetched.
func ParseNode(src []byte) (Node, error) {
	f, err := readFile[nodeDates]("node.json", src)
	if err != nil {
		return Node{}, err
	}
	n := Node{Table: Table{f.Source, f.Taken.Time}, lines: map[int]nodeDates{}}
	for name, dates := range f.Releases {
		if strings.HasPrefix(name, "v0.") {
			continue // before the schedule: all ended in 2016
		}
		major, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
		if err != nil || dates.Start.IsZero() || !dates.Start.Before(dates.End.Time) {
			return Node{}, fmt.Errorf("runtimes: node.json: the line %q has no number, no start or no end after it: correct the table", name)
		}
		n.lines[major] = dates
	}
	return n, nil
}

// nodeVersion is what node --version prints: v24.11.1, v26.0.0-rc.1.
var nodeVersion = regexp.MustCompile(`^v?(\d{1,4})\.\d{1,4}\.\d{1,4}(-[0-9A-Za-z.-]+)?$`)

// At gives the line of a version such as v24.11.1 on a day. A version without a
// line in the schedule is Unknown, one below 4 EndOfLife.
func (n Node) At(version string, now time.Time) (Line, error) {
	m := nodeVersion.FindStringSubmatch(version)
	if m == nil {
		return Line{}, fmt.Errorf("runtimes: %q is no Node version: pass what node --version prints", version)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Line{}, fmt.Errorf("runtimes: %q is no Node version: pass what node --version prints", version)
	}
	line := n.line(major, now)
	if m[2] != "" && line.State != EndOfLife {
		line.State, line.Since = Unreleased, time.Time{}
	}
	return line, nil
}

func (n Node) line(major int, now time.Time) Line {
	dates, known := n.lines[major]
	line := Line{Name: strconv.Itoa(major), Codename: dates.Codename, State: Unknown, End: dates.End.Time}
	if !known {
		if major < 4 {
			line.State = EndOfLife
		}
		return line
	}
	kept := Maintenance
	if !dates.LTS.IsZero() {
		kept = MaintenanceLTS
	}
	line.State, line.Since = Unreleased, dates.Alpha.Time
	for _, step := range []struct {
		from  day
		state State
	}{{dates.Start, Current}, {dates.LTS, ActiveLTS}, {dates.Maintenance, kept}, {dates.End, EndOfLife}} {
		if step.from.begun(now) {
			line.State, line.Since = step.state, step.from.Time
		}
	}
	return line
}

// Fit gives the lines that are fit for production on a day, newest first.
func (n Node) Fit(now time.Time) []Line {
	var fit []Line
	for major := range n.lines {
		if line := n.line(major, now); line.State.FitForProduction() {
			fit = append(fit, line)
		}
	}
	slices.SortFunc(fit, func(a, b Line) int { return b.End.Compare(a.End) })
	return fit
}

// Engines is what package.json's engines.node admits.
type Engines struct {
	Admits bool   // the version that runs
	Lines  []Line // of the schedule, of which it admits at least one version; newest first
}

// Engines reads a range such as ">=20 <23 || 24.x" and holds a version and the
// schedule against it.
func (n Node) Engines(ranged, version string, now time.Time) (Engines, error) {
	constraint, err := semver.NPM.ParseConstraint(ranged)
	if err != nil || ranged == "" {
		return Engines{}, fmt.Errorf("runtimes: engines.node %q is no range: write one such as \">=24 <25\"", ranged)
	}
	running, err := semver.NPM.Parse(version)
	if err != nil || !nodeVersion.MatchString(version) {
		return Engines{}, fmt.Errorf("runtimes: %q is no Node version: pass what node --version prints", version)
	}
	e := Engines{Admits: constraint.MatchVersion(running)}
	for major := range n.lines {
		admitted, err := admits(constraint, major)
		if err != nil {
			return Engines{}, fmt.Errorf("runtimes: engines.node %q: %w: write a simpler range", ranged, err)
		}
		if admitted {
			e.Lines = append(e.Lines, n.line(major, now))
		}
	}
	slices.SortFunc(e.Lines, func(a, b Line) int { return b.End.Compare(a.End) })
	return e, nil
}

// admits tells whether a range and a line have a version in common.
func admits(constraint *semver.Constraint, major int) (bool, error) {
	line, err := semver.NPM.ParseConstraint(fmt.Sprintf("%d.x", major))
	if err != nil {
		return false, err
	}
	common := line.Set()
	if err := common.Intersect(constraint.Set()); err != nil {
		return false, err
	}
	return !common.Empty(), nil
}
