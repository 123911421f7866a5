package runtimes

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed go.json
var goTable []byte

// Go is the history of Go's major releases.
type Go struct {
	Table
	releases []goRelease // by number
}

type goRelease struct {
	minor int // the 26 of 1.26
	date  time.Time
}

// NewGo reads the embedded history.
func NewGo() (Go, error) { return ParseGo(goTable) }

// ParseGo reads a history: "releases" maps 1.26 to its day, beside "source" and
// "taken". The releases must be without a gap.
func ParseGo(src []byte) (Go, error) {
	f, err := readFile[day]("go.json", src)
	if err != nil {
		return Go{}, err
	}
	g := Go{Table: Table{f.Source, f.Taken.Time}}
	for name, date := range f.Releases {
		minor, err := strconv.Atoi(strings.TrimPrefix(name, "1."))
		if err != nil || !strings.HasPrefix(name, "1.") {
			return Go{}, fmt.Errorf("runtimes: go.json: %q is no major release: correct the table", name)
		}
		g.releases = append(g.releases, goRelease{minor, date.Time})
	}
	slices.SortFunc(g.releases, func(a, b goRelease) int { return a.minor - b.minor })
	for i := 1; i < len(g.releases); i++ {
		if a, b := g.releases[i-1], g.releases[i]; b.minor != a.minor+1 || !a.date.Before(b.date) {
			return Go{}, fmt.Errorf("runtimes: go.json: 1.%d does not follow 1.%d: correct the table", b.minor, a.minor)
		}
	}
	return g, nil
}

// goVersion is a Go release as runtime.Version and go version -m print it:
// go1.26.8, go1.27rc2, with experiments behind a space.
var goVersion = regexp.MustCompile(`^go1\.(\d{1,4})(?:\.\d+)?(rc\d+|beta\d+)?(?: X:.*)?$`)

// At gives the line of a version on a day. Go supports a major release until
// there are two newer ones (go.dev/doc/devel/release). They come every February
// and August; one that may have come after the table was taken is counted
// against the release, and where that decides, the state is Unknown.
func (g Go) At(version string, now time.Time) (Line, error) {
	m := goVersion.FindStringSubmatch(version)
	if m == nil {
		return Line{}, fmt.Errorf("runtimes: %q is no Go release: build with a released toolchain", version)
	}
	minor, err := strconv.Atoi(m[1])
	if err != nil {
		return Line{}, fmt.Errorf("runtimes: %q is no Go release: build with a released toolchain", version)
	}
	line := Line{Name: "1." + m[1], State: Unknown}
	known := false
	newer := 0
	for _, r := range g.releases {
		switch {
		case now.Before(r.date):
		case r.minor == minor:
			known, line.Since = true, r.date
		case r.minor > minor:
			newer++
			if newer == 2 {
				line.Since, line.End = r.date, r.date
			}
		}
	}
	switch {
	case newer >= 2:
		line.State = EndOfLife
	case m[2] != "":
		line.State = Unreleased
	case known && newer+g.maybe(now) < 2:
		line.State = Supported
	}
	return line, nil
}

// maybe counts the releases that may have come since the table was taken.
func (g Go) maybe(now time.Time) (n int) {
	for year := g.Taken.Year(); year <= now.Year(); year++ {
		for _, month := range []time.Month{time.February, time.August} {
			earliest := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
			if earliest.After(g.Taken) && !now.Before(earliest) {
				n++
			}
		}
	}
	return n
}
