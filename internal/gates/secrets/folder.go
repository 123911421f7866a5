package secrets

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// leaksInFrontend looks through the built frontend, which is handed to every
// browser.
func leaksInFrontend() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.frontend", Class: "secrets.leaks.frontend", When: evidence.Last,
		Needs:   []evidence.Need{evidence.Setting("bundle_directory")},
		Reasons: searchReasons(),
	}, runFrontend, judgeSearch)
}

func runFrontend(ctx context.Context, b *lab.Bench) (Search, error) {
	return searchFolder(ctx, b, filepath.Join(b.Config.Folder, settings(b).BundleDirectory), settings(b).BundleDirectory)
}

// leaksInBundle looks through listo's own reports and evidence: what proves that
// nothing leaks must not leak.
func leaksInBundle() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.bundle", Class: "secrets.leaks.bundle", When: evidence.Last,
		Reasons: searchReasons(),
	}, runBundle, judgeSearch)
}

func runBundle(ctx context.Context, b *lab.Bench) (Search, error) {
	return searchFolder(ctx, b, b.Bundle, "")
}

// searchFolder looks through every file of a folder. shown is how the folder is
// called on the page. Links to files are followed, links to folders are not.
func searchFolder(ctx context.Context, b *lab.Bench, folder, shown string) (Search, error) {
	touch := b.Touch("file", shell.Line(shell.Lit("find"), shell.Lit(filepath.Join(".", shown)), shell.Lit("-type"), shell.Lit("f")))
	s := newSearch(ctx, b)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == folder:
			return err
		case err != nil:
			s.Unreadable++
			return nil
		case entry.IsDir():
			return nil
		}
		below, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		s.linkedFile(path, filepath.Join(shown, below))
		return nil
	})
	touch.End(0, err)
	if err != nil {
		return Search{}, fmt.Errorf("secrets: looking through %s: %w", filepath.Join(".", shown), err)
	}
	return s.result(), nil
}

// linkedFile looks through a file, also through a link to one.
func (s *search) linkedFile(path, where string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.Unreadable++
	case info.IsDir():
	case !info.Mode().IsRegular():
		s.Unreadable++
	default:
		s.regular(path, where)
	}
}
