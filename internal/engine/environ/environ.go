// Package environ knows environment variables from both sides: the files that
// set them (docker compose, Kubernetes) and the source that reads them (Go,
// JavaScript, TypeScript).
//
// It reads files and runs nothing. It follows a name through the helpers of a
// program ("must(getenv, NAME)"), not through what is only known when it runs: such
// places are told as dynamic. It does not know which value is right.
package environ

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a look through sources.
const (
	mostFiles  = 5000
	mostBytes  = 1 << 20 // of one file
	mostPlaces = 5       // kept of one name
	mostDepth  = 40
)

// Reading is a variable that the source reads, with the first places of it.
type Reading struct {
	Name   string
	Places []string // file:line
}

// Source is what the source says.
type Source struct {
	Files    int // that were read
	Readings []Reading
	// Dynamic are places that read a variable whose name is not written there.
	Dynamic []string
	// Skipped are files that could not be read or understood, and why.
	Skipped []string
}

// isName tells a variable by convention: capitals, digits and _.
var isName = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

// Read looks through files and folders of a tree, tests left aside. It stops when
// ctx ends. A path that is not there is an error.
func Read(ctx context.Context, tree fs.FS, paths []string) (Source, error) {
	s := &scan{found: map[string][]string{}}
	var files []string
	for _, p := range paths {
		more, err := list(ctx, tree, path.Clean(p))
		if err != nil {
			return Source{}, err
		}
		files = append(files, more...)
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) > mostFiles {
		return Source{}, fmt.Errorf("environ: %d source files are too many: name the folders of the service", len(files))
	}
	if err := s.read(ctx, tree, files); err != nil {
		return Source{}, err
	}
	return s.source(), nil
}

// scan collects what is found.
type scan struct {
	files   int
	found   map[string][]string
	dynamic []string
	skipped []string
	golang  []goFile
}

func (s *scan) read(ctx context.Context, tree fs.FS, files []string) error {
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		src, err := contents(tree, name)
		if err != nil {
			s.skipped = append(s.skipped, name+": "+err.Error())
			continue
		}
		s.files++
		if path.Ext(name) == ".go" {
			s.parse(name, src)
			continue
		}
		s.javascript(name, string(src))
	}
	s.follow()
	return nil
}

func (s *scan) source() Source {
	out := Source{Files: s.files, Skipped: s.skipped}
	for name, places := range s.found {
		slices.Sort(places)
		places = slices.Compact(places)
		out.Readings = append(out.Readings, Reading{name, places[:min(len(places), mostPlaces)]})
	}
	slices.SortFunc(out.Readings, func(a, b Reading) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(s.dynamic)
	out.Dynamic = slices.Compact(s.dynamic)
	return out
}

func (s *scan) add(name, file string, line int) {
	if isName.MatchString(name) {
		s.found[name] = append(s.found[name], fmt.Sprintf("%s:%d", file, line))
	}
}

func (s *scan) addDynamic(file string, line int) {
	s.dynamic = append(s.dynamic, fmt.Sprintf("%s:%d", file, line))
}

// list gives the source files at or below a path.
func list(ctx context.Context, tree fs.FS, root string) ([]string, error) {
	var files []string
	err := fs.WalkDir(tree, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && name != root && (foreign(d.Name()) || strings.Count(name, "/") > mostDepth):
			return fs.SkipDir
		case d.Type().IsRegular() && isSource(name):
			if files = append(files, name); len(files) > mostFiles {
				return fmt.Errorf("more than %d source files: name the folders of the service", mostFiles)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("environ: %s: %w", root, err)
	}
	return files, nil
}

// foreign are folders with other people's code, tests, or what tools wrote.
func foreign(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains([]string{"node_modules", "vendor", "testdata", "fixtures", "dist", "build", "coverage",
		"test", "tests", "__tests__", "__mocks__", "e2e"}, folder)
}

var testFile = regexp.MustCompile(`(_test\.go|\.(test|spec)\.[cm]?[jt]sx?|\.d\.ts)$`)

func isSource(name string) bool {
	known := slices.Contains([]string{".go", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx"}, path.Ext(name))
	return known && !testFile.MatchString(name)
}

func contents(tree fs.FS, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && len(src) > mostBytes {
		err = errors.New("larger than a source file")
	}
	return src, err
}

// Library tells that a variable is one which runtimes and client libraries read
// by themselves, and by which: nobody's source names it.
func Library(name string) (by string, known bool) {
	for _, l := range libraries {
		if l.pattern.MatchString(name) {
			return l.by, true
		}
	}
	return "", false
}

var libraries = []struct {
	by      string
	pattern *regexp.Regexp
}{
	{"Node", regexp.MustCompile(`^(NODE_(ENV|OPTIONS|EXTRA_CA_CERTS|PATH|DEBUG)|UV_THREADPOOL_SIZE|TZ)$`)},
	{"Go", regexp.MustCompile(`^(GOMAXPROCS|GOMEMLIMIT|GOGC|GODEBUG|GOTRACEBACK|TZ)$`)},
	{"the system", regexp.MustCompile(`^(PATH|HOME|USER|SHELL|PWD|LANG|LC_[A-Z]+|TMPDIR|HOSTNAME|SSL_CERT_(FILE|DIR))$`)},
	{"libpq and its kin", regexp.MustCompile(`^PG[A-Z]+$`)},
	{"OpenTelemetry", regexp.MustCompile(`^OTEL_[A-Z0-9_]+$`)},
	{"AWS's SDK", regexp.MustCompile(`^AWS_[A-Z0-9_]+$`)},
	{"HTTP clients", regexp.MustCompile(`^(HTTP|HTTPS|NO|ALL)_PROXY$`)},
	{"npm", regexp.MustCompile(`^NPM_[A-Z0-9_]+$`)},
}
