package secrets

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// leaksInTree looks through the work tree: what git tracks, and what the next
// `git add .` would take. Ignored files (.env) are where secrets belong.
func leaksInTree() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.tree", Class: "secrets.leaks.tree", When: evidence.Last,
		Needs:   []evidence.Need{evidence.NeedGit},
		Reasons: searchReasons(),
	}, runTree, judgeSearch)
}

func runTree(ctx context.Context, b *lab.Bench) (Search, error) {
	repo, err := openRepository(ctx, b)
	if err != nil {
		return Search{}, err
	}
	paths, err := repo.files(ctx)
	if err != nil {
		return Search{}, err
	}
	s := newSearch(ctx, b)
	for i, path := range paths {
		if ctx.Err() != nil {
			return Search{}, ctx.Err()
		}
		s.file(filepath.Join(repo.root, path), path)
		b.Progress(i+1, len(paths))
	}
	return s.result(), nil
}

// files lists tracked and untracked, not ignored files, relative to the root.
func (r repository) files(ctx context.Context) ([]string, error) {
	var paths []string
	list := r.command("ls-files", "-z", "--cached", "--others", "--exclude-standard")
	err := command.Stream(ctx, r.bench.Recorder, list, nil, func(out io.Reader) error {
		all, err := io.ReadAll(out)
		for _, path := range bytes.Split(all, []byte{0}) {
			if len(path) > 0 {
				paths = append(paths, string(path))
			}
		}
		return err
	})
	slices.Sort(paths)
	return slices.Compact(paths), err
}

// file looks through one file. Of a link its target is what git keeps. A file
// that is gone from the work tree, and a submodule, are not there to be read.
func (s *search) file(path, where string) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		s.Unreadable++
	case info.IsDir():
		return
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			s.Unreadable++
			return
		}
		s.text(where, []byte(target))
	case info.Mode().IsRegular():
		s.regular(path, where)
	default:
		s.Unreadable++
	}
}

func (s *search) regular(path, where string) {
	f, err := os.Open(path)
	if err != nil {
		s.Unreadable++
		return
	}
	defer f.Close()
	_ = s.read(where, f) // a read that fails is counted there
}
