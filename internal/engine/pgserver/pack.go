package pgserver

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A pack is a data directory in one file: a zip without compression, followed by
// four bytes, the CRC-32C of all before. One file is read faster than a thousand,
// is renamed in one step, and shows any damage.

const (
	walSegment = 16 << 20 // bytes; initdb's default
	walPage    = 8 << 10

	// maxPack bounds the memory of reading one. A template has 23 MB.
	maxPack = 256 << 20
)

// errNoTemplate means: no pack, or a damaged one; make a new one.
var errNoTemplate = errors.New("no sound template")

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// writePack packs the data directory in a work directory.
func writePack(ctx context.Context, out io.Writer, w *workdir) error {
	root, err := w.root.OpenRoot(dataName(w.path))
	if err != nil {
		return err
	}
	defer root.Close()
	sum := crc32.New(castagnoli())
	archive := zip.NewWriter(io.MultiWriter(out, sum))
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == ".":
			return nil
		case entry.IsDir():
			_, err := archive.CreateHeader(&zip.FileHeader{Name: name + "/"})
			return err
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a directory", name)
		}
		return packFile(archive, root, name)
	})
	if err := errors.Join(err, archive.Close()); err != nil {
		return err
	}
	return binary.Write(out, binary.BigEndian, sum.Sum32())
}

func packFile(archive *zip.Writer, root *os.Root, name string) error {
	content, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	if isWAL(name) {
		used := len(bytes.TrimRight(content, "\x00"))
		content = content[:min(len(content), (used+walPage-1)/walPage*walPage)]
	}
	file, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return err
}

// isWAL says whether a file is a segment of the write-ahead log. Its tail of
// zeros is not packed, and comes back as a hole in the file.
func isWAL(name string) bool {
	return path.Dir(name) == "pg_wal" && len(path.Base(name)) == 24
}

// unpackTemplate makes a data directory out of a pack, with a system identifier
// of its own. On failure it leaves no directory.
func unpackTemplate(ctx context.Context, pack, data string, owner account) error {
	archive, content, err := readPack(pack)
	if err != nil {
		return err
	}
	if err := makeDir(data, owner); err != nil {
		return err
	}
	identifier := newSystemIdentifier()
	for _, file := range archive.File {
		err := unpackFile(file, content, data, owner, identifier)
		if err = errors.Join(err, context.Cause(ctx)); err != nil {
			return errors.Join(err, os.RemoveAll(data))
		}
	}
	return nil
}

func unpackFile(file *zip.File, content []byte, data string, owner account, identifier uint64) error {
	name, isDir := strings.CutSuffix(file.Name, "/")
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%w: name %q", errNoTemplate, file.Name)
	}
	target := filepath.Join(data, filepath.FromSlash(name))
	if isDir {
		return makeDir(target, owner)
	}
	from, err := file.DataOffset()
	if err != nil || from+int64(file.UncompressedSize64) > int64(len(content)) {
		return fmt.Errorf("%w: no content for %q", errNoTemplate, name)
	}
	body := content[from : from+int64(file.UncompressedSize64)]
	switch {
	case name == "global/pg_control":
		if body, err = identifyControl(body, identifier); err != nil {
			return err
		}
	case isWAL(name):
		body = identifyWAL(body, identifier)
		if err := writeOwned(target, body, owner); err != nil {
			return err
		}
		return os.Truncate(target, walSegment)
	}
	return writeOwned(target, body, owner)
}

// readPack loads a pack and checks all of it.
func readPack(pack string) (*zip.Reader, []byte, error) {
	f, err := os.Open(pack)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errNoTemplate, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < 4 || info.Size() > maxPack {
		return nil, nil, fmt.Errorf("%w: bad size", errNoTemplate)
	}
	whole := make([]byte, info.Size())
	if _, err := io.ReadFull(f, whole); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errNoTemplate, err)
	}
	content, sum := whole[:len(whole)-4], binary.BigEndian.Uint32(whole[len(whole)-4:])
	if crc32.Checksum(content, castagnoli()) != sum {
		return nil, nil, fmt.Errorf("%w: checksum differs", errNoTemplate)
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errNoTemplate, err)
	}
	return archive, content, nil
}

// makeDir and writeOwned create what must not exist yet, for the owner alone.

func makeDir(name string, owner account) error {
	if err := os.Mkdir(name, 0o700); err != nil {
		return err
	}
	if !owner.drop {
		return nil
	}
	return os.Lchown(name, owner.uid, owner.gid)
}

func writeOwned(name string, content []byte, owner account) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, owner.own(f), f.Close())
}
