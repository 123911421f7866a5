package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The bounds of a look through a repository.
const (
	maxDepth    = 5       // folders below the root
	maxEntries  = 20_000  // files and folders
	maxFile     = 1 << 20 // bytes of any one file
	maxDocument = 8 << 20 // bytes of an OpenAPI document
	maxWarnings = 50
)

// skipped are folders that hold other people's code, caches or what tools
// wrote: nothing in them speaks about this service.
func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{
		"node_modules", "vendor", "testdata", "fixtures", "__pycache__", "venv", "coverage", "target", "reports", "tmp",
	}, name)
}

// tree is the list of a repository's files, those near the root first.
type tree struct {
	ctx   context.Context
	files fs.FS
	paths []string
	warn  func(file, why string)
}

// walk lists the files breadth first, so that the bounds cut off the far ones:
// room is how many files and folders it takes in.
// Links are listed and never followed as folders: loops lead nowhere.
func walk(ctx context.Context, files fs.FS, room int, warn func(file, why string)) (*tree, error) {
	warned := 0
	t := &tree{ctx: ctx, files: files, warn: func(file, why string) {
		if warned++; warned <= maxWarnings {
			warn(file, why)
		}
	}}
	for folders := []string{"."}; len(folders) > 0; folders = folders[1:] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if room <= 0 {
			t.warn(folders[0], "the repository has too many files: neither this folder nor what lies deeper was looked at")
			break
		}
		list, err := t.list(folders[0], room)
		if err != nil {
			t.warn(folders[0], why(err)+": it was left out")
		}
		room -= len(list)
		for _, e := range list {
			name := path.Join(folders[0], e.Name())
			switch {
			case !e.IsDir():
				t.paths = append(t.paths, name)
			case !skipped(e.Name()) && depth(name) < maxDepth:
				folders = append(folders, name)
			}
		}
	}
	return t, nil
}

// list gives at most so many entries of a folder, sorted. What was read before
// an error is given too. A built folder is looked at no deeper than its top.
func (t *tree) list(folder string, most int) ([]fs.DirEntry, error) {
	f, err := t.files.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, errors.New("it is no folder")
	}
	list, err := d.ReadDir(most)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if isBuilt(path.Base(folder)) {
		list = slices.DeleteFunc(list, fs.DirEntry.IsDir)
	}
	return list, err
}

// read gives a whole file; false, with a warning, when it cannot be had.
func (t *tree) read(name string, most int64) ([]byte, bool) {
	src, err := t.bytes(name, most)
	if err != nil {
		t.warn(name, why(err)+": it was left out")
	}
	return src, err == nil
}

func (t *tree) bytes(name string, most int64) ([]byte, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	info, err := fs.Stat(t.files, name) // before opening: to open a pipe is to wait for its writer
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > most:
		return nil, fmt.Errorf("it is larger than %d KiB", most>>10)
	}
	f, err := t.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(src)) > most {
		err = fmt.Errorf("it is larger than %d KiB", most>>10)
	}
	return src, err
}

// why gives the reason of an error without the path, which stands beside it.
func why(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// where lists the files for which keep is true, those near the root first.
func (t *tree) where(keep func(name string) bool) []string {
	var found []string
	for _, name := range t.paths {
		if keep(name) {
			found = append(found, name)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), strings.Compare(a, b))
	})
	return found
}

// named lists the files with one of these names.
func (t *tree) named(names ...string) []string {
	return t.where(func(name string) bool { return slices.Contains(names, path.Base(name)) })
}

// has tells whether this very file was listed.
func (t *tree) has(name string) bool { return slices.Contains(t.paths, path.Clean(name)) }

// ignored gives the plain folder names that the root's .gitignore lists.
func (t *tree) ignored() []string {
	if !t.has(".gitignore") {
		return nil
	}
	src, ok := t.read(".gitignore", maxFile)
	if !ok {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(src)) {
		name := strings.Trim(strings.TrimSpace(line), "/")
		if name != "" && !strings.ContainsAny(name, "*?[!#/\\ ") {
			names = append(names, name)
		}
	}
	return names
}
