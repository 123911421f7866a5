package manifest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"
)

// Bounds are the most that a walk takes in.
type Bounds struct {
	Files int
	Bytes int64
}

// DefaultBounds are far above any built frontend and far below a disk.
func DefaultBounds() Bounds { return Bounds{Files: 10_000, Bytes: 1 << 30} }

// Walk lists the folder: every file with its size and digest, every symbolic
// link with what it says. Links below the folder are never followed. What cannot
// be read, is neither file nor link, has a name that is not UTF-8, or goes past
// the bounds is an error: a list with a hole in it would prove nothing.
func Walk(ctx context.Context, folder string, bounds Bounds) (Manifest, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("manifest: the folder cannot be opened: %w", bare(err))
	}
	defer root.Close()
	w := walker{root: root, bounds: bounds}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !utf8.ValidString(name):
			return fmt.Errorf("%q: its name is not UTF-8: rename it", name)
		case d.IsDir():
			return nil
		}
		return w.add(name, d.Type())
	})
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	w.found.sort()
	return w.found, nil
}

// bare drops the path from an error: the caller knows it, and a report should
// not show where on the machine the folder lies.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

type walker struct {
	root   *os.Root
	bounds Bounds
	found  Manifest
	bytes  int64
}

func (w *walker) add(name string, kind fs.FileMode) error {
	if len(w.found) == w.bounds.Files {
		return fmt.Errorf("more than %d files: give a narrower folder", w.bounds.Files)
	}
	e := Entry{Path: name}
	var err error
	switch {
	case kind&fs.ModeSymlink != 0:
		if e.Link, err = w.root.Readlink(name); err == nil && !utf8.ValidString(e.Link) {
			err = fmt.Errorf("%s: the link's target is not UTF-8: rename it", name)
		}
	case kind.IsRegular():
		e.Size, e.SHA256, err = w.sum(name)
	default:
		// Opening a named pipe would wait for its writer.
		err = fmt.Errorf("%s: neither a file nor a link (%v): remove it", name, kind)
	}
	w.found = append(w.found, e)
	return err
}

func (w *walker) sum(name string) (int64, string, error) {
	f, err := w.root.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	room := w.bounds.Bytes - w.bytes
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(f, room+1))
	if err == nil && n > room {
		err = errors.New("larger than all files together may be: give a narrower folder")
	}
	if err != nil {
		return 0, "", fmt.Errorf("%s: %w", name, err)
	}
	w.bytes += n
	return n, hex.EncodeToString(sum.Sum(nil)), nil
}
