package lockfile

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Graph notes which module asks for which, from what `go mod graph` printed. An
// edge counts between the modules that go.mod chose, whatever version the edge
// names: that is how Go chooses (minimal version selection).
func (lock *Go) Graph(printed []byte) error {
	edges := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(printed))
	n := 0
	for lines.Scan() {
		n++
		fields := strings.Fields(lines.Text())
		if len(fields) != 2 {
			return fmt.Errorf("lockfile: go mod graph: line %d is not \"module module\": keep standard output apart from standard error", n)
		}
		from, _, _ := strings.Cut(fields[0], "@")
		to, _, _ := strings.Cut(fields[1], "@")
		if _, chosen := find(lock.Packages, to); chosen && from != to {
			edges[from] = append(edges[from], to)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("lockfile: go mod graph: %w: run it again", err)
	}
	if n == 0 && len(lock.Packages) > 0 {
		return fmt.Errorf("lockfile: go mod graph printed nothing although go.mod requires %d modules: run it in the module's folder", len(lock.Packages))
	}
	for i := range lock.Packages {
		p := &lock.Packages[i]
		slices.Sort(edges[p.Path])
		p.DependsOn = slices.Compact(edges[p.Path])
	}
	return nil
}
