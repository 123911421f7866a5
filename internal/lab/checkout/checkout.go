// Package checkout is the instrument that lays out a clean copy of the source:
// the files that git tracks, as they lie on the disk, and nothing else. What a
// machine has beside them (node_modules, caches, ignored files) stays away, so
// that what happens in the copy happens at everybody's.
//
// It only reads the source. It does not know what is done in the copy.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// Bounds of a source that is copied.
const (
	maxFiles = 200_000
	maxBytes = 4 << 30
)

// Tracked lists the files below a folder that git tracks and that are on the
// disk, relative to it, with slashes.
func Tracked(ctx context.Context, r *lab.Recorder, folder string) ([]string, error) {
	result, err := command.Run(ctx, r, command.Command{
		Args: []string{"git", "--no-pager", "ls-files", "-z", "--cached", "--", "."}, Dir: folder,
		Env: map[string]string{"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}, Quiet: true,
	})
	switch {
	case err != nil:
		return nil, err
	case result.Exit != 0:
		return nil, fmt.Errorf("checkout: git ls-files: %s: audit inside the clone of the repository", command.FirstLine(result.Stderr))
	case result.StdoutCut > 0:
		return nil, errors.New("checkout: the source has more files than can be listed: name a smaller folder")
	}
	var all []string
	for _, name := range strings.FieldsFunc(string(result.Stdout), func(r rune) bool { return r == 0 }) {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("checkout: git tracks %q, which lies outside: name the folder above it", name)
		}
		if info, err := os.Lstat(filepath.Join(folder, name)); err == nil && !info.IsDir() { // a submodule is a folder
			all = append(all, name)
		}
	}
	if len(all) > maxFiles {
		return nil, fmt.Errorf("checkout: the source has %d files, more than %d: name a smaller folder", len(all), maxFiles)
	}
	return all, nil
}

// Lay copies what git tracks below a folder into another, which is made, and
// gives the names of the files.
func Lay(ctx context.Context, r *lab.Recorder, from, to string) ([]string, error) {
	names, err := Tracked(ctx, r, from)
	if err != nil {
		return nil, err
	}
	touch := r.Touch("file", "git ls-files -z | xargs -0 cp --parents --no-dereference --target-directory="+shell.Quote("$COPY"))
	err = copyAll(ctx, from, to, names)
	touch.End(0, err)
	return names, err
}

func copyAll(ctx context.Context, from, to string, names []string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	source, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	defer source.Close()
	target, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	defer target.Close()
	left := int64(maxBytes)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := copyOne(source, target, filepath.FromSlash(name), left)
		if err != nil {
			return fmt.Errorf("checkout: %s: %w", name, err)
		}
		left -= n
	}
	return nil
}

func copyOne(source, target *os.Root, name string, left int64) (int64, error) {
	if err := target.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	info, err := source.Lstat(name)
	if err != nil {
		return 0, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		to, err := source.Readlink(name)
		if err != nil {
			return 0, err
		}
		return 0, target.Symlink(to, name)
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("neither a file nor a link: remove it")
	}
	in, err := source.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	// git keeps the executable bit and no other.
	out, err := target.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644|info.Mode().Perm()&0o111)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, left+1))
	if err == nil && n > left {
		err = fmt.Errorf("the source has more than %d bytes: name a smaller folder", int64(maxBytes))
	}
	return n, errors.Join(err, out.Close())
}

// Revision is a commit.
type Revision struct {
	Hash string
	At   time.Time
}

// Commit gives the last commit. Builds take its time for SOURCE_DATE_EPOCH
// (reproducible-builds.org), bills for their date.
func Commit(ctx context.Context, r *lab.Recorder, folder string) (Revision, error) {
	result, err := command.Run(ctx, r, command.Command{
		Args: []string{"git", "--no-pager", "log", "-1", "--format=%H %cI"}, Dir: folder,
		Env: map[string]string{"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
	})
	if err != nil {
		return Revision{}, err
	}
	if result.Exit != 0 {
		return Revision{}, fmt.Errorf("checkout: git log: %s: commit the source first", command.FirstLine(result.Stderr))
	}
	hash, date, _ := strings.Cut(strings.TrimSpace(string(result.Stdout)), " ")
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return Revision{}, fmt.Errorf("checkout: git log: %w", err)
	}
	return Revision{hash, at}, nil
}
